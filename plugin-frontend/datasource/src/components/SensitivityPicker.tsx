import {
  DEFAULTS,
  FALSE_ALARMS_PER_WEEK,
  MAX_FALSE_ALARMS_PER_WEEK,
  MIN_FALSE_ALARMS_PER_WEEK,
  budgetText,
  sensitivityText,
  type Budget,
  type BudgetUnit,
  type Sensitivity,
} from '@bellwether/shared';
import type { GrafanaTheme2 } from '@grafana/data';
import { InlineField, InlineFieldRow, useStyles2 } from '@grafana/ui';
import { css } from '@emotion/css';
import React from 'react';
import { LABEL_WIDTH } from './layout';
import { NumberInput } from './NumberInput';
import { RadioChoice } from './RadioChoice';

interface Props<Options extends Budget> {
  options: Options;
  /** What the budget is counted for. */
  per?: BudgetUnit;
  onChange: (options: Options) => void;
}

type Choice = Sensitivity | 'custom';

const choicesFor = (per: BudgetUnit): Array<{ value: Choice; label: string; description: string }> => [
  { value: 'low', label: 'Low', description: sensitivityText('low', per) },
  { value: 'medium', label: 'Medium', description: sensitivityText('medium', per) },
  { value: 'high', label: 'High', description: sensitivityText('high', per) },
  { value: 'custom', label: 'Custom', description: `Your own number of false alarms per ${per} and week` },
];

/** How many false alarms are acceptable: in a word, with what the word promises beside it, or as a number. */
export function SensitivityPicker<Options extends Budget>({ options, per = 'series', onChange }: Props<Options>) {
  const styles = useStyles2(getStyles);
  const { falseAlarmsPerWeek, sensitivity = DEFAULTS.anomalies.sensitivity } = options;
  const isCustom = falseAlarmsPerWeek !== undefined;

  const choose = (choice: Choice) =>
    choice === 'custom'
      ? onChange({ ...options, falseAlarmsPerWeek: roundBudget(FALSE_ALARMS_PER_WEEK[sensitivity]) })
      : onChange({ ...options, sensitivity: choice, falseAlarmsPerWeek: undefined });

  return (
    <InlineFieldRow>
      <InlineField
        label="Sensitivity"
        labelWidth={LABEL_WIDTH}
        tooltip="How many false alarms are acceptable. More of them also means that smaller anomalies are found."
      >
        <RadioChoice
          name="Sensitivity"
          options={choicesFor(per)}
          value={isCustom ? 'custom' : sensitivity}
          onChange={choose}
        />
      </InlineField>
      {isCustom ? (
        <NumberInput
          label={`False alarms per ${per} and week`}
          labelWidth={30}
          value={falseAlarmsPerWeek}
          min={MIN_FALSE_ALARMS_PER_WEEK}
          max={MAX_FALSE_ALARMS_PER_WEEK}
          onChange={(number) => onChange({ ...options, falseAlarmsPerWeek: number })}
        />
      ) : (
        <p className={styles.promise} role="status">
          {budgetText(options, per)}
        </p>
      )}
    </InlineFieldRow>
  );
}

function roundBudget(budget: number): number {
  return Math.round(budget * 100) / 100;
}

const getStyles = (theme: GrafanaTheme2) => ({
  promise: css({
    alignSelf: 'flex-start',
    color: theme.colors.text.secondary,
    lineHeight: theme.spacing(theme.components.height.md),
    margin: theme.spacing(0, 0, 0.5, 1),
  }),
});
