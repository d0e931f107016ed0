import { budgetName, type AlarmTruth, type BacktestBudget } from '@bellwether/shared';
import { dateTimeFormat, type GrafanaTheme2 } from '@grafana/data';
import { useStyles2 } from '@grafana/ui';
import { css } from '@emotion/css';
import React from 'react';
import { roughDuration } from '../query/roughDuration';

interface Props {
  budget: BacktestBudget;
}

const SHOWN = 6;
const TRUTH: Record<AlarmTruth, string> = {
  true: ', a labelled anomaly',
  false: ', labelled normal',
  unlabelled: '',
};

/** The latest alarms that the query's own budget would have raised. */
export function BacktestAlarms({ budget }: Props) {
  const styles = useStyles2(getStyles);
  const shown = budget.incidents.slice(0, SHOWN);
  const more = budget.alarms - shown.length;
  if (shown.length === 0) {
    return (
      <p className={styles.title}>{`At ${budgetName(budget.falseAlarmsPerWeek)} there would have been no alarm.`}</p>
    );
  }
  return (
    <>
      <p className={styles.title}>{`The latest alarms at ${budgetName(budget.falseAlarmsPerWeek)}:`}</p>
      <ul className={styles.list}>
        {shown.map(({ series, start, end, type, severity, truth }) => (
          <li key={`${series} ${start}`}>
            {`${dateTimeFormat(start)}, ${roughDuration((end - start) / 1000)}: ${series}, ${type.replace('_', ' ')} (${severity})${TRUTH[truth]}`}
          </li>
        ))}
        {more > 0 && <li>{`and ${more} more`}</li>}
      </ul>
    </>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  title: css({ color: theme.colors.text.secondary, margin: theme.spacing(1, 0, 0) }),
  list: css({ listStyle: 'none', margin: 0, padding: 0, fontVariantNumeric: 'tabular-nums' }),
});
