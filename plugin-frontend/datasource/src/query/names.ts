import type { SeriesNames } from '@bellwether/shared';

/** One name or several, or none, as a list. */
export function namesOf(names: SeriesNames | undefined): string[] {
  if (names === undefined || names === '') {
    return [];
  }
  return typeof names === 'string' ? [names] : names;
}

/** The shortest form for the saved query: nothing, a name, or a list. */
export function seriesNamesOf(names: readonly string[]): SeriesNames | undefined {
  return names.length > 1 ? [...names] : names[0];
}
