import { budgetName, budgetOf, budgetText, FALSE_ALARMS_PER_WEEK, withBudget } from './sensitivity';

describe('budgetText', () => {
  it.each([
    [undefined, 'At most 1 false alarm per series and week'],
    [{ sensitivity: 'low' as const }, 'At most 1 false alarm per series and month'],
    [{ sensitivity: 'high' as const }, 'At most 1 false alarm per series and day'],
    [{ sensitivity: 'high' as const, falseAlarmsPerWeek: 2.5 }, 'At most 2.5 false alarms per series and week'],
  ])('says what %j promises', (options, want) => {
    expect(budgetText(options)).toBe(want);
  });

  it('orders the words by how often they may be wrong', () => {
    expect(FALSE_ALARMS_PER_WEEK.low).toBeLessThan(FALSE_ALARMS_PER_WEEK.medium);
    expect(FALSE_ALARMS_PER_WEEK.medium).toBeLessThan(FALSE_ALARMS_PER_WEEK.high);
  });
});

describe('a budget', () => {
  it('has a name', () => {
    expect([7 / 90, 7 / 30, 1, 2.5, 7].map(budgetName)).toEqual([
      '1 in 90 days',
      '1 a month',
      '1 a week',
      '2.5 a week',
      '1 a day',
    ]);
  });

  it('becomes a word where one means it, and says the same', () => {
    expect(withBudget({ falseAlarmsPerWeek: 3, direction: 'up' }, 7)).toEqual({ sensitivity: 'high', direction: 'up' });
    for (const budget of [7 / 30, 0.5, 1, 7, 28]) {
      expect(budgetOf(withBudget({}, budget))).toBe(budget);
    }
    expect(budgetOf(undefined)).toBe(1);
  });
});
