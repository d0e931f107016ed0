import { isRecord } from '../query/record';

/** One series, or one file, that a source offers: an element of the resource /series. */
export interface SeriesInfo {
  name: string;
  labels: Record<string, string>;
  unit: string;
  description: string;
}

/** Reads the answer of the resource /series; elements without a name are skipped. */
export function readSeriesInfos(answer: unknown): SeriesInfo[] {
  if (!Array.isArray(answer)) {
    throw new Error(
      'The server did not answer with a list of series. Check that plugin and server have the same version.'
    );
  }
  return answer.flatMap((item: unknown) =>
    isRecord(item) && typeof item.name === 'string'
      ? [
          {
            name: item.name,
            labels: readLabels(item.labels),
            unit: readText(item.unit),
            description: readText(item.description),
          },
        ]
      : []
  );
}

/** Each metric once, in the server's order. */
export function seriesNames(infos: readonly SeriesInfo[]): SeriesInfo[] {
  return infos.filter((info, index) => infos.findIndex((other) => other.name === info.name) === index);
}

/** The labels of the series with one of these names (of all series when there are none), each with its values. */
export function labelValues(infos: readonly SeriesInfo[], names: readonly string[]): Map<string, string[]> {
  const values = new Map<string, string[]>();
  for (const info of infos.filter(({ name }) => names.length === 0 || names.includes(name))) {
    for (const [label, value] of Object.entries(info.labels)) {
      const known = values.get(label) ?? [];
      if (!known.includes(value)) {
        values.set(label, [...known, value]);
      }
    }
  }
  return values;
}

function readText(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function readLabels(value: unknown): Record<string, string> {
  if (!isRecord(value)) {
    return {};
  }
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string')
  );
}
