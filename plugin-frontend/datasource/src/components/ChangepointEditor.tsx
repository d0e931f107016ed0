import { DEFAULTS, type ChangepointMode, type ChangepointOptions } from '@bellwether/shared';
import { InlineField, InlineFieldRow } from '@grafana/ui';
import React from 'react';
import { LABEL_WIDTH } from './layout';
import { NumberInput } from './NumberInput';
import { RadioChoice } from './RadioChoice';

interface Props {
  options: ChangepointOptions;
  onChange: (options: ChangepointOptions) => void;
}

const MODES: Array<{ value: ChangepointMode; label: string; description: string }> = [
  { value: 'batch', label: 'With hindsight', description: 'By all values: exact places, for looking back' },
  {
    value: 'online',
    label: 'As values come in',
    description: 'Told as soon as the values show it and never taken back, for alert rules',
  },
];

/** How changes are found, and how sure they must be. */
export function ChangepointEditor({ options, onChange }: Props) {
  const { mode = DEFAULTS.changepoints.mode, minConfidence } = options;

  return (
    <InlineFieldRow>
      <InlineField label="Found" labelWidth={LABEL_WIDTH} tooltip="Whether later values may speak for a change">
        <RadioChoice
          name="Found"
          options={MODES}
          value={mode}
          onChange={(picked) => onChange({ ...options, mode: picked })}
        />
      </InlineField>
      <NumberInput
        label="Confidence"
        tooltip="The least that a change must have to be told, 0 to 1"
        value={minConfidence}
        min={0}
        max={1}
        placeholder={String(DEFAULTS.changepoints.minConfidence)}
        onChange={(number) => onChange({ ...options, minConfidence: number })}
      />
    </InlineFieldRow>
  );
}
