import { readServerSettings, type ServerSettings } from '@bellwether/shared';
import { getBackendSrv } from '@grafana/runtime';
import { useEffect, useState } from 'react';
import { lastValueFrom } from 'rxjs';
import { messageOf } from './messageOf';

export interface ServerSettingsState {
  data?: ServerSettings;
  error?: string;
  loading: boolean;
}

interface Answer {
  question?: string;
  data?: ServerSettings;
  error?: string;
}

/**
 * What the operator allows on the server. `version` is the data source's: saving asks again. While there is no uid (a data
 * source that was not saved yet) nothing is asked.
 */
export function useServerSettings(uid: string | undefined, version: number | undefined): ServerSettingsState {
  const question = uid ? `${uid}@${version ?? 0}` : undefined;
  const [answer, setAnswer] = useState<Answer>({});

  useEffect(() => {
    if (!uid || question === undefined) {
      return undefined;
    }
    let current = true;
    fetchSettings(uid).then(
      (data) => current && setAnswer({ question, data }),
      (error: unknown) => current && setAnswer({ question, error: messageOf(error) })
    );
    return () => {
      current = false;
    };
  }, [uid, question]);

  if (question !== answer.question) {
    return { loading: question !== undefined };
  }
  return { data: answer.data, error: answer.error, loading: false };
}

async function fetchSettings(uid: string): Promise<ServerSettings> {
  const url = `/api/datasources/uid/${encodeURIComponent(uid)}/resources/settings`;
  const response = await lastValueFrom(getBackendSrv().fetch<unknown>({ method: 'GET', url, showErrorAlert: false }));
  return readServerSettings(response.data);
}
