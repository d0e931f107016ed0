import { readServerSettings, type ServerSettings } from '@bellwether/shared';
import { getBackendSrv } from '@grafana/runtime';
import { useCallback } from 'react';
import { lastValueFrom } from 'rxjs';
import { useFetched, type Fetched } from './useFetched';

/**
 * What the operator allows on the server. `version` is the data source's: saving asks again. While there is no uid (a data
 * source that was not saved yet) nothing is asked.
 */
export function useServerSettings(uid: string | undefined, version: number | undefined): Fetched<ServerSettings> {
  const ask = useCallback(() => fetchSettings(uid ?? ''), [uid]);
  return useFetched(uid ? `${uid}@${version ?? 0}` : undefined, ask);
}

async function fetchSettings(uid: string): Promise<ServerSettings> {
  const url = `/api/datasources/uid/${encodeURIComponent(uid)}/resources/settings`;
  const response = await lastValueFrom(getBackendSrv().fetch<unknown>({ method: 'GET', url, showErrorAlert: false }));
  return readServerSettings(response.data);
}
