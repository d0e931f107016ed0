import type { TimeRange } from '@grafana/data';
import { Collapse } from '@grafana/ui';
import React, { useState } from 'react';
import type { BellwetherDataSource } from '../datasource';
import { useMethods } from '../hooks/useMethods';
import { namesOf } from '../query/names';
import type { SavedQuery } from '../types';
import { AnomalyDetails } from './AnomalyDetails';
import { BlackoutEditor } from './BlackoutEditor';
import { FeedbackEditor } from './FeedbackEditor';
import { ForecastDetails } from './ForecastDetails';
import { MethodPicker } from './MethodPicker';
import { ModelEditor } from './ModelEditor';

interface Props {
  datasource: BellwetherDataSource;
  query: SavedQuery;
  range: TimeRange | undefined;
  onChange: (patch: Partial<SavedQuery>) => void;
}

/** What few people need: closed until asked for. */
export function MoreOptions(props: Props) {
  const [isOpen, setOpen] = useState(false);
  return (
    <Collapse label="More options" collapsible isOpen={isOpen} onToggle={() => setOpen(!isOpen)}>
      <Options {...props} />
    </Collapse>
  );
}

function Options({ datasource, query, range, onChange }: Props) {
  const { data, ...state } = useMethods(datasource);
  const { analysis, source, anomalies = {}, forecast = {}, history, interval } = query;
  return (
    <>
      {analysis === 'anomalies' && (
        <>
          <AnomalyDetails options={anomalies} onChange={(options) => onChange({ anomalies: options })} />
          <MethodPicker
            methods={{ ...state, data: data?.detectors }}
            value={anomalies.method}
            onChange={(method) => onChange({ anomalies: { ...anomalies, method } })}
          />
          <BlackoutEditor
            blackouts={anomalies.blackouts ?? []}
            range={range}
            onChange={(blackouts) => onChange({ anomalies: { ...anomalies, blackouts } })}
          />
          <FeedbackEditor
            feedback={anomalies.feedback ?? []}
            range={range}
            onChange={(feedback) => onChange({ anomalies: { ...anomalies, feedback } })}
          />
        </>
      )}
      {analysis === 'forecast' && (
        <>
          <ForecastDetails
            options={forecast}
            series={namesOf(source.kind === 'csv' ? source.valueColumn : source.series)}
            countries={data?.countries ?? []}
            onChange={(options) => onChange({ forecast: options })}
          />
          <MethodPicker
            methods={{ ...state, data: data?.forecasters }}
            value={forecast.method}
            onChange={(method) => onChange({ forecast: { ...forecast, method } })}
          />
        </>
      )}
      <ModelEditor history={history} interval={interval} onChange={onChange} />
    </>
  );
}
