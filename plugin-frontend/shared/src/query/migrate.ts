import type { BellwetherQuery } from '../contract/query.gen';
import { ANALYSES, CONTRACT_VERSION, SOURCE_KINDS, defaultQuery } from './choices';
import { isRecord, type UnknownRecord } from './record';

/**
 * What the editor shows for whatever was saved. A query of this contract comes back as it is, with its version; one that
 * belongs to another data source, or to none, becomes the default query. Grafana's own keys (refId, hide, …) are kept, and
 * so are keys of a newer contract: opening an editor must not lose what it does not know.
 */
export function migrate<T extends object>(saved: T): T & BellwetherQuery {
  if (isOurs(saved)) {
    return { ...saved, version: CONTRACT_VERSION };
  }
  return { ...saved, ...defaultQuery() };
}

function isOurs<T extends object>(saved: T): saved is T & BellwetherQuery {
  const query: unknown = saved;
  return (
    isRecord(query) &&
    ANALYSES.some((known) => known === query.analysis) &&
    isRecord(query.source) &&
    hasKnownKind(query.source)
  );
}

function hasKnownKind({ kind }: UnknownRecord): boolean {
  return SOURCE_KINDS.some((known) => known === kind);
}
