import type { LabelFilter, SeriesNames, Source } from '@bellwether/shared';
import type { SavedQuery } from '../types';
import { expandVariables, type Replace } from './expandVariables';
import { namesOf, seriesNamesOf } from './names';

/** The query with dashboard variables replaced wherever a person may type text: the source, its labels, the durations. */
export function interpolateQuery(query: SavedQuery, replace: Replace): SavedQuery {
  const { source, history, interval, forecast } = query;
  return {
    ...query,
    ...(source !== undefined && { source: interpolateSource(source, replace) }),
    ...(history !== undefined && { history: replace(history) }),
    ...(interval !== undefined && { interval: replace(interval) }),
    ...(forecast?.horizon !== undefined && { forecast: { ...forecast, horizon: replace(forecast.horizon) } }),
  };
}

function interpolateSource(source: Source, replace: Replace): Source {
  const labels = source.labels && { labels: interpolateLabels(source.labels, replace) };
  if (source.kind !== 'csv') {
    return { ...source, ...withNames('series', source.series, replace), ...labels };
  }
  const { timeColumn, seriesColumn } = source;
  return {
    ...source,
    file: replace(source.file),
    ...(timeColumn !== undefined && { timeColumn: replace(timeColumn) }),
    ...(seriesColumn !== undefined && { seriesColumn: replace(seriesColumn) }),
    ...withNames('valueColumn', source.valueColumn, replace),
    ...labels,
  };
}

function withNames<K extends string>(key: K, names: SeriesNames | undefined, replace: Replace) {
  if (names === undefined) {
    return {};
  }
  const expanded = namesOf(names).flatMap((name) => expandVariables(name, replace));
  return { [key]: seriesNamesOf([...new Set(expanded)]) };
}

function interpolateLabels(labels: LabelFilter, replace: Replace): LabelFilter {
  return Object.fromEntries(Object.entries(labels).map(([label, value]) => [label, replace(value)]));
}
