import {
  DEFAULTS,
  lookAheadComplaint,
  type Capacity,
  type ForecastAlert,
  type ForecastOptions,
  type Side,
  type Threshold,
} from '@bellwether/shared';
import { InlineField, InlineFieldRow, Select } from '@grafana/ui';
import React, { useId } from 'react';
import { CommittedInput } from './CommittedInput';
import { FIELD_WIDTH, LABEL_WIDTH, NUMBER_WIDTH } from './layout';
import { NumberInput } from './NumberInput';
import { RadioChoice } from './RadioChoice';

interface Props {
  options: ForecastOptions;
  onChange: (options: ForecastOptions) => void;
}

const THRESHOLD_SIDES: Array<{ value: Side; label: string; description: string }> = [
  { value: 'above', label: 'From below', description: 'Reached when the value rises to it' },
  { value: 'below', label: 'From above', description: 'Reached when the value falls to it' },
];
const CAPACITY_SIDES: Array<{ value: Side; label: string; description: string }> = [
  { value: 'above', label: 'Fills up', description: 'Full when the value rises to it' },
  { value: 'below', label: 'Runs out', description: 'Empty when the value falls to it' },
];
const ALERTS: Array<{ value: ForecastAlert; label: string; description: string }> = [
  { value: 'auto', label: 'What is asked', description: 'Time left with a limit, else probability with a threshold' },
  { value: 'forecast', label: 'Forecast', description: 'The values ahead; the last one is at the end of the horizon' },
  { value: 'probability', label: 'Probability', description: 'That the threshold has been reached within the horizon' },
  { value: 'timeLeft', label: 'Time left', description: 'Seconds until the limit is reached' },
];

/** What the forecast is compared with: a threshold, and a limit that is filled up or run out of. */
export function ForecastLimits({ options, onChange }: Props) {
  const { threshold, capacity, alert = DEFAULTS.forecast.alert } = options;
  const alertId = useId();

  // What is asked for elsewhere goes with what it asks about.
  const change = (next: ForecastOptions) => {
    const lost =
      (next.alert === 'probability' && next.threshold === undefined) ||
      (next.alert === 'timeLeft' && next.capacity === undefined);
    onChange(lost ? { ...next, alert: undefined } : next);
  };
  const changeThreshold = (patch: Partial<Threshold>) => change({ ...options, threshold: merged(threshold, patch) });
  const changeCapacity = (patch: Partial<Capacity>) => change({ ...options, capacity: merged(capacity, patch) });

  return (
    <>
      <InlineFieldRow>
        <NumberInput
          label="Threshold"
          labelWidth={LABEL_WIDTH}
          tooltip="Tells when the forecast reaches this value and how likely that is within the horizon. In the unit of the series."
          placeholder="none"
          value={threshold?.value}
          onChange={(value) => changeThreshold({ value })}
        />
        {threshold !== undefined && (
          <InlineField label="Reached" labelWidth={LABEL_WIDTH} tooltip="From which side">
            <RadioChoice
              name="Threshold reached"
              options={THRESHOLD_SIDES}
              value={threshold.direction ?? DEFAULTS.forecast.direction}
              onChange={(direction) => changeThreshold({ direction })}
            />
          </InlineField>
        )}
      </InlineFieldRow>
      <InlineFieldRow>
        <NumberInput
          label="Limit"
          labelWidth={LABEL_WIDTH}
          tooltip="Tells how long until something is full, or empty, with an interval. In the unit of the series."
          placeholder="none"
          value={capacity?.value}
          onChange={(value) => changeCapacity({ value })}
        />
        {capacity !== undefined && (
          <>
            <InlineField label="Resource" labelWidth={LABEL_WIDTH} tooltip="Whether the limit is a roof or a floor">
              <RadioChoice
                name="Limit reached"
                options={CAPACITY_SIDES}
                value={capacity.direction ?? DEFAULTS.forecast.direction}
                onChange={(direction) => changeCapacity({ direction })}
              />
            </InlineField>
            <CommittedInput
              label="Look ahead"
              labelWidth={LABEL_WIDTH}
              tooltip="How far ahead an answer is of use, such as 90d. Beyond the horizon the drift of the history is carried on."
              width={NUMBER_WIDTH}
              value={capacity.lookAhead ?? DEFAULTS.forecast.lookAhead}
              complaint={(text) => (text === '' || text.includes('$') ? undefined : lookAheadComplaint(text))}
              onCommit={(text) => changeCapacity({ lookAhead: text || undefined })}
            />
          </>
        )}
      </InlineFieldRow>
      {(threshold !== undefined || capacity !== undefined) && (
        <InlineField
          label="Alerts get"
          labelWidth={LABEL_WIDTH}
          tooltip="What alert rules, stat panels and gauges get"
          htmlFor={alertId}
        >
          <Select
            inputId={alertId}
            width={FIELD_WIDTH}
            options={ALERTS}
            isOptionDisabled={({ value }) =>
              (value === 'probability' && threshold === undefined) || (value === 'timeLeft' && capacity === undefined)
            }
            value={alert}
            onChange={({ value }) =>
              onChange({ ...options, alert: value === DEFAULTS.forecast.alert ? undefined : value })
            }
          />
        </InlineField>
      )}
    </>
  );
}

/** Without a value there is nothing to compare with, whatever else was said. */
function merged<T extends { value: number }>(saved: T | undefined, patch: Partial<T>): T | undefined {
  const next = { ...saved, ...patch };
  return next.value === undefined ? undefined : (next as T);
}
