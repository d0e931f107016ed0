import { roughDuration } from './roughDuration';

describe('roughDuration', () => {
  it.each([
    [0, '0s'],
    [0.4, '0s'],
    [59, '59s'],
    [90, '1m 30s'],
    [3_600, '1h'],
    [3 * 86_400 + 16 * 3_600 + 1_700, '3d 16h'],
    [2 * 86_400 - 1, '2d'],
    [400 * 86_400, '400d'],
  ])('calls %d seconds %s', (seconds, text) => {
    expect(roughDuration(seconds)).toBe(text);
  });
});
