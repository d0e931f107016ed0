import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import Ajv from 'ajv';
import {
  ANALYSES,
  CHANGEPOINT_MODES,
  DAYS,
  DEFAULTS,
  DIRECTIONS,
  FEEDBACK_LABELS,
  FORECAST_ALERTS,
  FORMS,
  MAX_BLACKOUTS,
  MAX_FALSE_ALARMS_PER_WEEK,
  MAX_FEEDBACK,
  MAX_OUTLIER_TOLERANCE,
  MAX_REGRESSORS,
  MIN_FALSE_ALARMS_PER_WEEK,
  MISSINGS,
  MULTIVARIATE_METHODS,
  OUTLIER_METHODS,
  SENSITIVITIES,
  SHOWS,
  SIDES,
  SOURCE_KINDS,
  UNKNOWN_FUTURES,
  defaultQuery,
  isQuery,
  migrate,
  queryComplaint,
} from '../index';

const repository = path.resolve(__dirname, '../../../..');
const golden = path.join(repository, 'tests/golden/contract');
const schema = readJson(path.join(repository, 'proto/contract/query.schema.json'));
const validate = new Ajv({ strict: false, allErrors: true }).compile(schema);

// Documents whose fault a JSON Schema without formats cannot see: the schema knows durations only as texts.
const BEYOND_THE_SCHEMA = new Map([
  ['bad-history.json', 'a text that is not a duration'],
  ['horizon-ten-years.json', 'a duration past the limit'],
  ['history-hundred-years.json', 'a duration past the limit'],
  ['negative-interval.json', 'a duration below zero'],
  ['blackout-unknown-zone.json', 'a zone that is none'],
  ['blackout-backwards.json', 'an order of two moments'],
  ['feedback-february-30.json', 'a day that no calendar has'],
  ['feedback-empty.json', 'an order of two moments'],
  ['horizon-zero.json', 'a duration of nothing'],
  ['horizon-negative.json', 'a duration below zero'],
  ['capacity-looks-too-far.json', 'a duration past the limit'],
  ['capacity-zero-look-ahead.json', 'a duration of nothing'],
  ['alert-probability-without-threshold.json', 'one option that asks for another'],
  ['alert-time-left-without-capacity.json', 'one option that asks for another'],
  ['calendar-unknown-zone.json', 'a zone that is none'],
  ['outliers-bad-window.json', 'a text that is not a duration'],
]);

function readJson(file: string) {
  return JSON.parse(readFileSync(file, 'utf8'));
}

function documents(folder: 'valid' | 'invalid') {
  return readdirSync(path.join(golden, folder))
    .filter((name) => name.endsWith('.json'))
    .map((name) => ({ name, content: readJson(path.join(golden, folder, name)) }));
}

