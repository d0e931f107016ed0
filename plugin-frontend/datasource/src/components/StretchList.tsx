import { Button, InlineField, InlineFieldRow } from '@grafana/ui';
import React, { type ReactNode } from 'react';
import { LABEL_WIDTH } from './layout';

/** A button that adds an entry. */
export interface StretchAdder<Entry> {
  label: string;
  tooltip?: string;
  disabled?: boolean;
  /** Undefined: nothing is added. */
  entry: () => Entry | undefined;
}

interface Props<Entry> {
  label: string;
  tooltip: string;
  /** What the buttons are about, for screen readers. */
  groupLabel: string;
  adders: Array<StretchAdder<Entry>>;
  entries: Entry[];
  /** With so many entries no more can be added. */
  most: number;
  /** One entry, numbered from 1. */
  row: (number: number, entry: Entry, onChange: (entry: Entry) => void, onRemove: () => void) => ReactNode;
  /** Undefined where the last entry was removed. */
  onChange: (entries: Entry[] | undefined) => void;
}

/** A list of stretches of time that people write, with buttons that add to it. */
export function StretchList<Entry>({ label, tooltip, groupLabel, adders, entries, most, row, onChange }: Props<Entry>) {
  const isFull = entries.length >= most;
  const replace = (index: number, entry?: Entry) => {
    const next = entries.flatMap((old, at) => (at === index ? (entry ?? []) : old));
    onChange(next.length > 0 ? next : undefined);
  };
  const add = (entry: Entry | undefined) => {
    if (entry !== undefined) {
      onChange([...entries, entry]);
    }
  };

  return (
    <>
      <InlineFieldRow>
        <InlineField label={label} labelWidth={LABEL_WIDTH} tooltip={tooltip}>
          <div role="group" aria-label={groupLabel}>
            {adders.map((adder) => (
              <Button
                key={adder.label}
                variant="secondary"
                fill="text"
                icon="plus"
                disabled={isFull || adder.disabled}
                tooltip={adder.tooltip}
                onClick={() => add(adder.entry())}
              >
                {adder.label}
              </Button>
            ))}
          </div>
        </InlineField>
      </InlineFieldRow>
      {entries.map((entry, index) => (
        <React.Fragment key={index}>
          {row(
            index + 1,
            entry,
            (next) => replace(index, next),
            () => replace(index)
          )}
        </React.Fragment>
      ))}
    </>
  );
}
