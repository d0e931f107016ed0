import type { CsvSource } from '@bellwether/shared';
import { InlineField, InlineFieldRow, Select } from '@grafana/ui';
import React, { useId } from 'react';
import type { BellwetherDataSource } from '../datasource';
import { useSeries } from '../hooks/useSeries';
import { namesOf, seriesNamesOf } from '../query/names';
import { LABEL_WIDTH } from './layout';
import { ResourceError } from './ResourceError';
import { SeriesPicker } from './SeriesPicker';

interface Props {
  datasource: BellwetherDataSource;
  source: CsvSource;
  onChange: (source: CsvSource) => void;
}

/** First a file of the allowed folder, then its columns. */
export function CsvSourceEditor({ datasource, source, onChange }: Props) {
  const id = useId();
  const files = useSeries(datasource, { kind: 'csv' });
  const columns = useSeries(datasource, source.file === '' ? undefined : { kind: 'csv', file: source.file });
  const options = files.data.map(({ name, description }) => ({ value: name, label: name, description }));

  return (
    <>
      <InlineFieldRow>
        <InlineField
          label="File"
          labelWidth={LABEL_WIDTH}
          tooltip="A file in the folder that the operator allowed. Subfolders count."
          htmlFor={id}
          grow
        >
          <Select
            inputId={id}
            options={options}
            isLoading={files.loading}
            loadingMessage="Loading the files…"
            noOptionsMessage="No CSV files found in the allowed folder"
            placeholder="Pick a file"
            allowCustomValue
            value={source.file === '' ? null : { value: source.file, label: source.file }}
            onChange={({ value = '' }) => onChange({ kind: 'csv', file: value })}
          />
        </InlineField>
        {source.file !== '' && (
          <SeriesPicker
            label="Columns"
            tooltip="The columns with the values. Leave it empty for every column of numbers."
            placeholder="All columns of numbers"
            infos={columns.data}
            loading={columns.loading}
            value={namesOf(source.valueColumn)}
            onChange={(picked) => onChange({ ...source, valueColumn: seriesNamesOf(picked) })}
          />
        )}
      </InlineFieldRow>
      <ResourceError title="The list of files could not be loaded" error={files.error} />
      <ResourceError title="The columns of this file could not be read" error={columns.error} />
    </>
  );
}
