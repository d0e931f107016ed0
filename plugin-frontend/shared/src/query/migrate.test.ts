import { migrate } from './migrate';

const fresh = { version: 1, analysis: 'anomalies', source: { kind: 'demo', series: 'revenue' } };

describe('migrate', () => {
  it.each([
    { name: 'an empty query', saved: { refId: 'A' }, want: { refId: 'A', ...fresh } },
    {
      name: 'the query of another data source',
      saved: { refId: 'A', expr: 'up' },
      want: { refId: 'A', expr: 'up', ...fresh },
    },
    {
      name: 'a query without a version',
      saved: { refId: 'B', analysis: 'trend', source: { kind: 'system' } },
      want: { refId: 'B', version: 1, analysis: 'trend', source: { kind: 'system' } },
    },
    {
      name: 'a source that is not known',
      saved: { refId: 'C', analysis: 'raw', source: { kind: 'oracle' } },
      want: { refId: 'C', ...fresh },
    },
    {
      name: 'keys that this version does not know',
      saved: { refId: 'D', version: 1, analysis: 'raw', source: { kind: 'demo' }, insight: { mode: 'executive' } },
      want: { refId: 'D', version: 1, analysis: 'raw', source: { kind: 'demo' }, insight: { mode: 'executive' } },
    },
  ])('reads $name', ({ saved, want }) => {
    expect(migrate(saved)).toEqual(want);
  });

  it('leaves what was saved untouched', () => {
    const saved = Object.freeze({ refId: 'A' });
    migrate(saved);
    expect(saved).toEqual({ refId: 'A' });
  });
});
