import {
  DEFAULTS,
  MAX_REGRESSORS,
  zoneComplaint,
  type Calendar,
  type Country,
  type ForecastOptions,
  type UnknownFuture,
} from '@bellwether/shared';
import { InlineField, InlineFieldRow, InlineSwitch, MultiSelect, Select } from '@grafana/ui';
import React, { useId } from 'react';
import { CommittedInput } from './CommittedInput';
import { FIELD_WIDTH, LABEL_WIDTH } from './layout';
import { NumberInput } from './NumberInput';
import { RadioChoice } from './RadioChoice';

interface Props {
  options: ForecastOptions;
  /** Names of the series that the query asks for. */
  series: string[];
  countries: Country[];
  onChange: (options: ForecastOptions) => void;
}

const FUTURES: Array<{ value: UnknownFuture; label: string; description: string }> = [
  { value: 'hold', label: 'Hold the last value', description: 'Where nothing is known of it ahead, it stays as it is' },
  { value: 'leaveOut', label: 'Leave it out', description: 'Its effect is told, but the forecast does without it' },
];

/** The options of a forecast that few people need: its range, and what explains the series. */
export function ForecastDetails({ options, series, countries, onChange }: Props) {
  const { min, max, wholeNumbers = DEFAULTS.forecast.wholeNumbers, regressors = [], calendar = {} } = options;
  const wholeId = useId();
  const regressorsId = useId();

  return (
    <>
      <InlineFieldRow>
        <NumberInput
          label="Never below"
          tooltip="The metric never falls below this; bands are cut there. Percentages, sizes and counts know it by themselves."
          placeholder="auto"
          value={min}
          onChange={(value) => onChange({ ...options, min: value })}
        />
        <NumberInput
          label="Never above"
          tooltip="The metric never rises above this; bands are cut there"
          placeholder="auto"
          value={max}
          onChange={(value) => onChange({ ...options, max: value })}
        />
        <InlineField label="Whole numbers" labelWidth={20} tooltip="The metric counts something" htmlFor={wholeId}>
          <InlineSwitch
            id={wholeId}
            value={wholeNumbers}
            onChange={({ currentTarget }) => onChange({ ...options, wholeNumbers: currentTarget.checked || undefined })}
          />
        </InlineField>
      </InlineFieldRow>
      <InlineFieldRow>
        <InlineField
          label="Explained by"
          labelWidth={LABEL_WIDTH}
          tooltip="Other series of this query, such as a price or the weather. They are not forecast themselves; what the source knows of them ahead is used."
          htmlFor={regressorsId}
          grow
        >
          <MultiSelect
            inputId={regressorsId}
            options={series.map((name) => ({ value: name, label: name }))}
            allowCustomValue
            placeholder="nothing"
            isOptionDisabled={() => regressors.length >= MAX_REGRESSORS}
            value={regressors.map((name) => ({ value: name, label: name }))}
            onChange={(picked) => onChange({ ...options, regressors: namesOf(picked) })}
          />
        </InlineField>
        {regressors.length > 0 && (
          <InlineField label="Ahead" labelWidth={12} tooltip="What to do where nothing is known of it">
            <RadioChoice
              name="Unknown future"
              options={FUTURES}
              value={options.unknownFuture ?? DEFAULTS.forecast.unknownFuture}
              onChange={(unknownFuture) => onChange({ ...options, unknownFuture })}
            />
          </InlineField>
        )}
      </InlineFieldRow>
      <CalendarFields
        calendar={calendar}
        countries={countries}
        onChange={(next) => onChange({ ...options, calendar: next })}
      />
    </>
  );
}

interface CalendarProps {
  calendar: Calendar;
  countries: Country[];
  onChange: (calendar: Calendar) => void;
}

function CalendarFields({ calendar, countries, onChange }: CalendarProps) {
  const { weekdays = DEFAULTS.forecast.calendar.weekdays, country, file, timezone } = calendar;
  const weekdaysId = useId();
  const countryId = useId();
  const listed = countries.map(({ code, name }) => ({ value: code, label: name, description: code }));

  return (
    <>
      <InlineFieldRow>
        <InlineField
          label="Weekdays"
          labelWidth={LABEL_WIDTH}
          tooltip="Tells what each weekday adds to the average day"
          htmlFor={weekdaysId}
        >
          <InlineSwitch
            id={weekdaysId}
            value={weekdays}
            onChange={({ currentTarget }) => onChange({ ...calendar, weekdays: currentTarget.checked || undefined })}
          />
        </InlineField>
        <InlineField
          label="Holidays"
          labelWidth={LABEL_WIDTH}
          tooltip="Public holidays of a country"
          htmlFor={countryId}
        >
          <Select<string>
            inputId={countryId}
            width={FIELD_WIDTH}
            options={listed}
            isClearable
            placeholder="none"
            value={
              country === undefined
                ? null
                : (listed.find(({ value }) => value === country) ?? { value: country, label: country })
            }
            onChange={(picked: { value?: string } | null) => onChange({ ...calendar, country: picked?.value })}
          />
        </InlineField>
      </InlineFieldRow>
      <InlineFieldRow>
        <CommittedInput
          label="Holiday file"
          tooltip="Path of an iCalendar (.ics) file below the folder that the operator allowed"
          placeholder="closed.ics"
          value={file ?? ''}
          onCommit={(text) => onChange({ ...calendar, file: text || undefined })}
        />
        {(weekdays || country !== undefined || file !== undefined) && (
          <CommittedInput
            label="Time zone"
            tooltip="Whose clock tells the days"
            placeholder="UTC"
            value={timezone ?? ''}
            complaint={(zone) => (zone === '' ? undefined : zoneComplaint('The time zone', zone))}
            onCommit={(text) => onChange({ ...calendar, timezone: text || undefined })}
          />
        )}
      </InlineFieldRow>
    </>
  );
}

function namesOf(picked: Array<{ value?: string }>): string[] | undefined {
  const names = picked.flatMap(({ value = '' }) => value.trim() || []);
  return names.length > 0 ? names : undefined;
}
