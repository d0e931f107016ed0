import { DEFAULTS, durationComplaint } from '@bellwether/shared';
import { InlineFieldRow } from '@grafana/ui';
import React from 'react';
import { CommittedInput } from './CommittedInput';
import { NUMBER_WIDTH } from './layout';

interface Props {
  history: string | undefined;
  interval: string | undefined;
  onChange: (durations: { history?: string; interval?: string }) => void;
}

/** What the model learns from: how much history, at which step. */
export function ModelEditor({ history, interval, onChange }: Props) {
  return (
    <InlineFieldRow>
      <CommittedInput
        label="History"
        tooltip="How far before the time range the model learns, e.g. 14d. Auto picks enough for the patterns it can know."
        width={NUMBER_WIDTH}
        value={history ?? DEFAULTS.history}
        complaint={(text) => complaint('history', text)}
        onCommit={(text) => onChange({ history: text || undefined })}
      />
      <CommittedInput
        label="Model step"
        tooltip="The step at which the model works, e.g. 5m. Zooming never changes it, so the same points are anomalies at every zoom."
        width={NUMBER_WIDTH}
        value={interval ?? DEFAULTS.interval}
        complaint={(text) => complaint('interval', text)}
        onCommit={(text) => onChange({ interval: text || undefined })}
      />
    </InlineFieldRow>
  );
}

function complaint(field: string, text: string): string | undefined {
  // An empty field means auto, and what a variable stands for is known only when the query runs.
  return text === '' || text.includes('$') ? undefined : durationComplaint(field, text, true);
}
