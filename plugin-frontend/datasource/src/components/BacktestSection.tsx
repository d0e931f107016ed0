import { FALSE_ALARMS_PER_WEEK, budgetOf, withBudget, type AnomalyOptions } from '@bellwether/shared';
import type { GrafanaTheme2 } from '@grafana/data';
import { Button, Collapse, InlineFieldRow, useStyles2 } from '@grafana/ui';
import { css } from '@emotion/css';
import React, { useState } from 'react';
import type { BellwetherDataSource } from '../datasource';
import { useBacktest } from '../hooks/useBacktest';
import type { SavedQuery } from '../types';
import { BacktestResult } from './BacktestResult';
import { NumberInput } from './NumberInput';
import { ResourceError } from './ResourceError';

interface Props {
  datasource: BellwetherDataSource;
  query: SavedQuery;
  /** End of the panel's time range, as a moment. */
  to: string | undefined;
  onChange: (options: AnomalyOptions) => void;
}

const DEFAULT_DAYS = 14;
const MAX_DAYS = 366;

// From one false alarm in three months to four a day, so that there is a curve to choose from.
const BUDGETS = [
  7 / 90,
  FALSE_ALARMS_PER_WEEK.low,
  0.5,
  FALSE_ALARMS_PER_WEEK.medium,
  3,
  FALSE_ALARMS_PER_WEEK.high,
  28,
];

/** What this query would have done in the last days at several budgets, one of which can be picked. */
export function BacktestSection(props: Props) {
  const [isOpen, setOpen] = useState(false);
  return (
    <Collapse label="Backtest" collapsible isOpen={isOpen} onToggle={() => setOpen(!isOpen)}>
      <Section {...props} />
    </Collapse>
  );
}

function Section({ datasource, query, to, onChange }: Props) {
  const styles = useStyles2(getStyles);
  const [days, setDays] = useState<number>();
  const { data, error, loading, request, run } = useBacktest(datasource);
  const { anomalies = {} } = query;
  const budget = budgetOf(anomalies);

  const start = () => {
    const budgets = [...new Set([...BUDGETS, budget])].sort((a, b) => a - b);
    run({ query, days: days ?? DEFAULT_DAYS, budgets, to });
  };

  return (
    <>
      <p className={styles.text}>
        How often would this query have raised an alarm? Replays the days before the end of the time range at several
        budgets; pick the one you can live with.
      </p>
      <InlineFieldRow>
        <NumberInput
          label="Days"
          tooltip="How many days are replayed, up to the end of the time range of the panel"
          placeholder={String(DEFAULT_DAYS)}
          value={days}
          min={0.1}
          max={MAX_DAYS}
          onChange={setDays}
        />
        <Button variant="secondary" icon="play" disabled={loading} onClick={start}>
          {loading ? 'Replaying…' : 'Run backtest'}
        </Button>
      </InlineFieldRow>
      <ResourceError title="The backtest failed" error={error} />
      {data !== undefined && request !== undefined && (
        <>
          {rule(request.query) !== rule(query) && (
            <p className={styles.text} role="status">
              The query has changed since this backtest. Run it again to see what the change does.
            </p>
          )}
          <BacktestResult
            backtest={data}
            budget={budget}
            onPick={(picked) => onChange(withBudget(anomalies, picked))}
          />
        </>
      )}
    </>
  );
}

// What a backtest depends on, but for the budgets, which it has all.
function rule({ source, history, interval, anomalies = {} }: SavedQuery): string {
  return JSON.stringify([source, history, interval, { ...withBudget(anomalies, 1), sensitivity: undefined }]);
}

const getStyles = (theme: GrafanaTheme2) => ({
  text: css({ color: theme.colors.text.secondary, margin: theme.spacing(0, 0, 1), maxWidth: '80ch' }),
});
