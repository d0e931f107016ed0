import type { SelectableValue } from '@grafana/data';
import { RadioButtonGroup } from '@grafana/ui';
import React from 'react';

interface Props<T> {
  /** What is being chosen, for people who do not see the label beside it. */
  name: string;
  options: Array<SelectableValue<T>>;
  value: T;
  onChange: (value: T) => void;
}

/** A row of radio buttons that assistive technology announces as one named group. */
export function RadioChoice<T>({ name, options, value, onChange }: Props<T>) {
  // Without a name of its own a button would be announced by its description.
  const named = options.map((option) => ({ ...option, ariaLabel: option.label }));
  return (
    <div role="group" aria-label={name}>
      <RadioButtonGroup options={named} value={value} onChange={onChange} />
    </div>
  );
}
