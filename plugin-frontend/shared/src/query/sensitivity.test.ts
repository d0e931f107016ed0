import { budgetText, FALSE_ALARMS_PER_WEEK } from './sensitivity';

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
