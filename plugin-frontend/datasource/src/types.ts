import type { BellwetherQuery } from '@bellwether/shared';
import type { DataSourceJsonData } from '@grafana/data';
import type { DataQuery } from '@grafana/schema';

/** A query as Grafana saves it: the contract's keys beside Grafana's own. */
export type SavedQuery = BellwetherQuery & DataQuery;

/** What an administrator sets for a data source. */
export interface BellwetherSettings extends DataSourceJsonData {
  /** Whether the built-in demo data can be queried; on when left out. */
  demoEnabled?: boolean;
}
