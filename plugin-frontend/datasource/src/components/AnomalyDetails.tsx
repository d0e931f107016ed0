import { DEFAULTS, type AnomalyOptions, type Missing } from '@bellwether/shared';
import { InlineField, InlineFieldRow, Select } from '@grafana/ui';
import React, { useId } from 'react';
import { FIELD_WIDTH, LABEL_WIDTH } from './layout';
import { NumberInput } from './NumberInput';

interface Props {
  options: AnomalyOptions;
  onChange: (options: AnomalyOptions) => void;
}

const MISSING: Array<{ value: Missing; label: string; description: string }> = [
  { value: 'ignore', label: 'Ignore', description: 'Steps without data are skipped' },
  { value: 'zero', label: 'Read as zero', description: 'For counts that nobody reports while nothing happens' },
  { value: 'hold', label: 'Hold the last value', description: 'For states that are reported on change' },
  { value: 'alert', label: 'Alert', description: 'A stretch without data is an incident of its own' },
];

/** The options of an anomaly query that few people need. */
export function AnomalyDetails({ options, onChange }: Props) {
  const missingId = useId();
  const { minDeviation = {}, missing = DEFAULTS.anomalies.missing, alertThreshold } = options;

  return (
    <>
      <InlineFieldRow>
        <NumberInput
          label="Min deviation"
          tooltip="Smaller deviations from the expected value are never anomalies. In the unit of the series."
          placeholder="0"
          value={minDeviation.absolute}
          min={0}
          onChange={(absolute) => onChange({ ...options, minDeviation: { ...minDeviation, absolute } })}
        />
        <NumberInput
          label="or in per cent"
          tooltip="The same as a share of the expected value. Where both are given, both must be exceeded."
          placeholder="0"
          suffix="%"
          value={toPercent(minDeviation.relative)}
          min={0}
          onChange={(percent) =>
            onChange({ ...options, minDeviation: { ...minDeviation, relative: toShare(percent) } })
          }
        />
      </InlineFieldRow>
      <InlineFieldRow>
        <InlineField
          label="Missing data"
          labelWidth={LABEL_WIDTH}
          tooltip="What a step without data means"
          htmlFor={missingId}
        >
          <Select
            inputId={missingId}
            width={FIELD_WIDTH}
            options={MISSING}
            value={missing}
            onChange={({ value }) => onChange({ ...options, missing: value })}
          />
        </InlineField>
        <NumberInput
          label="Alert threshold"
          labelWidth={18}
          tooltip="With a score between 0 and 1 here, alert rules get 1 where it is reached and 0 elsewhere. Empty: they get the score."
          placeholder="none"
          value={alertThreshold}
          min={0}
          max={1}
          onChange={(threshold) => onChange({ ...options, alertThreshold: threshold })}
        />
      </InlineFieldRow>
    </>
  );
}

// Rounded to a thousandth of a per cent: 0.07 * 100 is not 7 in binary.
function toPercent(share: number | undefined): number | undefined {
  return share === undefined ? undefined : Math.round(share * 100_000) / 1000;
}

function toShare(percent: number | undefined): number | undefined {
  return percent === undefined ? undefined : Math.round(percent * 1000) / 100_000;
}
