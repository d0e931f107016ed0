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
import { InlineField, MultiSelect } from '@grafana/ui';
import React, { useId } from 'react';
import { CommittedInput } from './CommittedInput';
import { FIELD_WIDTH, NUMBER_WIDTH } from './layout';
import { StretchList, type StretchAdder } from './StretchList';
import { StretchRow } from './StretchRow';

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
  const adders: Array<StretchAdder<Blackout>> = [
    { label: 'Every week', entry: () => ({ ...WEEKEND_NIGHT, timezone: ownZone() }) },
    {
      label: 'Once',
      tooltip: 'A blackout over the time range of the panel',
      disabled: range === undefined,
      entry: () => range && { from: momentText(range.from.valueOf()), to: momentText(range.to.valueOf()) },
    },
  ];
  return (
    <StretchList
      label="Blackouts"
      tooltip="Stretches such as maintenance, in which nothing raises an alarm and nothing is learned"
      groupLabel="Blackouts"
      adders={adders}
      entries={blackouts}
      most={MAX_BLACKOUTS}
      row={(number, entry, onEntry, onRemove) => (
        <BlackoutRow number={number} entry={entry} onChange={onEntry} onRemove={onRemove} />
      )}
      onChange={onChange}
    />
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
  const days = !single && (
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
  );
  return (
    <StretchRow
      name={`Blackout ${number}`}
      entry={entry}
      width={single ? FIELD_WIDTH : NUMBER_WIDTH}
      complaint={blackoutEntryComplaint}
      onChange={onChange}
      onRemove={onRemove}
      before={days}
    >
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
    </StretchRow>
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
