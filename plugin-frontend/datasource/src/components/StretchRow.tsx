import { IconButton, InlineFieldRow } from '@grafana/ui';
import React, { type ReactNode } from 'react';
import { CommittedInput } from './CommittedInput';

interface Bounds {
  from: string;
  to: string;
}

interface Props<Entry extends Bounds> {
  /** "Blackout 1". */
  name: string;
  entry: Entry;
  /** Of the bounds' fields. */
  width?: number;
  complaint: (entry: Entry) => string | undefined;
  onChange: (entry: Entry) => void;
  onRemove: () => void;
  /** Fields before and after the bounds. */
  before?: ReactNode;
  children?: ReactNode;
}

/** One stretch: its bounds, what else belongs to it, and a button that removes it. */
export function StretchRow<Entry extends Bounds>(props: Props<Entry>) {
  const { name, entry, width, complaint, onChange, onRemove, before, children } = props;
  return (
    <InlineFieldRow role="group" aria-label={name}>
      {before}
      <CommittedInput
        label="From"
        labelWidth={7}
        width={width}
        value={entry.from}
        complaint={(from) => complaint({ ...entry, from })}
        onCommit={(from) => onChange({ ...entry, from })}
      />
      <CommittedInput
        label="to"
        labelWidth={5}
        width={width}
        value={entry.to}
        complaint={(to) => complaint({ ...entry, to })}
        onCommit={(to) => onChange({ ...entry, to })}
      />
      {children}
      <IconButton name="trash-alt" aria-label={`Remove ${name.toLowerCase()}`} onClick={onRemove} />
    </InlineFieldRow>
  );
}
