import { DEFAULTS, type AnomalyOptions, type Direction } from '@bellwether/shared';
import { InlineField } from '@grafana/ui';
import React from 'react';
import { LABEL_WIDTH } from './layout';
import { RadioChoice } from './RadioChoice';
import { SensitivityPicker } from './SensitivityPicker';

interface Props {
  options: AnomalyOptions;
  onChange: (options: AnomalyOptions) => void;
}

const DIRECTIONS: Array<{ value: Direction; label: string; description: string }> = [
  { value: 'both', label: 'Both', description: 'Above and below the expected value' },
  { value: 'up', label: 'Above', description: 'Only values above the expected one' },
  { value: 'down', label: 'Below', description: 'Only values below the expected one' },
];

export function AnomalyEditor({ options, onChange }: Props) {
  return (
    <>
      <SensitivityPicker options={options} onChange={onChange} />
      <InlineField
        label="Direction"
        labelWidth={LABEL_WIDTH}
        tooltip="Which side of the expected value counts as an anomaly"
      >
        <RadioChoice
          name="Direction"
          options={DIRECTIONS}
          value={options.direction ?? DEFAULTS.anomalies.direction}
          onChange={(direction) => onChange({ ...options, direction })}
        />
      </InlineField>
    </>
  );
}
