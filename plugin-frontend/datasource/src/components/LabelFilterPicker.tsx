import type { LabelFilter } from '@bellwether/shared';
import type { SelectableValue } from '@grafana/data';
import { InlineField, MultiSelect } from '@grafana/ui';
import React, { useId } from 'react';
import { LABEL_WIDTH } from './layout';

interface Props {
  /** The labels that can be asked for, each with its values. */
  offered: Map<string, string[]>;
  /** Whether * asks for every value: one series for each. */
  isAnyOffered: boolean;
  loading: boolean;
  value: LabelFilter;
  onChange: (labels: LabelFilter | undefined) => void;
}

const SEPARATOR = ' = ';
const ANY = '*';

/** Picks "label = value" pairs. A label has one value: picking another value of it replaces the first. */
export function LabelFilterPicker({ offered, isAnyOffered, loading, value, onChange }: Props) {
  const id = useId();
  const options = [...offered].flatMap(([label, values]) => [
    ...(isAnyOffered ? [{ ...toOption(label, ANY), description: `One series for each ${label}` }] : []),
    ...values.map((item) => toOption(label, item)),
  ]);

  const change = (picked: Array<SelectableValue<string>>) => {
    const labels = Object.fromEntries(picked.flatMap((option) => readPair(option.value ?? '')));
    onChange(picked.length > 0 ? labels : undefined);
  };

  return (
    <InlineField
      label="Labels"
      labelWidth={LABEL_WIDTH}
      tooltip="Only series that carry all of these. Type label = $variable to use a dashboard variable."
      htmlFor={id}
      grow
    >
      <MultiSelect
        inputId={id}
        options={options}
        isLoading={loading}
        loadingMessage="Loading the labels…"
        noOptionsMessage="These series carry no labels"
        placeholder="Any"
        allowCustomValue
        isValidNewOption={(text) => readPair(text).length > 0}
        value={Object.entries(value).map(([label, item]) => toOption(label, item))}
        onChange={change}
      />
    </InlineField>
  );
}

function toOption(label: string, value: string): { value: string; label: string } {
  const pair = `${label}${SEPARATOR}${value}`;
  return { value: pair, label: pair };
}

function readPair(text: string): Array<[string, string]> {
  const [label = '', ...rest] = text.split('=');
  const value = rest.join('=').trim();
  return label.trim() !== '' && value !== '' ? [[label.trim(), value]] : [];
}
