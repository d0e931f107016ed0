import type { BellwetherQuery } from '../contract/query.gen';
import { choice, first, numberText, part, required, text, type Complaint } from './checks';
import {
  ANALYSES,
  CHANGEPOINT_MODES,
  CONTRACT_VERSION,
  DIRECTIONS,
  FORMS,
  MAX_FALSE_ALARMS_PER_WEEK,
  MAX_OUTLIER_TOLERANCE,
  MIN_FALSE_ALARMS_PER_WEEK,
  MISSINGS,
  MULTIVARIATE_METHODS,
  OUTLIER_METHODS,
  SENSITIVITIES,
  SHOWS,
  SOURCE_KINDS,
} from './choices';
import { durationComplaint, historyComplaint } from './duration';
import { blackoutsComplaint, feedbackComplaint } from './feedback';
import { forecastComplaint } from './forecast';
import { isRecord, typeName } from './record';

function version(value: unknown): Complaint {
  if (value === undefined) {
    return undefined;
  }
  if (typeof value !== 'number') {
    return `version must be a number, not ${typeName(value)}.`;
  }
  return value > CONTRACT_VERSION
    ? `version ${value} is newer than this plugin understands (${CONTRACT_VERSION}). Update the plugin, or save the query again with this one.`
    : undefined;
}

function source(value: unknown): Complaint {
  if (value === undefined) {
    return 'source is missing. It must be an object with a kind, such as {"kind": "demo"}.';
  }
  return part('source', value, ({ kind }) => required('source.kind', kind, SOURCE_KINDS));
}

function show(value: unknown): Complaint {
  if (value === undefined) {
    return undefined;
  }
  if (!Array.isArray(value)) {
    return `show must be a list, not ${typeName(value)}.`;
  }
  return first(value.map((item, index) => () => choice(`show[${index}]`, item, SHOWS)));
}

function budget(field: string, value: unknown): Complaint {
  if (value === undefined) {
    return undefined;
  }
  if (typeof value !== 'number') {
    return `${field} must be a number, not ${typeName(value)}.`;
  }
  return value >= MIN_FALSE_ALARMS_PER_WEEK && value <= MAX_FALSE_ALARMS_PER_WEEK
    ? undefined
    : `${field} is ${numberText(value)}. It must be at least ${MIN_FALSE_ALARMS_PER_WEEK} and at most ${MAX_FALSE_ALARMS_PER_WEEK}.`;
}

function share(field: string, value: unknown): Complaint {
  if (value === undefined) {
    return undefined;
  }
  if (typeof value !== 'number') {
    return `${field} must be a number, not ${typeName(value)}.`;
  }
  return value >= 0 && value <= 1 ? undefined : `${field} is ${value}. It must be at least 0 and at most 1.`;
}

function aboveZero(field: string, value: unknown, max: number): Complaint {
  if (value === undefined) {
    return undefined;
  }
  if (typeof value !== 'number') {
    return `${field} must be a number, not ${typeName(value)}.`;
  }
  return value > 0 && value <= max ? undefined : `${field} is ${value}. It must be above 0 and at most ${max}.`;
}

/**
 * The first thing about a query that the server would refuse, in the server's words; undefined when nothing is found. The
 * server judges finally: this only saves a round trip and tells our queries from those of other data sources.
 */
export function queryComplaint(query: unknown): Complaint {
  if (!isRecord(query)) {
    return `The query must be a JSON object, not ${typeName(query)}.`;
  }
  return first([
    () => version(query.version),
    () => required('analysis', query.analysis, ANALYSES),
    () => source(query.source),
    () => text('history', query.history, historyComplaint),
    () => text('interval', query.interval, (value) => durationComplaint('interval', value, true)),
    () => choice('form', query.form, FORMS),
    () => show(query.show),
    () =>
      part('anomalies', query.anomalies, (options) =>
        first([
          () => choice('anomalies.sensitivity', options.sensitivity, SENSITIVITIES),
          () => budget('anomalies.falseAlarmsPerWeek', options.falseAlarmsPerWeek),
          () => choice('anomalies.direction', options.direction, DIRECTIONS),
          () => choice('anomalies.missing', options.missing, MISSINGS),
          () => blackoutsComplaint(options.blackouts),
          () => feedbackComplaint(options.feedback),
        ])
      ),
    () => part('forecast', query.forecast, forecastComplaint),
    () =>
      part('changepoints', query.changepoints, (options) =>
        first([
          () => choice('changepoints.mode', options.mode, CHANGEPOINT_MODES),
          () => share('changepoints.minConfidence', options.minConfidence),
        ])
      ),
    () =>
      part('outliers', query.outliers, (options) =>
        first([
          () => choice('outliers.method', options.method, OUTLIER_METHODS),
          () => aboveZero('outliers.tolerance', options.tolerance, MAX_OUTLIER_TOLERANCE),
          () => text('outliers.window', options.window, (value) => durationComplaint('outliers.window', value, true)),
          () => aboveZero('outliers.minShare', options.minShare, 1),
        ])
      ),
    () =>
      part('multivariate', query.multivariate, (options) =>
        first([
          () => choice('multivariate.method', options.method, MULTIVARIATE_METHODS),
          () => choice('multivariate.sensitivity', options.sensitivity, SENSITIVITIES),
          () => budget('multivariate.falseAlarmsPerWeek', options.falseAlarmsPerWeek),
        ])
      ),
  ]);
}

export function isQuery(query: unknown): query is BellwetherQuery {
  return queryComplaint(query) === undefined;
}
