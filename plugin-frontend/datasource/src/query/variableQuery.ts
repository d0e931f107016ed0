import { labelValues, seriesNames, type SeriesInfo } from '@bellwether/shared';

/** What a query variable asks for: the names of a source's series, or the values of one of their labels. */
export interface VariableQuery {
  source: { kind: string; file?: string };
  series?: string;
  label?: string;
}

/**
 * Reads the text of a query variable: the kind of source, for csv the file, then optionally a series and one of its labels.
 * "demo" lists the demo's series, "demo revenue category" the categories of revenue.
 */
export function readVariableQuery(text: string): VariableQuery {
  const words = text.trim().split(/\s+/);
  const kind = words.shift() || 'demo';
  const file = kind === 'csv' ? words.shift() : undefined;
  const [series, label] = words;
  return { source: file === undefined ? { kind } : { kind, file }, series, label };
}

export function variableValues({ series, label }: VariableQuery, infos: readonly SeriesInfo[]): string[] {
  if (series === undefined) {
    return seriesNames(infos).map(({ name }) => name);
  }
  const labels = labelValues(infos, [series]);
  return label === undefined ? [...labels.keys()] : (labels.get(label) ?? []);
}
