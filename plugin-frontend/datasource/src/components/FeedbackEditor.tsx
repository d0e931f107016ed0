import {
  FEEDBACK_LABELS,
  MAX_FEEDBACK,
  feedbackEntryComplaint,
  momentText,
  type Feedback,
  type FeedbackLabel,
} from '@bellwether/shared';
import type { TimeRange } from '@grafana/data';
import { InlineField, Select } from '@grafana/ui';
import React, { useId } from 'react';
import { CommittedInput } from './CommittedInput';
import { FIELD_WIDTH, NUMBER_WIDTH } from './layout';
import { StretchList, type StretchAdder } from './StretchList';
import { StretchRow } from './StretchRow';

interface Props {
  feedback: Feedback[];
  /** The panel's: what a new entry covers. */
  range: TimeRange | undefined;
  onChange: (feedback: Feedback[] | undefined) => void;
}

const LABELS: Record<FeedbackLabel, { label: string; description: string }> = {
  expected: { label: 'Expected', description: 'Normal whatever it looks like: no alarm, and learned as normal' },
  anomaly: { label: 'Anomaly', description: 'A true anomaly: never learned as normal' },
  ignore: { label: 'Ignore', description: 'Neither judged nor learned' },
};
const OPTIONS = FEEDBACK_LABELS.map((value) => ({ value, ...LABELS[value] }));

/** What people said of stretches of time. A stretch is added by zooming to it and saying what it was. */
export function FeedbackEditor({ feedback, range, onChange }: Props) {
  const adders: Array<StretchAdder<Feedback>> = FEEDBACK_LABELS.map((label) => ({
    label: LABELS[label].label,
    tooltip: `Say of the panel's time range: ${LABELS[label].description}`,
    disabled: range === undefined,
    entry: () => range && { from: momentText(range.from.valueOf()), to: momentText(range.to.valueOf()), label },
  }));
  return (
    <StretchList
      label="Feedback"
      tooltip="Zoom the panel to a stretch of time and say here what it was. It counts from its start on."
      groupLabel="The time range of the panel was"
      adders={adders}
      entries={feedback}
      most={MAX_FEEDBACK}
      row={(number, entry, onEntry, onRemove) => (
        <FeedbackRow number={number} entry={entry} onChange={onEntry} onRemove={onRemove} />
      )}
      onChange={onChange}
    />
  );
}

interface RowProps {
  number: number;
  entry: Feedback;
  onChange: (entry: Feedback) => void;
  onRemove: () => void;
}

function FeedbackRow({ number, entry, onChange, onRemove }: RowProps) {
  const labelId = useId();
  return (
    <StretchRow
      name={`Feedback ${number}`}
      entry={entry}
      complaint={feedbackEntryComplaint}
      onChange={onChange}
      onRemove={onRemove}
    >
      <InlineField label="was" labelWidth={6} htmlFor={labelId}>
        <Select
          inputId={labelId}
          width={NUMBER_WIDTH}
          options={OPTIONS}
          value={entry.label}
          onChange={({ value = entry.label }) => onChange({ ...entry, label: value })}
        />
      </InlineField>
      <CommittedInput
        label="Series"
        labelWidth={8}
        width={FIELD_WIDTH / 1.5}
        placeholder="all"
        value={entry.series ?? ''}
        onCommit={(series) => onChange({ ...entry, series: series || undefined })}
      />
    </StretchRow>
  );
}