describe('the contract', () => {
  it('has generated types that match the schema', () => {
    const script = path.resolve(__dirname, '../../scripts/generate.mjs');
    execFileSync(process.execPath, [script, '--check'], { stdio: 'pipe' });
  });

  it.each(documents('valid'))('accepts $name', ({ content }) => {
    expect(validate(content)).toBe(true);
    expect(queryComplaint(content)).toBeUndefined();
    expect(isQuery(content)).toBe(true);
  });

  it.each(documents('valid'))('keeps everything in $name when the editor opens it', ({ content }) => {
    expect(migrate(content)).toEqual({ ...content, version: 1 });
  });

  it.each(documents('invalid'))('refuses $name in the words of the server', ({ name, content }) => {
    expect(queryComplaint(content.query)).toBe(content.error);
    expect(validate(content.query)).toBe(BEYOND_THE_SCHEMA.has(name));
  });

  it('has a default query that it accepts', () => {
    expect(validate(defaultQuery())).toBe(true);
  });

  it.each([
    { field: 'analysis', ours: ANALYSES, theirs: schema.properties.analysis.enum },
    { field: 'form', ours: FORMS, theirs: schema.properties.form.enum },
    { field: 'show', ours: SHOWS, theirs: schema.properties.show.items.enum },
    { field: 'source.kind', ours: SOURCE_KINDS, theirs: sourceKinds() },
    {
      field: 'sensitivity',
      ours: SENSITIVITIES,
      theirs: schema.definitions.AnomalyOptions.properties.sensitivity.enum,
    },
    { field: 'direction', ours: DIRECTIONS, theirs: schema.definitions.AnomalyOptions.properties.direction.enum },
    { field: 'missing', ours: MISSINGS, theirs: schema.definitions.AnomalyOptions.properties.missing.enum },
    {
      field: 'changepoints.mode',
      ours: CHANGEPOINT_MODES,
      theirs: schema.definitions.ChangepointOptions.properties.mode.enum,
    },
    {
      field: 'outliers.method',
      ours: OUTLIER_METHODS,
      theirs: schema.definitions.OutlierOptions.properties.method.enum,
    },
    {
      field: 'multivariate.method',
      ours: MULTIVARIATE_METHODS,
      theirs: schema.definitions.MultivariateOptions.properties.method.enum,
    },
    { field: 'direction', ours: SIDES, theirs: schema.definitions.Threshold.properties.direction.enum },
    { field: 'direction', ours: SIDES, theirs: schema.definitions.Capacity.properties.direction.enum },
    {
      field: 'forecast.alert',
      ours: FORECAST_ALERTS,
      theirs: schema.definitions.ForecastOptions.properties.alert.enum,
    },
    {
      field: 'forecast.unknownFuture',
      ours: UNKNOWN_FUTURES,
      theirs: schema.definitions.ForecastOptions.properties.unknownFuture.enum,
    },
    { field: 'label', ours: FEEDBACK_LABELS, theirs: schema.definitions.Feedback.properties.label.enum },
    { field: 'days', ours: DAYS, theirs: schema.definitions.WeeklyBlackout.properties.days.items.enum },
  ])('offers every value of $field', ({ ours, theirs }) => {
    expect(ours).toEqual(theirs);
  });

  it('has the bounds of the schema', () => {
    const { falseAlarmsPerWeek, blackouts, feedback } = schema.definitions.AnomalyOptions.properties;
    expect([MIN_FALSE_ALARMS_PER_WEEK, MAX_FALSE_ALARMS_PER_WEEK, MAX_BLACKOUTS, MAX_FEEDBACK]).toEqual([
      falseAlarmsPerWeek.minimum,
      falseAlarmsPerWeek.maximum,
      blackouts.maxItems,
      feedback.maxItems,
    ]);
  });

  it('has the defaults of the schema', () => {
    const { history, interval, form, show } = schema.properties;
    const anomalies = schema.definitions.AnomalyOptions.properties;
    const forecast = schema.definitions.ForecastOptions.properties;
    const changepoints = schema.definitions.ChangepointOptions.properties;
    const outliers = schema.definitions.OutlierOptions.properties;
    const multivariate = schema.definitions.MultivariateOptions.properties;
    const { Threshold, Capacity, Calendar } = schema.definitions;
    expect(MAX_OUTLIER_TOLERANCE).toBe(outliers.tolerance.maximum);
    expect(MAX_REGRESSORS).toBe(forecast.regressors.maxItems);
    expect(Threshold.properties.direction.default).toBe(Capacity.properties.direction.default);
    expect(DEFAULTS).toEqual({
      history: history.default,
      interval: interval.default,
      form: form.default,
      show: show.default,
      anomalies: {
        method: anomalies.method.default,
        sensitivity: anomalies.sensitivity.default,
        direction: anomalies.direction.default,
        missing: anomalies.missing.default,
      },
      forecast: {
        method: forecast.method.default,
        horizon: forecast.horizon.default,
        levels: forecast.levels.default,
        wholeNumbers: forecast.wholeNumbers.default,
        alert: forecast.alert.default,
        unknownFuture: forecast.unknownFuture.default,
        direction: Capacity.properties.direction.default,
        lookAhead: Capacity.properties.lookAhead.default,
        calendar: {
          weekdays: Calendar.properties.weekdays.default,
          timezone: Calendar.properties.timezone.default,
        },
      },
      changepoints: {
        mode: changepoints.mode.default,
        minConfidence: changepoints.minConfidence.default,
      },
      outliers: {
        method: outliers.method.default,
        window: outliers.window.default,
        minShare: outliers.minShare.default,
      },
      multivariate: {
        method: multivariate.method.default,
        sensitivity: multivariate.sensitivity.default,
      },
    });
  });
});

function sourceKinds(): string[] {
  return schema.definitions.Source.oneOf.map(({ $ref }: { $ref: string }) => {
    const definition = schema.definitions[$ref.split('/').pop() ?? ''];
    return definition.properties.kind.const;
  });
}
