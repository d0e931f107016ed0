import { budgetName, type BacktestBudget } from '@bellwether/shared';
import { useTheme2 } from '@grafana/ui';
import React from 'react';

interface Props {
  /** Ascending. */
  budgets: BacktestBudget[];
  budget: number;
  onPick: (budget: number) => void;
}

const WIDTH = 330;
const HEIGHT = 150;
const MARGIN = { left: 34, right: 44, top: 18, bottom: 24 };

interface Point {
  budget: number;
  x: number;
  alarms: number;
  recall: number | undefined;
}

/**
 * Alarms over the budget, and recall where labels exist. The table beside it says the same in numbers and is what keyboards
 * and screen readers use; here a point can be clicked.
 */
export function BacktestCurve({ budgets, budget, onPick }: Props) {
  const theme = useTheme2();
  if (budgets.length < 2) {
    return null;
  }
  const most = Math.max(1, ...budgets.map(({ alarms }) => alarms));
  const points = place(budgets, most);
  const alarmColor = theme.visualization.getColorByName('orange');
  const recallColor = theme.visualization.getColorByName('green');
  const textColor = theme.colors.text.secondary;
  const bottom = HEIGHT - MARGIN.bottom;
  const recalls = points.filter((point): point is Point & { recall: number } => point.recall !== undefined);

  return (
    <svg width={WIDTH} height={HEIGHT} aria-hidden="true" fontSize={11} fill={textColor}>
      <line x1={MARGIN.left} x2={WIDTH - MARGIN.right} y1={bottom} y2={bottom} stroke={theme.colors.border.medium} />
      <line
        x1={MARGIN.left}
        x2={WIDTH - MARGIN.right}
        y1={MARGIN.top}
        y2={MARGIN.top}
        stroke={theme.colors.border.weak}
      />
      <text x={MARGIN.left} y={11} fill={alarmColor}>
        alarms
      </text>
      <text x={MARGIN.left - 6} y={MARGIN.top + 4} textAnchor="end">
        {most}
      </text>
      <text x={MARGIN.left - 6} y={bottom} textAnchor="end">
        0
      </text>
      {recalls.length > 0 && (
        <>
          <text x={WIDTH - MARGIN.right} y={11} textAnchor="end" fill={recallColor}>
            recall
          </text>
          <text x={WIDTH - MARGIN.right + 4} y={MARGIN.top + 4}>
            100 %
          </text>
          <Line points={recalls.map(({ x, recall }) => [x, recall])} color={recallColor} />
        </>
      )}
      <Line points={points.map(({ x, alarms }) => [x, alarms])} color={alarmColor} />
      {points.map((point) => (
        <circle
          key={point.budget}
          cx={point.x}
          cy={point.alarms}
          r={point.budget === budget ? 6 : 4}
          fill={alarmColor}
          stroke={theme.colors.text.primary}
          strokeWidth={point.budget === budget ? 2 : 0}
          style={{ cursor: 'pointer' }}
          onClick={() => onPick(point.budget)}
        >
          <title>{budgetName(point.budget)}</title>
        </circle>
      ))}
      {[points[0], points[points.length - 1]].map(
        (point, index) =>
          point && (
            <text key={point.budget} x={point.x} y={HEIGHT - 8} textAnchor={index === 0 ? 'start' : 'end'}>
              {budgetName(point.budget)}
            </text>
          )
      )}
    </svg>
  );
}

function Line({ points, color }: { points: Array<[number, number]>; color: string }) {
  return (
    <polyline points={points.map((point) => point.join(',')).join(' ')} fill="none" stroke={color} strokeWidth={2} />
  );
}

// Budgets differ by factors: they are spaced by their logarithm.
function place(budgets: BacktestBudget[], most: number): Point[] {
  const logs = budgets.map(({ falseAlarmsPerWeek }) => Math.log(falseAlarmsPerWeek));
  const low = Math.min(...logs);
  const span = Math.max(...logs) - low || 1;
  const up = (share: number) => HEIGHT - MARGIN.bottom - share * (HEIGHT - MARGIN.bottom - MARGIN.top);
  return budgets.map(({ falseAlarmsPerWeek, alarms, recall }, index) => ({
    budget: falseAlarmsPerWeek,
    x: MARGIN.left + (((logs[index] ?? low) - low) / span) * (WIDTH - MARGIN.left - MARGIN.right),
    alarms: up(alarms / most),
    recall: recall === undefined ? undefined : up(recall),
  }));
}
