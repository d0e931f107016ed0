import { readBacktest } from './backtest';

describe('readBacktest', () => {
  it('reads moments as milliseconds and null as nothing known', () => {
    const incident = {
      series: 'revenue',
      start: '2026-11-20T12:00:00Z',
      end: '2026-11-20T12:10:00Z',
      type: 'spike',
      severity: 'high',
      truth: 'true',
    };
    const budget = { falseAlarmsPerWeek: 1, alarms: 3, achievedPerWeek: 1, alarmSeconds: 900, recall: null };
    const answer = {
      from: '2026-11-06T12:00:00Z',
      to: '2026-11-20T12:00:00Z',
      series: 2,
      labels: 'partial',
      budgets: [{ ...budget, precision: 0.5, anomalies: 2, caught: 1, incidents: [incident], incidentsLeftOut: 0 }],
      notices: ['Still learning.'],
    };
    const read = readBacktest(answer);
    expect(read.to - read.from).toBe(14 * 86_400_000);
    expect(read.budgets[0]).toMatchObject({ alarms: 3, recall: undefined, precision: 0.5 });
    expect(read.budgets[0]?.incidents[0]).toEqual({
      ...incident,
      start: Date.UTC(2026, 10, 20, 12),
      end: Date.UTC(2026, 10, 20, 12, 10),
    });
    expect(read.labels).toBe('partial');
    expect(read.notices).toEqual(['Still learning.']);
  });

  it('fills in what is left out and skips what is none', () => {
    const read = readBacktest({ budgets: [{ incidents: [{}, 7] }, null] });
    expect(read.budgets).toHaveLength(1);
    expect(read.budgets[0]?.incidents).toHaveLength(1);
    expect(read.budgets[0]?.incidents[0]?.truth).toBe('unlabelled');
    expect(read.labels).toBe('none');
  });

  it('says in a sentence that the answer is none', () => {
    expect(() => readBacktest({ message: 'no' })).toThrow(/did not answer with a backtest/);
  });
});
