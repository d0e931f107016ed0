import type { Source, SourceKind } from '@bellwether/shared';
import { InlineField } from '@grafana/ui';
import React from 'react';
import type { BellwetherDataSource } from '../datasource';
import { CsvSourceEditor } from './CsvSourceEditor';
import { LABEL_WIDTH } from './layout';
import { RadioChoice } from './RadioChoice';
import { SeriesSourceEditor } from './SeriesSourceEditor';

interface Props {
  datasource: BellwetherDataSource;
  source: Source;
  onChange: (source: Source) => void;
}

const KINDS: Array<{ value: SourceKind; label: string; description: string }> = [
  { value: 'demo', label: 'Demo', description: 'A shop and a fleet of sensors with known incidents' },
  { value: 'system', label: 'This host', description: 'The machine that runs the plugin' },
  { value: 'csv', label: 'CSV file', description: 'A file in the folder that the operator allowed' },
];

// A fresh source asks for one series: all of them at once would be slow to read for a person and for the server.
const FRESH: Record<SourceKind, Source> = {
  demo: { kind: 'demo', series: 'revenue' },
  system: { kind: 'system', series: 'cpu_total' },
  csv: { kind: 'csv', file: '' },
};

export function SourceEditor({ datasource, source, onChange }: Props) {
  return (
    <>
      <InlineField label="Source" labelWidth={LABEL_WIDTH} tooltip="Where the series come from">
        <RadioChoice
          name="Source"
          options={KINDS}
          value={source.kind}
          onChange={(kind) => kind !== source.kind && onChange(FRESH[kind])}
        />
      </InlineField>
      {source.kind === 'csv' ? (
        <CsvSourceEditor datasource={datasource} source={source} onChange={onChange} />
      ) : (
        <SeriesSourceEditor datasource={datasource} source={source} onChange={onChange} />
      )}
    </>
  );
}
