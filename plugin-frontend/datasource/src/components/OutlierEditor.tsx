import {
  DEFAULTS,
  MAX_OUTLIER_TOLERANCE,
  durationComplaint,
  type OutlierMethod,
  type OutlierOptions,
} from '@bellwether/shared';
import { InlineField, InlineFieldRow } from '@grafana/ui';
import React from 'react';
import { CommittedInput } from './CommittedInput';
import { LABEL_WIDTH, NUMBER_WIDTH } from './layout';
import { NumberInput } from './NumberInput';
import { RadioChoice } from './RadioChoice';

interface Props {
  options: OutlierOptions;
  onChange: (options: OutlierOptions) => void;
}

const METHODS: Array<{ value: OutlierMethod; label: string; description: string }> = [
  { value: 'mad', label: 'Around the median', description: 'For groups around one level' },
  { value: 'dbscan', label: 'By density', description: 'For groups that are spread evenly or in lumps that touch' },
];
const LEAST = 0.01;

/** How the band of the group is drawn, and what makes an outlier. */
export function OutlierEditor({ options, onChange }: Props) {
  const { method = DEFAULTS.outliers.method, tolerance, window, minShare } = options;

  return (
    <>
      <InlineField label="Band" labelWidth={LABEL_WIDTH} tooltip="How the range of the group is found">
        <RadioChoice
          name="Band"
          options={METHODS}
          value={method}
          onChange={(picked) => onChange({ ...options, method: picked })}
        />
      </InlineField>
      <InlineFieldRow>
        <CommittedInput
          label="Window"
          labelWidth={LABEL_WIDTH}
          tooltip="The time looked at together, such as 1h. Empty: 30 model steps."
          width={NUMBER_WIDTH}
          placeholder="auto"
          value={window ?? ''}
          complaint={(text) =>
            text === '' || text.includes('$') ? undefined : durationComplaint('The window', text, true)
          }
          onCommit={(text) => onChange({ ...options, window: text === '' ? undefined : text })}
        />
        <NumberInput
          label="Share outside"
          tooltip="The share of the window outside the band that makes an outlier"
          value={minShare}
          min={LEAST}
          max={1}
          placeholder={String(DEFAULTS.outliers.minShare)}
          onChange={(number) => onChange({ ...options, minShare: number })}
        />
        <NumberInput
          label="Tolerance"
          tooltip="How far from the group counts, in its own spreads. Empty: by the number of series."
          value={tolerance}
          min={LEAST}
          max={MAX_OUTLIER_TOLERANCE}
          placeholder="auto"
          onChange={(number) => onChange({ ...options, tolerance: number })}
        />
      </InlineFieldRow>
    </>
  );
}
