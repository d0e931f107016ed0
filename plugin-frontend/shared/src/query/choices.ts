import type {
  AnomalyOptions,
  BellwetherQuery,
  ChangepointOptions,
  Feedback,
  ForecastOptions,
  MultivariateOptions,
  OutlierOptions,
  Source,
  Threshold,
  WeeklyBlackout,
} from '../contract/query.gen';

export type Analysis = BellwetherQuery['analysis'];
export type Form = NonNullable<BellwetherQuery['form']>;
export type Show = NonNullable<BellwetherQuery['show']>[number];
export type SourceKind = Source['kind'];
export type Sensitivity = NonNullable<AnomalyOptions['sensitivity']>;
export type Direction = NonNullable<AnomalyOptions['direction']>;
export type Missing = NonNullable<AnomalyOptions['missing']>;
export type FeedbackLabel = Feedback['label'];
export type ChangepointMode = NonNullable<ChangepointOptions['mode']>;
export type OutlierMethod = NonNullable<OutlierOptions['method']>;
export type MultivariateMethod = NonNullable<MultivariateOptions['method']>;
export type Side = NonNullable<Threshold['direction']>;
export type ForecastAlert = NonNullable<ForecastOptions['alert']>;
export type UnknownFuture = NonNullable<ForecastOptions['unknownFuture']>;
export type Day = NonNullable<WeeklyBlackout['days']>[number];
export type Blackout = NonNullable<AnomalyOptions['blackouts']>[number];

// Everything a field of the contract may hold, in the order in which people are offered it. The types make the compiler
// complain when the schema drops a value; the contract test complains when it gains one.
export const ANALYSES: readonly Analysis[] = [
  'anomalies',
  'forecast',
  'trend',
  'changepoints',
  'patterns',
  'outliers',
  'multivariate',
  'raw',
];
export const FORMS: readonly Form[] = ['overlay', 'rows', 'severity', 'last', 'annotations'];
export const SHOWS: readonly Show[] = [
  'value',
  'expected',
  'band',
  'points',
  'score',
  'pValue',
  'regions',
  'labels',
  'probability',
];
export const SOURCE_KINDS: readonly SourceKind[] = ['demo', 'system', 'csv'];
export const SENSITIVITIES: readonly Sensitivity[] = ['low', 'medium', 'high'];
export const DIRECTIONS: readonly Direction[] = ['both', 'up', 'down'];
export const MISSINGS: readonly Missing[] = ['ignore', 'zero', 'hold', 'alert'];
export const FEEDBACK_LABELS: readonly FeedbackLabel[] = ['expected', 'anomaly', 'ignore'];
export const CHANGEPOINT_MODES: readonly ChangepointMode[] = ['batch', 'online'];
export const OUTLIER_METHODS: readonly OutlierMethod[] = ['mad', 'dbscan'];
export const MULTIVARIATE_METHODS: readonly MultivariateMethod[] = [
  'ensemble',
  'isolation-forest',
  'extended-isolation-forest',
  'one-class-svm',
  'random-cut-forest',
];
export const SIDES: readonly Side[] = ['above', 'below'];
export const FORECAST_ALERTS: readonly ForecastAlert[] = ['auto', 'forecast', 'probability', 'timeLeft'];
export const UNKNOWN_FUTURES: readonly UnknownFuture[] = ['hold', 'leaveOut'];
export const DAYS: readonly Day[] = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];

/** The budgets that the server takes, in false alarms per series and week. */
export const MIN_FALSE_ALARMS_PER_WEEK = 0.002;
export const MAX_FALSE_ALARMS_PER_WEEK = 1000;

/** The most entries of `anomalies.blackouts` and of `anomalies.feedback`. */
export const MAX_BLACKOUTS = 20;
export const MAX_FEEDBACK = 200;

/** The largest of `outliers.tolerance`. */
export const MAX_OUTLIER_TOLERANCE = 1000;

/** The most names in `forecast.regressors`. */
export const MAX_REGRESSORS = 8;

/** What the server takes for a key that the query leaves out. */
export const DEFAULTS = {
  history: 'auto',
  interval: 'auto',
  form: 'overlay',
  show: ['value', 'expected', 'band', 'points'],
  anomalies: { method: 'auto', sensitivity: 'medium', direction: 'both', missing: 'ignore' },
  forecast: {
    method: 'auto',
    horizon: '1d',
    levels: [0.8, 0.95],
    wholeNumbers: false,
    alert: 'auto',
    unknownFuture: 'hold',
    direction: 'above',
    lookAhead: '90d',
    calendar: { weekdays: false, timezone: 'UTC' },
  },
  changepoints: { mode: 'batch', minConfidence: 0 },
  outliers: { method: 'mad', window: 'auto', minShare: 0.7 },
  multivariate: { method: 'ensemble', sensitivity: 'medium' },
} as const;

export const CONTRACT_VERSION = 1;

/** A new panel's query: it draws something at once, with no connection set up. */
export function defaultQuery(): BellwetherQuery {
  return { version: CONTRACT_VERSION, analysis: 'anomalies', source: { kind: 'demo', series: 'revenue' } };
}
