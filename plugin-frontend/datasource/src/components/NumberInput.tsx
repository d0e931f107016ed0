import React from 'react';
import { CommittedInput } from './CommittedInput';
import { NUMBER_WIDTH } from './layout';

interface Props {
  label: string;
  tooltip?: string;
  value: number | undefined;
  min: number;
  max?: number;
  placeholder?: string;
  suffix?: string;
  width?: number;
  labelWidth?: number;
  onChange: (value: number | undefined) => void;
}

/** A number that may be left empty. */
export function NumberInput({ value, min, max, onChange, width, ...field }: Props) {
  const complaint = (text: string) => {
    const number = Number(text);
    if (text === '' || (Number.isFinite(number) && number >= min && (max === undefined || number <= max))) {
      return undefined;
    }
    return `Write a number of at least ${min}${max === undefined ? '' : ` and at most ${max}`}, or leave it empty.`;
  };

  return (
    <CommittedInput
      {...field}
      width={width ?? NUMBER_WIDTH}
      value={value === undefined ? '' : String(value)}
      complaint={complaint}
      onCommit={(text) => onChange(text === '' ? undefined : Number(text))}
    />
  );
}
