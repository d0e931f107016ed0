import { InlineField, Input } from '@grafana/ui';
import React, { useEffect, useId, useState, type KeyboardEvent } from 'react';
import { FIELD_WIDTH, LABEL_WIDTH } from './layout';

interface Props {
  label: string;
  tooltip?: string;
  value: string;
  placeholder?: string;
  suffix?: string;
  width?: number;
  labelWidth?: number;
  /** Why a text cannot be taken, as a sentence; undefined when it can. */
  complaint?: (text: string) => string | undefined;
  onCommit: (text: string) => void;
}

/** A text field that hands over its text when it is left or on Enter, and only when there is nothing wrong with it. */
export function CommittedInput({ label, tooltip, value, complaint, onCommit, width, labelWidth, ...input }: Props) {
  const id = useId();
  const [text, setText] = useState(value);
  const [error, setError] = useState<string>();

  useEffect(() => {
    setText(value);
    setError(undefined);
  }, [value]);

  const commit = () => {
    const trimmed = text.trim();
    const found = complaint?.(trimmed);
    setError(found);
    if (found === undefined && trimmed !== value) {
      onCommit(trimmed);
    }
  };

  return (
    <InlineField
      label={label}
      labelWidth={labelWidth ?? LABEL_WIDTH}
      tooltip={tooltip}
      invalid={error !== undefined}
      error={error}
      htmlFor={id}
    >
      <Input
        id={id}
        width={width ?? FIELD_WIDTH}
        value={text}
        onChange={({ currentTarget }) => setText(currentTarget.value)}
        onBlur={commit}
        onKeyDown={({ key }: KeyboardEvent) => key === 'Enter' && commit()}
        {...input}
      />
    </InlineField>
  );
}
