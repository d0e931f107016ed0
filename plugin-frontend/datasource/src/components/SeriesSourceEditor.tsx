import { labelValues, type DemoSource, type SystemSource } from '@bellwether/shared';
import { InlineFieldRow } from '@grafana/ui';
import React from 'react';
import type { BellwetherDataSource } from '../datasource';
import { useSeries } from '../hooks/useSeries';
import { namesOf, seriesNamesOf } from '../query/names';
import { LabelFilterPicker } from './LabelFilterPicker';
import { ResourceError } from './ResourceError';
import { SeriesPicker } from './SeriesPicker';

interface Props {
  datasource: BellwetherDataSource;
  source: DemoSource | SystemSource;
  onChange: (source: DemoSource | SystemSource) => void;
}

export function SeriesSourceEditor({ datasource, source, onChange }: Props) {
  const { data, error, loading } = useSeries(datasource, { kind: source.kind });
  const names = namesOf(source.series);

  return (
    <>
      <InlineFieldRow>
        <SeriesPicker
          label="Series"
          tooltip="Leave it empty for all series of the source."
          placeholder="All series"
          infos={data}
          loading={loading}
          value={names}
          onChange={(picked) => onChange({ ...source, series: seriesNamesOf(picked) })}
        />
        <LabelFilterPicker
          offered={labelValues(data, names)}
          isAnyOffered={source.kind === 'demo'}
          loading={loading}
          value={source.labels ?? {}}
          onChange={(labels) => onChange({ ...source, labels })}
        />
      </InlineFieldRow>
      <ResourceError title="The list of series could not be loaded" error={error} />
    </>
  );
}
