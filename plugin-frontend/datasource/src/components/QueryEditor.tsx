import { migrate } from '@bellwether/shared';
import type { QueryEditorProps } from '@grafana/data';
import { ErrorBoundaryAlert } from '@grafana/ui';
import React from 'react';
import type { BellwetherDataSource } from '../datasource';
import { prune } from '../query/prune';
import type { BellwetherSettings, SavedQuery } from '../types';
import { AnalysisEditor } from './AnalysisEditor';
import { SourceEditor } from './SourceEditor';

type Props = QueryEditorProps<BellwetherDataSource, SavedQuery, BellwetherSettings>;

export function QueryEditor({ datasource, query: saved, range, onChange, onRunQuery }: Props) {
  const query = migrate(saved);

  const change = (patch: Partial<SavedQuery>) => {
    onChange(prune({ ...query, ...patch }));
    onRunQuery();
  };

  return (
    <ErrorBoundaryAlert title="The query editor failed" style="alertbox">
      <SourceEditor datasource={datasource} source={query.source} onChange={(source) => change({ source })} />
      <AnalysisEditor datasource={datasource} query={query} range={range} onChange={change} />
    </ErrorBoundaryAlert>
  );
}
