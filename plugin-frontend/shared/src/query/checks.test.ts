import { numberText } from './checks';

describe('numberText', () => {
  it.each([
    [0, '0'],
    [-3, '-3'],
    [0.001, '0.001'],
    [1234.56789, '1234.57'],
    [0.00012345678, '0.000123457'],
    [1e-7, '1e-07'],
    [1e9, '1e+09'],
    [1.5e300, '1.5e+300'],
    [999999.9, '1e+06'],
  ])('writes %d as %s', (value, text) => {
    expect(numberText(value)).toBe(text);
  });
});
