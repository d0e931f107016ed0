import type { AnomalyOptions } from '../contract/query.gen';
import { DEFAULTS, SENSITIVITIES, type Sensitivity } from './choices';

/** The false alarms per series and week that each word stands for: a month has 30 days, as on the server. */
export const FALSE_ALARMS_PER_WEEK: Record<Sensitivity, number> = { low: 7 / 30, medium: 1, high: 7 };

/** What an analysis that raises alarms says of its budget. */
export type Budget = Pick<AnomalyOptions, 'sensitivity' | 'falseAlarmsPerWeek'>;

/** What a budget is counted for. */
export type BudgetUnit = 'series' | 'group';

const PERIOD: Record<Sensitivity, string> = { low: 'month', medium: 'week', high: 'day' };

export function sensitivityText(sensitivity: Sensitivity, per: BudgetUnit = 'series'): string {
  return `At most 1 false alarm per ${per} and ${PERIOD[sensitivity]}`;
}

/** The options with this budget: as a word where one means it, else as a number. */
export function withBudget(options: AnomalyOptions, budget: number): AnomalyOptions {
  const sensitivity = SENSITIVITIES.find((word) => FALSE_ALARMS_PER_WEEK[word] === budget);
  return sensitivity === undefined
    ? { ...options, falseAlarmsPerWeek: budget }
    : { ...options, sensitivity, falseAlarmsPerWeek: undefined };
}

/** The budget that a query's options ask for, in false alarms per series and week. */
export function budgetOf(options: AnomalyOptions | undefined): number {
  return options?.falseAlarmsPerWeek ?? FALSE_ALARMS_PER_WEEK[options?.sensitivity ?? DEFAULTS.anomalies.sensitivity];
}

/** A budget in few words: "1 a month", "1 a week", "1 a day", "1 in 90 days", else the number a week. */
export function budgetName(budget: number): string {
  const sensitivity = SENSITIVITIES.find((word) => FALSE_ALARMS_PER_WEEK[word] === budget);
  if (sensitivity !== undefined) {
    return `1 a ${PERIOD[sensitivity]}`;
  }
  return budget < 0.5 ? `1 in ${Math.round(7 / budget)} days` : `${Number(budget.toPrecision(3))} a week`;
}

/** The promise that a query's options make, in words. */
export function budgetText(options: Budget | undefined, per: BudgetUnit = 'series'): string {
  const budget = options?.falseAlarmsPerWeek;
  if (budget === undefined) {
    return sensitivityText(options?.sensitivity ?? DEFAULTS.anomalies.sensitivity, per);
  }
  return `At most ${budget} false ${budget === 1 ? 'alarm' : 'alarms'} per ${per} and week`;
}
