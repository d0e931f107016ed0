import { blackoutEntryComplaint, feedbackEntryComplaint, momentMs, momentText } from './feedback';

describe('moments', () => {
  it.each([
    ['2026-11-20T12:00:00Z', Date.UTC(2026, 10, 20, 12)],
    ['2026-11-20T12:00Z', Date.UTC(2026, 10, 20, 12)],
    ['2026-11-20T13:30:00+01:30', Date.UTC(2026, 10, 20, 12)],
    ['2024-02-29T00:00:00Z', Date.UTC(2024, 1, 29)],
  ])('reads %s', (text, ms) => {
    expect(momentMs(text)).toBe(ms);
  });

  it.each([
    '',
    '2026-11-20',
    '2026-11-20T12:00:00',
    '2026-02-30T00:00:00Z',
    '2025-02-29T00:00:00Z',
    'now',
    '2026-13-01T00:00Z',
  ])('refuses %p', (text) => {
    expect(momentMs(text)).toBeUndefined();
  });

  it('writes what it reads', () => {
    expect(momentText(Date.UTC(2026, 10, 20, 12, 0, 7) + 250)).toBe('2026-11-20T12:00:07Z');
  });
});

describe('entries', () => {
  it('says what is wrong in the words of the server, without the path', () => {
    expect(feedbackEntryComplaint({ from: 'noon', to: '2026-11-20T12:00:00Z', label: 'ignore' })).toBe(
      'from "noon" is not a moment with its zone. Write it as 2026-11-20T12:00:00Z.'
    );
    expect(blackoutEntryComplaint({ from: '22:00', to: '25:00' })).toBe(
      'to "25:00" is not a time of day. Write it as 22:00.'
    );
    expect(blackoutEntryComplaint({ from: '22:00', to: '06:00', timezone: 'Europe/Berlin' })).toBeUndefined();
  });
});
