import { labelValues, readSeriesInfos, seriesNames } from './seriesInfo';

const infos = readSeriesInfos([
  { name: 'revenue', labels: { category: 'books' }, unit: 'currencyUSD', description: 'Sales' },
  { name: 'revenue', labels: { category: 'toys' }, unit: 'currencyUSD', description: 'Sales' },
  { name: 'cpu', labels: { host: 'web-1' }, unit: 'percent', description: '' },
]);

describe('readSeriesInfos', () => {
  it('fills in what an element leaves out and skips what has no name', () => {
    expect(readSeriesInfos([{ name: 'load' }, { unit: 's' }, null])).toEqual([
      { name: 'load', labels: {}, unit: '', description: '' },
    ]);
  });

  it('says in a sentence that the answer is not a list', () => {
    expect(() => readSeriesInfos({ message: 'no' })).toThrow(/did not answer with a list of series/);
  });
});

describe('the picker', () => {
  it('offers each metric once', () => {
    expect(seriesNames(infos).map(({ name }) => name)).toEqual(['revenue', 'cpu']);
  });

  it('offers the labels of the metrics picked', () => {
    expect(labelValues(infos, ['revenue'])).toEqual(new Map([['category', ['books', 'toys']]]));
    expect([...labelValues(infos, []).keys()]).toEqual(['category', 'host']);
  });
});
