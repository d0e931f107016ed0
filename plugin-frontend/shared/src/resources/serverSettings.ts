import { isRecord } from '../query/record';

/** What the operator allows, read-only: the resource /settings. */
export interface ServerSettings {
  /** Folder whose CSV files may be read; null when none is allowed. */
  csvFolder: string | null;
  version: string;
  sources: string[];
}

export function readServerSettings(answer: unknown): ServerSettings {
  if (!isRecord(answer)) {
    throw new Error('The server did not answer with its settings. Check that plugin and server have the same version.');
  }
  const { csvFolder, version, sources } = answer;
  return {
    csvFolder: typeof csvFolder === 'string' && csvFolder !== '' ? csvFolder : null,
    version: typeof version === 'string' ? version : '',
    sources: Array.isArray(sources) ? sources.filter((kind): kind is string => typeof kind === 'string') : [],
  };
}
