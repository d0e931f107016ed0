import {
  DAYS,
  MAX_BLACKOUTS,
  blackoutEntryComplaint,
  isSingle,
  momentText,
  type Blackout,
  type Day,
  type WeeklyBlackout,
} from '@bellwether/shared';
import type { TimeRange } from '@grafana/data';
import { Button, IconButton, InlineField, InlineFieldRow, MultiSelect } from '@grafana/ui';
import React, { useId } from 'react';
import { CommittedInput } from './CommittedInput';
import { FIELD_WIDTH, LABEL_WIDTH, NUMBER_WIDTH } from './layout';

interface Props {
  blackouts: Blackout[];
  /** The panel's: what a new single blackout covers. */
  range: TimeRange | undefined;
  onChange: (blackouts: Blackout[] | undefined) => void;
}

const DAY_NAMES: Record<Day, string> = {
  mon: 'Monday',
  tue: 'Tuesday',
  wed: 'Wednesday',
  thu: 'Thursday',
  fri: 'Friday',
  sat: 'Saturday',
  sun: 'Sunday',
};
const OPTIONS = DAYS.map((value) => ({ value, label: DAY_NAMES[value] }));
const WEEKEND_NIGHT: WeeklyBlackout = { days: ['sun'], from: '02:00', to: '04:00' };

/** Stretches in which nothing alarms and nothing is learned: every week or once. */
export function BlackoutEditor({ blackouts, range, onChange }: Props) {
  const isFull = blackouts.length >= MAX_BLACKOUTS;
  const replace = (index: number, entry?: Blackout) => {
    const next = blackouts.flatMap((old, at) => (at === index ? (entry ?? []) : old));
    onChange(next.length > 0 ? next : undefined);
  };

  return (
    <>
      <InlineFieldRow>
        <InlineField
          label="Blackouts"
          labelWidth={LABEL_WIDTH}
          tooltip="Stretches such as maintenance, in which nothing raises an alarm and nothing is learned"
        >
          <div role="group" aria-label="Blackouts">
            <Button
              variant="secondary"
              fill="text"
              icon="plus"
              disabled={isFull}
              onClick={() => onChange([...blackouts, { ...WEEKEND_NIGHT, timezone: ownZone() }])}
            >
              Every week
            </Button>
            <Button
              variant="secondary"
              fill="text"
              icon="plus"
              disabled={isFull || range === undefined}
              tooltip="A blackout over the time range of the panel"
              onClick={() =>
                range &&
                onChange([...blackouts, { from: momentText(range.from.valueOf()), to: momentText(range.to.valueOf()) }])
              }
            >
              Once
            </Button>
          </div>
        </InlineField>
      </InlineFieldRow>
      {blackouts.map((entry, index) => (
        <BlackoutRow
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
  entry: Blackout;
  onChange: (entry: Blackout) => void;
  onRemove: () => void;
}

function BlackoutRow({ number, entry, onChange, onRemove }: RowProps) {
  const daysId = useId();
  const single = isSingle(entry);
  const weekly: WeeklyBlackout = entry;
  return (
    <InlineFieldRow role="group" aria-label={`Blackout ${number}`}>
      {!single && (
        <InlineField label="On" labelWidth={6} htmlFor={daysId}>
          <MultiSelect
            inputId={daysId}
            width={FIELD_WIDTH * 1.5}
            options={OPTIONS}
            placeholder="every day"
            closeMenuOnSelect={false}
            value={weekly.days ?? []}
            onChange={(picked) => onChange({ ...weekly, days: inOrder(picked) })}
          />
        </InlineField>
      )}
      <CommittedInput
        label="From"
        labelWidth={7}
        width={single ? FIELD_WIDTH : NUMBER_WIDTH}
        value={entry.from}
        complaint={(from) => blackoutEntryComplaint({ ...entry, from })}
        onCommit={(from) => onChange({ ...entry, from })}
      />
      <CommittedInput
        label="to"
        labelWidth={5}
        width={single ? FIELD_WIDTH : NUMBER_WIDTH}
        value={entry.to}
        complaint={(to) => blackoutEntryComplaint({ ...entry, to })}
        onCommit={(to) => onChange({ ...entry, to })}
      />
      {!single && (
        <CommittedInput
          label="Time zone"
          labelWidth={11}
          placeholder="UTC"
          value={weekly.timezone ?? ''}
          complaint={(timezone) => (timezone === '' ? undefined : blackoutEntryComplaint({ ...weekly, timezone }))}
          onCommit={(timezone) => onChange({ ...weekly, timezone: timezone || undefined })}
        />
      )}
      <IconButton name="trash-alt" aria-label={`Remove blackout ${number}`} onClick={onRemove} />
    </InlineFieldRow>
  );
}

function inOrder(picked: Array<{ value?: Day }>): Day[] | undefined {
  const days = DAYS.filter((day) => picked.some(({ value }) => value === day));
  return days.length > 0 ? days : undefined;
}

// The zone of the person who edits is saved with the query: it must mean the same to everybody and to alert rules.
function ownZone(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';
}
