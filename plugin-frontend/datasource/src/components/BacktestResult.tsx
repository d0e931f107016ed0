import { budgetName, type Backtest, type BacktestBudget } from '@bellwether/shared';
import { dateTimeFormat, type GrafanaTheme2 } from '@grafana/data';
import { Button, useStyles2 } from '@grafana/ui';
import { css } from '@emotion/css';
import React from 'react';
import { roughDuration } from '../query/roughDuration';
import { BacktestAlarms } from './BacktestAlarms';
import { BacktestCurve } from './BacktestCurve';

interface Props {
  backtest: Backtest;
  /** The budget that the query asks for now. */
  budget: number;
  onPick: (budget: number) => void;
}

const COMPARED: Record<Backtest['labels'], string> = {
  none: '',
  partial: ' Recall and precision compare with your feedback on these days.',
  complete: ' Recall and precision compare with the incidents that the source knows.',
};

/** Each budget with what it would have brought, as a curve and as a table whose rows can be picked. */
export function BacktestResult({ backtest, budget, onPick }: Props) {
  const styles = useStyles2(getStyles);
  const { from, to, series, labels, budgets, notices } = backtest;
  const isLabelled = budgets.some(({ recall, precision }) => recall !== undefined || precision !== undefined);
  const current = budgets.find(({ falseAlarmsPerWeek }) => falseAlarmsPerWeek === budget);

  return (
    <>
      {notices.map((notice) => (
        <p key={notice} className={styles.note}>
          {notice}
        </p>
      ))}
      <div className={styles.columns}>
        <table className={styles.table}>
          <caption className={styles.note}>
            {`${dateTimeFormat(from)} to ${dateTimeFormat(to)}, ${series} ${series === 1 ? 'series' : 'series together'}.`}
            {COMPARED[labels]}
          </caption>
          <thead>
            <tr>
              <th scope="col">Budget per series</th>
              <th scope="col">Alarms</th>
              <th scope="col" title="Per series and week, alarms on labelled anomalies left out">
                Spent a week
              </th>
              <th scope="col">Total time</th>
              {isLabelled && <th scope="col">Recall</th>}
              {isLabelled && <th scope="col">Precision</th>}
            </tr>
          </thead>
          <tbody>
            {budgets.map((row) => (
              <BudgetRow
                key={row.falseAlarmsPerWeek}
                row={row}
                isLabelled={isLabelled}
                isCurrent={row === current}
                onPick={onPick}
              />
            ))}
          </tbody>
        </table>
        <BacktestCurve budgets={budgets} budget={budget} onPick={onPick} />
      </div>
      {current !== undefined && <BacktestAlarms budget={current} />}
    </>
  );
}

interface RowProps {
  row: BacktestBudget;
  isLabelled: boolean;
  isCurrent: boolean;
  onPick: (budget: number) => void;
}

function BudgetRow({ row, isLabelled, isCurrent, onPick }: RowProps) {
  const styles = useStyles2(getStyles);
  const name = budgetName(row.falseAlarmsPerWeek);
  return (
    <tr className={isCurrent ? styles.current : undefined}>
      <td>
        <Button
          size="sm"
          variant={isCurrent ? 'primary' : 'secondary'}
          aria-label={`Use a budget of ${name}`}
          aria-pressed={isCurrent}
          onClick={() => !isCurrent && onPick(row.falseAlarmsPerWeek)}
        >
          {name}
        </Button>
      </td>
      <td>{row.alarms}</td>
      <td>{Number(row.achievedPerWeek.toPrecision(2))}</td>
      <td>{durationText(row)}</td>
      {isLabelled && <td>{recallText(row)}</td>}
      {isLabelled && <td>{percent(row.precision)}</td>}
    </tr>
  );
}

function durationText({ alarmSeconds, weeks }: BacktestBudget): string {
  const share = weeks > 0 ? ` (${Number(((100 * alarmSeconds) / (weeks * 7 * 86_400)).toPrecision(2))} %)` : '';
  return roughDuration(alarmSeconds) + share;
}

function recallText({ recall, caught, anomalies }: BacktestBudget): string {
  return recall === undefined ? '–' : `${percent(recall)} (${caught} of ${anomalies})`;
}

function percent(share: number | undefined): string {
  return share === undefined ? '–' : `${Math.round(share * 100)} %`;
}

const getStyles = (theme: GrafanaTheme2) => ({
  note: css({ captionSide: 'top', color: theme.colors.text.secondary, textAlign: 'left', margin: 0, paddingBottom: 4 }),
  columns: css({ display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: theme.spacing(3) }),
  table: css({
    fontVariantNumeric: 'tabular-nums',
    'th, td': { padding: theme.spacing(0.25, 2, 0.25, 0), textAlign: 'right', whiteSpace: 'nowrap' },
    'th:first-of-type, td:first-of-type': { textAlign: 'left' },
    th: { color: theme.colors.text.secondary, fontWeight: theme.typography.fontWeightMedium },
  }),
  current: css({ fontWeight: theme.typography.fontWeightBold }),
});
