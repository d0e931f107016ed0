// Generated from proto/contract/query.schema.json by `npm run generate`. Do not edit.

/**
 * Where the series come from.
 */
export type Source = DemoSource | SystemSource | CsvSource;
/**
 * One name or several.
 */
export type SeriesNames = string | string[];
/**
 * A moment with its zone, such as 2026-11-20T12:00:00Z.
 */
export type Moment = string;

/**
 * The saved query: what dashboards, provisioning files and alert rules hold. Unknown keys are ignored on read; unknown values are refused with the allowed ones.
 */
export interface BellwetherQuery {
  /**
   * Version of this contract. A query without one is read as version 1.
   */
  version?: 1;
  /**
   * What to find out about each series.
   */
  analysis: 'anomalies' | 'forecast' | 'trend' | 'changepoints' | 'patterns' | 'outliers' | 'multivariate' | 'raw';
  source: Source;
  /**
   * How far before the panel's range the model learns: a duration such as 14d of at most 18250d, or auto (4,032 model steps, in whole days above one day).
   */
  history?: string;
  /**
   * The model's own step: a duration such as 5m, or auto. The panel's resolution never changes it.
   */
  interval?: string;
  /**
   * The shape of the answer: overlay for the time-series panel, rows for tables, severity for the state timeline, last for stat and gauge, annotations for annotation queries.
   */
  form?: 'overlay' | 'rows' | 'severity' | 'last' | 'annotations';
  /**
   * What an overlay draws. Alert rules get one dense series per label set whatever is asked here.
   */
  show?: ('value' | 'expected' | 'band' | 'points' | 'score' | 'pValue' | 'regions' | 'labels' | 'probability')[];
  anomalies?: AnomalyOptions;
  forecast?: ForecastOptions;
  changepoints?: ChangepointOptions;
  outliers?: OutlierOptions;
  multivariate?: MultivariateOptions;
}
/**
 * The built-in shop and sensor fleet: deterministic, with labelled incidents.
 */
export interface DemoSource {
  kind: 'demo';
  series?: SeriesNames;
  labels?: LabelFilter;
  /**
   * Another seed is another shop.
   */
  seed?: number;
}
/**
 * Only series that carry all of these labels.
 */
export interface LabelFilter {
  [k: string]: string;
}
/**
 * The machine that runs the plugin, sampled from /proc.
 */
export interface SystemSource {
  kind: 'system';
  series?: SeriesNames;
  labels?: LabelFilter;
}
/**
 * A file in the folder that the operator allowed.
 */
export interface CsvSource {
  kind: 'csv';
  /**
   * Path below the allowed folder.
   */
  file: string;
  /**
   * Detected when left out.
   */
  timeColumn?: string;
  valueColumn?: SeriesNames;
  /**
   * A text column whose values tell series apart; one that looks like names is used by itself, an empty text turns that off.
   */
  seriesColumn?: string;
  delimiter?: ',' | ';' | '\t' | '|';
  /**
   * strptime pattern, for times that are not detected.
   */
  timeFormat?: string;
  /**
   * IANA name for times without a zone; UTC when left out.
   */
  timezone?: string;
  labels?: LabelFilter;
}
export interface AnomalyOptions {
  /**
   * auto, or an id that the resource /methods lists.
   */
  method?: string;
  /**
   * A false-alarm budget in words: low = at most one false alarm per series and month, medium = per week, high = per day.
   */
  sensitivity?: 'low' | 'medium' | 'high';
  /**
   * The budget as a number per series and week. Wins over sensitivity.
   */
  falseAlarmsPerWeek?: number;
  /**
   * Which side of the expected value counts.
   */
  direction?: 'both' | 'up' | 'down';
  /**
   * Smaller deviations from the expected value are never anomalies.
   */
  minDeviation?: {
    /**
     * In the series' own unit.
     */
    absolute?: number;
    /**
     * As a share of the expected value, 0.1 = 10 %.
     */
    relative?: number;
  };
  /**
   * When given, alert rules get 1 where the score reaches it and 0 elsewhere, instead of the score itself.
   */
  alertThreshold?: number;
  /**
   * What a bucket without data means: ignore it, read it as zero, hold the last value, or alert on a stretch without data as an incident of its own.
   */
  missing?: 'ignore' | 'zero' | 'hold' | 'alert';
  /**
   * Stretches in which nothing raises an alarm and nothing is learned, such as maintenance: every week or once.
   *
   * @maxItems 20
   */
  blackouts?: (WeeklyBlackout | SingleBlackout)[];
  /**
   * What people said of stretches of time. A label acts from its start on.
   *
   * @maxItems 200
   */
  feedback?: Feedback[];
}
/**
 * A blackout that repeats on the same days of every week.
 */
export interface WeeklyBlackout {
  /**
   * The days on which it begins; every day when left out.
   *
   * @minItems 1
   * @maxItems 7
   */
  days?: ('mon' | 'tue' | 'wed' | 'thu' | 'fri' | 'sat' | 'sun')[];
  /**
   * Time of day, such as 22:00.
   */
  from: string;
  /**
   * Time of day, such as 06:00 or 24:00. At or before from it means the next day.
   */
  to: string;
  /**
   * IANA name whose clock from and to are read on.
   */
  timezone?: string;
}
/**
 * A blackout that happens once.
 */
