import type { BellwetherQuery } from '../contract/query.gen';
import { ANALYSES, CONTRACT_VERSION, DIRECTIONS, FORMS, MISSINGS, SENSITIVITIES, SHOWS, SOURCE_KINDS } from './choices';
import { durationComplaint, historyComplaint, horizonComplaint } from './duration';
import { isRecord, typeName, type UnknownRecord } from './record';

type Complaint = string | undefined;
type Check = () => Complaint;

const MAX_FALSE_ALARMS_PER_WEEK = 1000;

function first(checks: Check[]): Complaint {
  for (const check of checks) {
    const complaint = check();
    if (complaint !== undefined) {
      return complaint;
    }
  }
  return undefined;
}

function choice(field: string, value: unknown, allowed: readonly string[]): Complaint {
  if (value === undefined) {
    return undefined;
  }
  if (typeof value !== 'string') {
    return `${field} must be a text, not ${typeName(value)}.`;
  }
  return allowed.includes(value)
    ? undefined
    : `${field} "${value}" is not known. It must be one of: ${allowed.join(', ')}.`;
}

function required(field: string, value: unknown, allowed: readonly string[]): Complaint {
  return value === undefined
    ? `${field} is missing. It must be one of: ${allowed.join(', ')}.`
    : choice(field, value, allowed);
}

function text(field: string, value: unknown, check: (text: string) => Complaint): Complaint {
  if (value === undefined) {
    return undefined;
  }
  return typeof value === 'string' ? check(value) : `${field} must be a text, not ${typeName(value)}.`;
}

function part(field: string, value: unknown, check: (record: UnknownRecord) => Complaint): Complaint {
  if (value === undefined) {
    return undefined;
  }
  return isRecord(value) ? check(value) : `${field} must be an object, not ${typeName(value)}.`;
}

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

function budget(value: unknown): Complaint {
  return typeof value === 'number' && !(value > 0 && value <= MAX_FALSE_ALARMS_PER_WEEK)
    ? `anomalies.falseAlarmsPerWeek is ${value}. It must be above 0 and at most ${MAX_FALSE_ALARMS_PER_WEEK}.`
    : undefined;
}

function levels(value: unknown): Complaint {
  if (!Array.isArray(value)) {
    return undefined;
  }
  const wrong = value.findIndex((level) => !(typeof level === 'number' && level > 0 && level < 1));
  return wrong === -1
    ? undefined
    : `forecast.levels[${wrong}] is ${value[wrong]}. Each level must lie between 0 and 1, both excluded, such as 0.95.`;
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
          () => budget(options.falseAlarmsPerWeek),
          () => choice('anomalies.direction', options.direction, DIRECTIONS),
          () => choice('anomalies.missing', options.missing, MISSINGS),
        ])
      ),
    () =>
      part('forecast', query.forecast, (options) =>
        first([() => text('forecast.horizon', options.horizon, horizonComplaint), () => levels(options.levels)])
      ),
  ]);
}

export function isQuery(query: unknown): query is BellwetherQuery {
  return queryComplaint(query) === undefined;
}
