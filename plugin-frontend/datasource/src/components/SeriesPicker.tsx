import { seriesNames, type SeriesInfo } from '@bellwether/shared';
import { InlineField, MultiSelect } from '@grafana/ui';
import React, { useId } from 'react';
import { LABEL_WIDTH } from './layout';

interface Props {
  label: string;
  tooltip: string;
  placeholder: string;
  infos: SeriesInfo[];
  loading: boolean;
  value: string[];
  onChange: (names: string[]) => void;
}

/** Picks metrics by name. Names that are not offered, such as a dashboard variable, can be typed in. */
export function SeriesPicker({ label, tooltip, placeholder, infos, loading, value, onChange }: Props) {
  const id = useId();
  const options = seriesNames(infos).map(({ name, description }) => ({ value: name, label: name, description }));
  return (
    <InlineField label={label} labelWidth={LABEL_WIDTH} tooltip={tooltip} htmlFor={id} grow>
      <MultiSelect
        inputId={id}
        options={options}
        isLoading={loading}
        loadingMessage="Loading the series…"
        noOptionsMessage="No series found"
        placeholder={placeholder}
        allowCustomValue
        closeMenuOnSelect={false}
        value={value.map((name) => ({ value: name, label: name }))}
        onChange={(picked) => onChange(picked.flatMap((option) => option.value ?? []))}
      />
    </InlineField>
  );
}
