import { durationComplaint, durationMs, horizonComplaint } from './duration';

describe('durationMs', () => {
  it.each([
    ['14d', 14 * 86_400_000],
    ['1h30m', 5_400_000],
    ['1.5h', 5_400_000],
    ['250ms', 250],
    ['2w', 14 * 86_400_000],
    ['', undefined],
    ['-5m', undefined],
    ['5', undefined],
    ['two weeks', undefined],
    ['5m ', undefined],
    ['0s', undefined],
  ])('reads %j', (text, want) => {
    expect(durationMs(text)).toBe(want);
  });
});

describe('complaints about durations', () => {
  it('allows auto only where the contract does', () => {
    expect(durationComplaint('history', 'auto', true)).toBeUndefined();
    expect(horizonComplaint('auto')).toContain('is not a duration');
  });

  it('allows a leap year of forecast and not a day more', () => {
    expect(horizonComplaint('366d')).toBeUndefined();
    expect(horizonComplaint('367d')).toContain('longer than the limit');
  });
});
