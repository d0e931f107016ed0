import type { BellwetherQuery } from '@bellwether/shared';

/** Whether there is something to ask. A query that is merely wrong goes to the server, which says what is wrong with it. */
export function isComplete(query: Partial<BellwetherQuery>): boolean {
  if (query.analysis === undefined || query.source === undefined) {
    return false;
  }
  return query.source.kind !== 'csv' || query.source.file !== '';
}
