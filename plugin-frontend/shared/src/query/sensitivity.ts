import type { AnomalyOptions } from '../contract/query.gen';
import { DEFAULTS, type Sensitivity } from './choices';

/** The false alarms per series and week that each word stands for: a month has 30 days, as on the server. */
export const FALSE_ALARMS_PER_WEEK: Record<Sensitivity, number> = { low: 7 / 30, medium: 1, high: 7 };

const PERIOD: Record<Sensitivity, string> = { low: 'month', medium: 'week', high: 'day' };

export function sensitivityText(sensitivity: Sensitivity): string {
  return `At most 1 false alarm per series and ${PERIOD[sensitivity]}`;
}

/** The promise that a query's options make, in words. */
export function budgetText(options: AnomalyOptions | undefined): string {
  const budget = options?.falseAlarmsPerWeek;
  if (budget === undefined) {
    return sensitivityText(options?.sensitivity ?? DEFAULTS.anomalies.sensitivity);
  }
  return `At most ${budget} false ${budget === 1 ? 'alarm' : 'alarms'} per series and week`;
}
