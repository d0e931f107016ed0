import { isRecord, type UnknownRecord } from '../query/record';

/** What labels say of an alarm. */
export type AlarmTruth = 'true' | 'false' | 'unlabelled';

/** One time that the rule would have fired. */
export interface BacktestIncident {
  series: string;
  /** Milliseconds since 1970. */
  start: number;
  end: number;
  type: string;
  severity: string;
  truth: AlarmTruth;
}

/** What the rule would have done at one budget. */
export interface BacktestBudget {
  falseAlarmsPerWeek: number;
  alarms: number;
  /** Alarms per series and week, those on labelled anomalies left out. */
  achievedPerWeek: number;
  alarmSeconds: number;
  /** Judged, over all series. */
  weeks: number;
  anomalies: number;
  caught: number;
  /** Undefined where no label tells. */
  recall?: number;
  precision?: number;
  /** The latest first. */
  incidents: BacktestIncident[];
  incidentsLeftOut: number;
}

/** The answer of the resource /backtest. */
export interface Backtest {
  from: number;
  to: number;
  series: number;
  /** Whether labels of the source tell of every anomaly, feedback of some stretches, or nothing of any. */
  labels: 'none' | 'partial' | 'complete';
  budgets: BacktestBudget[];
  notices: string[];
}

/** Reads the answer of the resource /backtest. */
export function readBacktest(answer: unknown): Backtest {
  if (!isRecord(answer) || !Array.isArray(answer.budgets)) {
    throw new Error('The server did not answer with a backtest. Check that plugin and server have the same version.');
  }
  const { labels, notices } = answer;
  return {
    from: moment(answer.from),
    to: moment(answer.to),
    series: number(answer.series),
    labels: labels === 'complete' || labels === 'partial' ? labels : 'none',
    budgets: answer.budgets.filter(isRecord).map(readBudget),
    notices: Array.isArray(notices) ? notices.filter((notice): notice is string => typeof notice === 'string') : [],
  };
}

function readBudget(budget: UnknownRecord): BacktestBudget {
  return {
    falseAlarmsPerWeek: number(budget.falseAlarmsPerWeek),
    alarms: number(budget.alarms),
    achievedPerWeek: number(budget.achievedPerWeek),
    alarmSeconds: number(budget.alarmSeconds),
    weeks: number(budget.weeks),
    anomalies: number(budget.anomalies),
    caught: number(budget.caught),
    recall: typeof budget.recall === 'number' ? budget.recall : undefined,
    precision: typeof budget.precision === 'number' ? budget.precision : undefined,
    incidents: Array.isArray(budget.incidents) ? budget.incidents.filter(isRecord).map(readIncident) : [],
    incidentsLeftOut: number(budget.incidentsLeftOut),
  };
}

function readIncident({ series, start, end, type, severity, truth }: UnknownRecord): BacktestIncident {
  return {
    series: text(series),
    start: moment(start),
    end: moment(end),
    type: text(type),
    severity: text(severity),
    truth: truth === 'true' || truth === 'false' ? truth : 'unlabelled',
  };
}

function number(value: unknown): number {
  return typeof value === 'number' ? value : 0;
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function moment(value: unknown): number {
  return Date.parse(text(value));
}
