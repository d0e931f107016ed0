import { choice, first, flag, part, text, type Complaint } from './checks';
import { FORECAST_ALERTS, MAX_REGRESSORS, SIDES, UNKNOWN_FUTURES } from './choices';
import { horizonComplaint, lookAheadComplaint } from './duration';
import { zoneComplaint } from './feedback';
import { typeName, type UnknownRecord } from './record';

/** Why the server would refuse the options of a forecast, in its words and its order; undefined when it would not. */
export function forecastComplaint(options: UnknownRecord): Complaint {
  return first([
    () => text('forecast.horizon', options.horizon, horizonComplaint),
    () => levels(options.levels),
    () => flag('forecast.wholeNumbers', options.wholeNumbers),
    () => choice('forecast.alert', options.alert, FORECAST_ALERTS),
    () => regressors(options.regressors),
    () => choice('forecast.unknownFuture', options.unknownFuture, UNKNOWN_FUTURES),
    () => part('forecast.threshold', options.threshold, (record) => threshold('forecast.threshold', record)),
    () => part('forecast.capacity', options.capacity, capacity),
    () => part('forecast.calendar', options.calendar, calendar),
    () => alertTarget(options),
  ]);
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

function regressors(list: unknown): Complaint {
  if (list === undefined) {
    return undefined;
  }
  if (!Array.isArray(list)) {
    return `forecast.regressors must be a list, not ${typeName(list)}.`;
  }
  if (list.length > MAX_REGRESSORS) {
    return `forecast.regressors has ${list.length} entries. It may have at most ${MAX_REGRESSORS}.`;
  }
  return first(
    list.map((name: unknown, index) => () => {
      if (typeof name !== 'string') {
        return `forecast.regressors[${index}] must be a text, not ${typeName(name)}.`;
      }
      return name === '' ? `forecast.regressors[${index}] is empty. Name a series of this query.` : undefined;
    })
  );
}

function threshold(field: string, { value, direction }: UnknownRecord): Complaint {
  if (value !== undefined && typeof value !== 'number') {
    return `${field}.value must be a number, not ${typeName(value)}.`;
  }
  return (
    choice(`${field}.direction`, direction, SIDES) ??
    (value === undefined ? `${field}.value is missing. It must be a number in the unit of the series.` : undefined)
  );
}

function capacity(record: UnknownRecord): Complaint {
  return (
    threshold('forecast.capacity', record) ?? text('forecast.capacity.lookAhead', record.lookAhead, lookAheadComplaint)
  );
}

function calendar({ weekdays, country, file, timezone }: UnknownRecord): Complaint {
  return first([
    () => flag('forecast.calendar.weekdays', weekdays),
    () => text('forecast.calendar.country', country, () => undefined),
    () => text('forecast.calendar.file', file, () => undefined),
    () => text('forecast.calendar.timezone', timezone, (zone) => zoneComplaint('forecast.calendar.timezone', zone)),
  ]);
}

function alertTarget(options: UnknownRecord): Complaint {
  if (options.alert === 'probability' && options.threshold === undefined) {
    return 'forecast.alert is probability, but there is no forecast.threshold to reach. Give it a value.';
  }
  return options.alert === 'timeLeft' && options.capacity === undefined
    ? 'forecast.alert is timeLeft, but there is no forecast.capacity to reach. Give it a value.'
    : undefined;
}
