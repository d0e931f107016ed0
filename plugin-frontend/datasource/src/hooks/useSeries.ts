import type { SeriesInfo } from '@bellwether/shared';
import { useCallback } from 'react';
import type { SeriesRequest } from '../datasource';
import { useFetched, type Fetched } from './useFetched';

interface SeriesProvider {
  series(source: SeriesRequest): Promise<SeriesInfo[]>;
}

const NONE: SeriesInfo[] = [];

/** The series that a source offers; none while `source` is undefined. */
export function useSeries(
  provider: SeriesProvider,
  source: SeriesRequest | undefined
): Fetched<SeriesInfo[]> & { data: SeriesInfo[] } {
  const ask = useCallback((question: string) => provider.series(JSON.parse(question) as SeriesRequest), [provider]);
  const { data = NONE, ...state } = useFetched(source && JSON.stringify(source), ask);
  return { data, ...state };
}
