import { DEFAULTS, horizonComplaint, type ForecastOptions } from '@bellwether/shared';
import { InlineField, InlineFieldRow, MultiSelect, Select } from '@grafana/ui';
import React, { useId, useState } from 'react';
import { ForecastLimits } from './ForecastLimits';
import { FIELD_WIDTH, LABEL_WIDTH } from './layout';

interface Props {
  options: ForecastOptions;
  onChange: (options: ForecastOptions) => void;
}

const HORIZONS = [
  { value: '1h', label: '1 hour' },
  { value: '6h', label: '6 hours' },
  { value: '1d', label: '1 day' },
  { value: '2d', label: '2 days' },
  { value: '7d', label: '7 days' },
  { value: '30d', label: '30 days' },
];
const LEVELS = [0.5, 0.8, 0.9, 0.95, 0.99].map(levelOption);
const MAX_LEVELS = 5;

export function ForecastEditor({ options, onChange }: Props) {
  const horizonId = useId();
  const levelsId = useId();
  const [error, setError] = useState<string>();
  const horizon = options.horizon ?? DEFAULTS.forecast.horizon;
  const levels = options.levels ?? DEFAULTS.forecast.levels;

  const changeHorizon = (value = '') => {
    const complaint = value.includes('$') ? undefined : horizonComplaint(value);
    setError(complaint);
    if (complaint === undefined) {
      onChange({ ...options, horizon: value });
    }
  };

  return (
    <>
      <InlineFieldRow>
        <InlineField
          label="Horizon"
          labelWidth={LABEL_WIDTH}
          tooltip="How far ahead. Type any duration, such as 36h. The time range must reach into the future to show it."
          invalid={error !== undefined}
          error={error}
          htmlFor={horizonId}
        >
          <Select
            inputId={horizonId}
            width={FIELD_WIDTH}
            options={HORIZONS}
            allowCustomValue
            value={HORIZONS.find(({ value }) => value === horizon) ?? { value: horizon, label: horizon }}
            onChange={({ value }) => changeHorizon(value)}
          />
        </InlineField>
        <InlineField
          label="Bands"
          labelWidth={LABEL_WIDTH}
          tooltip="How likely each band is to contain what will happen"
          htmlFor={levelsId}
          grow
        >
          <MultiSelect
            inputId={levelsId}
            options={LEVELS}
            isOptionDisabled={() => levels.length >= MAX_LEVELS}
            value={levels.map(levelOption)}
            onChange={(picked) => onChange({ ...options, levels: sortedLevels(picked) })}
          />
        </InlineField>
      </InlineFieldRow>
      <ForecastLimits options={options} onChange={onChange} />
    </>
  );
}

function levelOption(level: number): { value: number; label: string } {
  return { value: level, label: `${Math.round(level * 10_000) / 100} %` };
}

/** Ascending; undefined, which is the default, when none is left: the contract wants at least one. */
function sortedLevels(picked: Array<{ value?: number }>): number[] | undefined {
  const levels = picked.flatMap(({ value }) => value ?? []).sort((a, b) => a - b);
  return levels.length > 0 ? levels : undefined;
}
