import type { SeriesInfo } from '@bellwether/shared';
import { useEffect, useState } from 'react';
import type { SeriesRequest } from '../datasource';
import { messageOf } from './messageOf';

export interface SeriesState {
  data: SeriesInfo[];
  error?: string;
  loading: boolean;
}

interface SeriesProvider {
  series(source: SeriesRequest): Promise<SeriesInfo[]>;
}

/** The series that a source offers; none while `source` is undefined. A late answer to an earlier question is dropped. */
export function useSeries(provider: SeriesProvider, source: SeriesRequest | undefined): SeriesState {
  const question = source === undefined ? undefined : JSON.stringify(source);
  const [answer, setAnswer] = useState<{ question?: string; data: SeriesInfo[]; error?: string }>({ data: [] });

  useEffect(() => {
    if (question === undefined) {
      return undefined;
    }
    let current = true;
    provider.series(JSON.parse(question)).then(
      (data) => current && setAnswer({ question, data }),
      (error: unknown) => current && setAnswer({ question, data: [], error: messageOf(error) })
    );
    return () => {
      current = false;
    };
  }, [provider, question]);

  if (question !== answer.question) {
    return { data: [], loading: question !== undefined };
  }
  return { data: answer.data, error: answer.error, loading: false };
}
