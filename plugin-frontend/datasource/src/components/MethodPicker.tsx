import { DEFAULTS, type Method } from '@bellwether/shared';
import { InlineField, Select } from '@grafana/ui';
import React, { useId } from 'react';
import type { Fetched } from '../hooks/useFetched';
import { FIELD_WIDTH, LABEL_WIDTH } from './layout';
import { ResourceError } from './ResourceError';

interface Props {
  methods: Fetched<Method[]>;
  value: string | undefined;
  onChange: (method: string) => void;
}

const AUTO = { value: DEFAULTS.anomalies.method, label: 'Automatic', description: 'The server picks by the data' };

function describe({ purpose, assumptions }: Method): string {
  return purpose === undefined ? assumptions : `${purpose} Assumes: ${assumptions}`;
}

/** Picks one of the methods that the server offers; automatic is right for nearly everybody. */
export function MethodPicker({ methods: { data = [], error, loading }, value = AUTO.value, onChange }: Props) {
  const id = useId();
  const listed = data
    .filter((method) => method.id !== AUTO.value)
    .map((method) => ({ value: method.id, label: method.name, description: describe(method) }));
  const options = [AUTO, ...listed];

  return (
    <>
      <InlineField label="Method" labelWidth={LABEL_WIDTH} tooltip="How the answer is computed" htmlFor={id}>
        <Select<string>
          inputId={id}
          width={FIELD_WIDTH * 2}
          options={options}
          isLoading={loading}
          value={options.find((option) => option.value === value) ?? { value, label: value }}
          onChange={(picked) => onChange(picked.value ?? AUTO.value)}
        />
      </InlineField>
      <ResourceError title="The list of methods could not be loaded" error={error} />
    </>
  );
}
