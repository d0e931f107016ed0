import { DEFAULTS, type MultivariateMethod, type MultivariateOptions } from '@bellwether/shared';
import { InlineField, Select } from '@grafana/ui';
import React, { useId } from 'react';
import { FIELD_WIDTH, LABEL_WIDTH } from './layout';
import { SensitivityPicker } from './SensitivityPicker';

interface Props {
  options: MultivariateOptions;
  onChange: (options: MultivariateOptions) => void;
}

const METHODS: Array<{ value: MultivariateMethod; label: string; description: string }> = [
  { value: 'ensemble', label: 'Ensemble', description: 'The two most surprised of the others' },
  { value: 'isolation-forest', label: 'Isolation forest', description: 'Moments that few cuts set apart' },
  {
    value: 'extended-isolation-forest',
    label: 'Extended isolation forest',
    description: 'The same with slanted cuts, for features that move together',
  },
  {
    value: 'one-class-svm',
    label: 'One-class SVM',
    description: 'Moments outside the smooth outline of the usual ones',
  },
  { value: 'random-cut-forest', label: 'Random-cut forest', description: 'Moments that would change the forest most' },
];

/** How series that belong together are judged as a whole, and how many false alarms are acceptable. */
export function MultivariateEditor({ options, onChange }: Props) {
  const methodId = useId();

  return (
    <>
      <SensitivityPicker options={options} per="group" onChange={onChange} />
      <InlineField
        label="Method"
        labelWidth={LABEL_WIDTH}
        tooltip="How series with the same labels, such as the metrics of one host, are judged as a whole"
        htmlFor={methodId}
      >
        <Select
          inputId={methodId}
          width={FIELD_WIDTH}
          options={METHODS}
          value={options.method ?? DEFAULTS.multivariate.method}
          onChange={({ value }) => onChange({ ...options, method: value })}
        />
      </InlineField>
    </>
  );
}
