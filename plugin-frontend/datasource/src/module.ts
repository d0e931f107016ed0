import { DataSourcePlugin } from '@grafana/data';
import { ConfigEditor } from './components/ConfigEditor';
import { QueryEditor } from './components/QueryEditor';
import { QueryEditorHelp } from './components/QueryEditorHelp';
import { BellwetherDataSource } from './datasource';
import type { BellwetherSettings, SavedQuery } from './types';

export const plugin = new DataSourcePlugin<BellwetherDataSource, SavedQuery, BellwetherSettings>(BellwetherDataSource)
  .setConfigEditor(ConfigEditor)
  .setQueryEditor(QueryEditor)
  .setQueryEditorHelp(QueryEditorHelp);
