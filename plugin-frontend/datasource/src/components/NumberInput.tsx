import React from 'react';
import { CommittedInput } from './CommittedInput';
import { NUMBER_WIDTH } from './layout';

interface Props {
  label: string;
  tooltip?: string;
  value: number | undefined;
  min?: number;
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
    const isWithin = (min === undefined || number >= min) && (max === undefined || number <= max);
    return text === '' || (Number.isFinite(number) && isWithin)
      ? undefined
      : `Write a number${boundsText(min, max)}, or leave it empty.`;
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

function boundsText(min: number | undefined, max: number | undefined): string {
  const bounds = [min === undefined ? '' : `at least ${min}`, max === undefined ? '' : `at most ${max}`].filter(
    Boolean
  );
  return bounds.length === 0 ? '' : ` of ${bounds.join(' and ')}`;
}
