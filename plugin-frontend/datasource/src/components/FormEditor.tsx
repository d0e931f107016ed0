import { DEFAULTS, type Analysis, type Form, type Show } from '@bellwether/shared';
import { InlineField, InlineFieldRow, MultiSelect, Select } from '@grafana/ui';
import React, { useId } from 'react';
import { FIELD_WIDTH, LABEL_WIDTH } from './layout';

interface Props {
  analysis: Analysis;
  form: Form | undefined;
  show: Show[] | undefined;
  onChange: (answer: { form?: Form; show?: Show[] }) => void;
}

const FORMS: Array<{ value: Form; label: string; description: string }> = [
  { value: 'overlay', label: 'Time series', description: 'Lines, bands and points for the time series panel' },
  { value: 'rows', label: 'Table', description: 'One row per finding, for the table panel' },
  { value: 'severity', label: 'State timeline', description: 'The severity over time, one row per series' },
  { value: 'last', label: 'Single number', description: 'The newest state, for stat and gauge panels' },
  { value: 'annotations', label: 'Annotations', description: 'Marks on other panels' },
];

const SHOWS: Array<{ value: Show; label: string; description: string }> = [
  { value: 'value', label: 'Value', description: 'The series itself' },
  { value: 'expected', label: 'Expected', description: 'What was expected, as a dashed line' },
  { value: 'band', label: 'Band', description: 'The range of usual values' },
  { value: 'points', label: 'Points', description: 'A point on each anomaly' },
  { value: 'score', label: 'Score', description: 'How unusual each value is, between 0 and 1' },
  { value: 'pValue', label: 'p-value', description: 'The probability of a value this unusual by chance' },
  { value: 'regions', label: 'Regions', description: 'Shades the time of each anomaly' },
  {
    value: 'labels',
    label: 'Known incidents',
    description: 'Shades incidents that the source knows, blackouts and feedback',
  },
  { value: 'probability', label: 'Probability', description: 'That the threshold has been reached by each step' },
];

// What each analysis can draw; the others of `show` are read by another analysis, or by none.
const SHOWN_BY: Record<Analysis, Show[]> = {
  anomalies: SHOWS.map(({ value }) => value).filter((value) => value !== 'probability'),
  forecast: ['value', 'band', 'probability'],
  trend: ['regions'],
  changepoints: ['value', 'expected', 'points', 'regions'],
  patterns: ['value', 'expected'],
  outliers: ['value', 'expected', 'band', 'points', 'score'],
  multivariate: ['value', 'points', 'score', 'regions'],
  raw: [],
};

// Where an analysis draws something else by a choice, that is what it is called there.
const SHOWN_AS: Partial<Record<Analysis, Partial<Record<Show, { label: string; description: string }>>>> = {
  trend: { regions: { label: 'Changes', description: 'Marks where level, slope or scatter changed for a while' } },
  changepoints: {
    expected: { label: 'Level', description: 'The level or slope between changes, as a dashed line' },
    points: { label: 'Points', description: 'A point on each change' },
    regions: { label: 'Marks', description: 'Marks the time of each change, with a sentence' },
  },
  patterns: { expected: { label: 'Pattern', description: 'The trend with what repeats, as a dashed line' } },
  outliers: {
    expected: { label: 'Median', description: 'The median of the group, as a dashed line' },
    points: { label: 'Points', description: 'A point wherever a series is an outlier' },
    band: { label: 'Band', description: 'The range of the group' },
  },
};

/** The shape of the answer, and what an overlay of anomalies or forecasts draws. */
export function FormEditor({ analysis, form = DEFAULTS.form, show = [...DEFAULTS.show], onChange }: Props) {
  const formId = useId();
  const showId = useId();
  const choices = form === 'overlay' ? choicesOf(analysis) : [];

  return (
    <InlineFieldRow>
      <InlineField
        label="Answer"
        labelWidth={LABEL_WIDTH}
        tooltip="The shape of the answer. Pick the one that fits the panel."
        htmlFor={formId}
      >
        <Select
          inputId={formId}
          width={FIELD_WIDTH}
          options={FORMS}
          value={form}
          onChange={({ value }) => onChange({ form: value })}
        />
      </InlineField>
      {choices.length > 0 && (
        <InlineField label="Show" labelWidth={LABEL_WIDTH} tooltip="What is drawn" htmlFor={showId} grow>
          <MultiSelect
            inputId={showId}
            options={choices}
            closeMenuOnSelect={false}
            value={show.filter((item) => SHOWN_BY[analysis].includes(item))}
            onChange={(picked) => onChange({ show: inOrder(picked) })}
          />
        </InlineField>
      )}
    </InlineFieldRow>
  );
}

function choicesOf(analysis: Analysis) {
  return SHOWS.filter(({ value }) => SHOWN_BY[analysis].includes(value)).map((choice) => ({
    ...choice,
    ...SHOWN_AS[analysis]?.[choice.value],
  }));
}

function inOrder(picked: Array<{ value?: Show }>): Show[] {
  return SHOWS.map(({ value }) => value).filter((show) => picked.some(({ value }) => value === show));
}
