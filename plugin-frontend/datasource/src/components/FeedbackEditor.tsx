import {
  FEEDBACK_LABELS,
  MAX_FEEDBACK,
  feedbackEntryComplaint,
  momentText,
  type Feedback,
  type FeedbackLabel,
} from '@bellwether/shared';
import type { TimeRange } from '@grafana/data';
import { Button, IconButton, InlineField, InlineFieldRow, Select } from '@grafana/ui';
import React, { useId } from 'react';
import { CommittedInput } from './CommittedInput';
import { FIELD_WIDTH, LABEL_WIDTH, NUMBER_WIDTH } from './layout';

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
  const replace = (index: number, entry?: Feedback) => {
    const next = feedback.flatMap((old, at) => (at === index ? (entry ?? []) : old));
    onChange(next.length > 0 ? next : undefined);
  };

  const add = (label: FeedbackLabel, { from, to }: TimeRange) =>
    onChange([...feedback, { from: momentText(from.valueOf()), to: momentText(to.valueOf()), label }]);

  return (
    <>
      <InlineFieldRow>
        <InlineField
          label="Feedback"
          labelWidth={LABEL_WIDTH}
          tooltip="Zoom the panel to a stretch of time and say here what it was. It counts from its start on."
          disabled={range === undefined || feedback.length >= MAX_FEEDBACK}
        >
          <div role="group" aria-label="The time range of the panel was">
            {FEEDBACK_LABELS.map((label) => (
              <Button
                key={label}
                variant="secondary"
                fill="text"
                icon="plus"
                disabled={range === undefined || feedback.length >= MAX_FEEDBACK}
                tooltip={`Say of the panel's time range: ${LABELS[label].description}`}
                onClick={() => range && add(label, range)}
              >
                {LABELS[label].label}
              </Button>
            ))}
          </div>
        </InlineField>
      </InlineFieldRow>
      {feedback.map((entry, index) => (
        <FeedbackRow
          key={index}
          number={index + 1}
          entry={entry}
          onChange={(next) => replace(index, next)}
          onRemove={() => replace(index)}
        />
      ))}
    </>
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
    <InlineFieldRow role="group" aria-label={`Feedback ${number}`}>
      <CommittedInput
        label="From"
        labelWidth={8}
        value={entry.from}
        complaint={(from) => feedbackEntryComplaint({ ...entry, from })}
        onCommit={(from) => onChange({ ...entry, from })}
      />
      <CommittedInput
        label="to"
        labelWidth={5}
        value={entry.to}
        complaint={(to) => feedbackEntryComplaint({ ...entry, to })}
        onCommit={(to) => onChange({ ...entry, to })}
      />
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
      <IconButton name="trash-alt" aria-label={`Remove feedback ${number}`} onClick={onRemove} />
    </InlineFieldRow>
  );
}
