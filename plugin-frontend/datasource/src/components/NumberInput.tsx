import React from 'react';
import { CommittedInput } from './CommittedInput';
import { NUMBER_WIDTH } from './layout';

interface Props {
  label: string;
  tooltip?: string;
  value: number | undefined;
  min: number;
  max?: number;
  /** Whether `min` itself is refused. */
  aboveMin?: boolean;
  placeholder?: string;
  suffix?: string;
  width?: number;
  labelWidth?: number;
  onChange: (value: number | undefined) => void;
}

/** A number that may be left empty. */
export function NumberInput({ value, min, max, aboveMin, onChange, width, ...field }: Props) {
  const complaint = (text: string) => {
    const number = Number(text);
    const tooLow = aboveMin ? number <= min : number < min;
    if (text === '' || (Number.isFinite(number) && !tooLow && (max === undefined || number <= max))) {
      return undefined;
    }
    const lowest = aboveMin ? `above ${min}` : `of at least ${min}`;
    return `Write a number ${lowest}${max === undefined ? '' : ` and at most ${max}`}, or leave it empty.`;
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