export interface SingleBlackout {
  from: Moment;
  to: Moment;
}
/**
 * A stretch of time and what it was: expected = normal whatever it looks like, anomaly = a true anomaly that is never learned, ignore = neither judged nor learned.
 */
export interface Feedback {
  from: Moment;
  to: Moment;
  label: 'expected' | 'anomaly' | 'ignore';
  /**
   * Name of the series meant, as the legend shows it, or of a metric for all its series; all series when left out.
   */
  series?: string;
}
export interface ForecastOptions {
  /**
   * auto, or an id that the resource /methods lists.
   */
  method?: string;
  /**
   * How far ahead: a duration of at most 366d.
   */
  horizon?: string;
  /**
   * Coverage of the bands, each above 0 and below 1.
   *
   * @minItems 1
   * @maxItems 5
   */
  levels?: number[];
  /**
   * The metric never falls below this; bands are clipped.
   */
  min?: number;
  /**
   * The metric never rises above this; bands are clipped.
   */
  max?: number;
  /**
   * The metric counts something: forecast and bands are whole numbers.
   */
  wholeNumbers?: boolean;
  threshold?: Threshold;
  capacity?: Capacity;
  /**
   * What alert rules, stat panels and gauges get: forecast = the values ahead, probability = that the threshold has been reached by each step, timeLeft = the seconds until the capacity is reached. auto = timeLeft with a capacity, else probability with a threshold, else forecast. Of a series in a rule the last value is the one at the end of the horizon.
   */
  alert?: 'auto' | 'forecast' | 'probability' | 'timeLeft';
  /**
   * Other series of this query that explain the ones to forecast: names of metrics, or of series as the legend shows them.
   *
   * @maxItems 8
   */
  regressors?: string[];
  /**
   * Where nothing is known of a regressor ahead: hold = its last value goes on, leaveOut = its effect is told but the forecast does without it.
   */
  unknownFuture?: 'hold' | 'leaveOut';
  calendar?: Calendar;
}
/**
 * A value that the forecast is compared with: when it is reached, and how likely.
 */
export interface Threshold {
  /**
   * In the unit of the series.
   */
  value: number;
  /**
   * above = reached from below, below = from above.
   */
  direction?: 'above' | 'below';
}
/**
 * When something is full (or empty, with the direction below): the time left, with an interval of the widest level.
 */
export interface Capacity {
  /**
   * In the unit of the series.
   */
  value: number;
  /**
   * above = it fills up, below = it runs out.
   */
  direction?: 'above' | 'below';
  /**
   * How far ahead an answer is of use: a duration of at most 3660d. Beyond the horizon the drift of the history is carried on.
   */
  lookAhead?: string;
}
/**
 * Days that explain a series.
 */
export interface Calendar {
  /**
   * What each weekday adds to the average day.
   */
  weekdays?: boolean;
  /**
   * Public holidays of a country by its ISO code, such as DE; the resource /methods lists those known.
   */
  country?: string;
  /**
   * Holidays of an iCalendar file: its path below the folder that the operator allowed.
   */
  file?: string;
  /**
   * IANA name whose clock tells the days.
   */
  timezone?: string;
}
/**
 * Where level, slope or scatter changed for a while.
 */
export interface ChangepointOptions {
  /**
   * batch = by all values of the history and the range; online = each change is told from the values up to the one that settles it, and never taken back.
   */
  mode?: 'batch' | 'online';
  /**
   * Changes with less confidence are left out.
   */
  minConfidence?: number;
}
/**
 * Series unlike their peers: the series of one metric are a group.
 */
export interface OutlierOptions {
  /**
   * How the band of a group is drawn: mad = by the median distance from the median, dbscan = as far as the values hang together.
   */
  method?: 'mad' | 'dbscan';
  /**
   * How far from the group counts: for mad in robust standard deviations, for dbscan the widest gap in usual distances from the median. By the number of series when left out.
   */
  tolerance?: number;
  /**
   * The time looked at together: a duration, or auto (30 model steps).
   */
  window?: string;
  /**
   * The share of the window outside the band that makes an outlier.
   */
  minShare?: number;
}
/**
 * Times at which series are unusual together: those with the same labels, such as the metrics of one host, are looked at as one.
 */
export interface MultivariateOptions {
  /**
   * ensemble = the two most surprised of the four others.
   */
  method?: 'ensemble' | 'isolation-forest' | 'extended-isolation-forest' | 'one-class-svm' | 'random-cut-forest';
  /**
   * Budget of false alarms per group: low = one a month, medium = one a week, high = one a day.
   */
  sensitivity?: 'low' | 'medium' | 'high';
  /**
   * The budget as a number per group and week. Wins over sensitivity.
   */
  falseAlarmsPerWeek?: number;
}
