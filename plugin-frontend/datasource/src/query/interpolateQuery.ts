import type { ForecastOptions, LabelFilter, SeriesNames, Source } from '@bellwether/shared';
import type { SavedQuery } from '../types';
import { expandVariables, type Replace } from './expandVariables';
import { namesOf, seriesNamesOf } from './names';

/** The query with dashboard variables replaced wherever a person may type text: the source, its labels, the durations. */
export function interpolateQuery(query: SavedQuery, replace: Replace): SavedQuery {
  const { source, history, interval, forecast } = query;
  return {
    ...query,
    source: interpolateSource(source, replace),
    ...(history !== undefined && { history: replace(history) }),
    ...(interval !== undefined && { interval: replace(interval) }),
    ...(forecast !== undefined && { forecast: interpolateForecast(forecast, replace) }),
  };
}

function interpolateForecast(forecast: ForecastOptions, replace: Replace): ForecastOptions {
  const { horizon, capacity, regressors, calendar } = forecast;
  return {
    ...forecast,
    ...(horizon !== undefined && { horizon: replace(horizon) }),
    ...(capacity?.lookAhead !== undefined && { capacity: { ...capacity, lookAhead: replace(capacity.lookAhead) } }),
    ...(regressors !== undefined && { regressors: namesOf(expandNames(regressors, replace)) }),
    ...(calendar?.file !== undefined && { calendar: { ...calendar, file: replace(calendar.file) } }),
  };
}

function interpolateSource(source: Source, replace: Replace): Source {
  const labels = source.labels && { labels: interpolateLabels(source.labels, replace) };
  if (source.kind !== 'csv') {
    return {
      ...source,
      ...(source.series !== undefined && { series: expandNames(source.series, replace) }),
      ...labels,
    };
  }
  const { timeColumn, seriesColumn } = source;
  return {
    ...source,
    file: replace(source.file),
    ...(timeColumn !== undefined && { timeColumn: replace(timeColumn) }),
    ...(seriesColumn !== undefined && { seriesColumn: replace(seriesColumn) }),
    ...(source.valueColumn !== undefined && { valueColumn: expandNames(source.valueColumn, replace) }),
    ...labels,
  };
}

function expandNames(names: SeriesNames, replace: Replace): SeriesNames | undefined {
  return seriesNamesOf([...new Set(namesOf(names).flatMap((name) => expandVariables(name, replace)))]);
}

function interpolateLabels(labels: LabelFilter, replace: Replace): LabelFilter {
  return Object.fromEntries(Object.entries(labels).map(([label, value]) => [label, replace(value)]));
}
