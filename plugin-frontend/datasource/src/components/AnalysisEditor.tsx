import type { Analysis } from '@bellwether/shared';
import type { TimeRange } from '@grafana/data';
import { InlineField } from '@grafana/ui';
import React from 'react';
import type { BellwetherDataSource } from '../datasource';
import type { SavedQuery } from '../types';
import { AnomalyEditor } from './AnomalyEditor';
import { BacktestSection } from './BacktestSection';
import { ChangepointEditor } from './ChangepointEditor';
import { ForecastEditor } from './ForecastEditor';
import { FormEditor } from './FormEditor';
import { LABEL_WIDTH } from './layout';
import { MoreOptions } from './MoreOptions';
import { MultivariateEditor } from './MultivariateEditor';
import { OutlierEditor } from './OutlierEditor';
import { RadioChoice } from './RadioChoice';

interface Props {
  datasource: BellwetherDataSource;
  query: SavedQuery;
  /** The panel's, where there is one. */
  range: TimeRange | undefined;
  onChange: (patch: Partial<SavedQuery>) => void;
}

const ANALYSES: Array<{ value: Analysis; label: string; description: string }> = [
  { value: 'anomalies', label: 'Anomalies', description: 'Where a series breaks its own habits' },
  { value: 'forecast', label: 'Forecast', description: 'Where it is heading, with bands' },
  { value: 'trend', label: 'Trend', description: 'Whether it rises or falls, and how surely' },
  { value: 'changepoints', label: 'Changes', description: 'Where level, slope or scatter changed for a while' },
  { value: 'patterns', label: 'Patterns', description: 'What repeats, and its highest hours and days' },
  { value: 'outliers', label: 'Outliers', description: 'Which series are unlike their peers' },
  { value: 'multivariate', label: 'Together', description: 'When series that belong together are unusual as a whole' },
  { value: 'raw', label: 'Values only', description: 'The series as it is' },
];

/** What to find out, and how the answer should look. */
export function AnalysisEditor({ datasource, query, range, onChange }: Props) {
  const { analysis, anomalies = {}, forecast = {}, changepoints = {}, outliers = {}, multivariate = {} } = query;

  return (
    <>
      <InlineField label="Analysis" labelWidth={LABEL_WIDTH} tooltip="What to find out about each series">
        <RadioChoice
          name="Analysis"
          options={ANALYSES}
          value={analysis}
          onChange={(picked) => onChange({ analysis: picked })}
        />
      </InlineField>
      {analysis === 'anomalies' && (
        <AnomalyEditor options={anomalies} onChange={(options) => onChange({ anomalies: options })} />
      )}
      {analysis === 'forecast' && (
        <ForecastEditor options={forecast} onChange={(options) => onChange({ forecast: options })} />
      )}
      {analysis === 'changepoints' && (
        <ChangepointEditor options={changepoints} onChange={(options) => onChange({ changepoints: options })} />
      )}
      {analysis === 'outliers' && (
        <OutlierEditor options={outliers} onChange={(options) => onChange({ outliers: options })} />
      )}
      {analysis === 'multivariate' && (
        <MultivariateEditor options={multivariate} onChange={(options) => onChange({ multivariate: options })} />
      )}
      <FormEditor analysis={analysis} form={query.form} show={query.show} onChange={onChange} />
      {analysis !== 'raw' && <MoreOptions datasource={datasource} query={query} range={range} onChange={onChange} />}
      {analysis === 'anomalies' && (
        <BacktestSection
          datasource={datasource}
          query={query}
          to={range?.to.toISOString()}
          onChange={(options) => onChange({ anomalies: options })}
        />
      )}
    </>
  );
}
