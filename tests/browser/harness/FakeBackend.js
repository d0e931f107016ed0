// Answers what the editors ask the plugin's server, in the format of its resources.
import { of, throwError } from 'rxjs';

const series = (name, labels, unit, description) => ({ name, labels, unit, description });

const DEMO = ['books', 'electronics', 'toys'].flatMap((category) => [
  series('revenue', { category }, 'currencyUSD', 'Sales per step'),
  series('orders', { category }, 'short', 'Orders per step'),
]);
const SYSTEM = [series('cpu_total', {}, 'percent', 'CPU in use'), series('memory', {}, 'percent', 'Memory in use')];
const FILES = [series('shop/revenue.csv', {}, '', '1.2 MB')];
const COLUMNS = [series('revenue', {}, '', 'Numbers'), series('visitors', {}, '', 'Numbers')];

const METHODS = {
  detectors: [{ id: 'robust', name: 'Robust seasonal', assumptions: 'A daily or weekly rhythm' }],
  forecasters: [{ id: 'theta', name: 'Theta', assumptions: 'A trend that slows down' }],
  countries: [{ code: 'DE', name: 'Germany' }],
};
const SETTINGS = { csvFolder: '/srv/csv', version: '0.1.0', sources: ['demo', 'system', 'csv'] };

export class FakeBackend {
  /** With a `failure` every request is refused with that sentence. */
  constructor(failure) {
    this.failure = failure;
  }

  fetch({ url, params, data: body }) {
    const data = this.failure === null ? answer(url, params, body) : undefined;
    return data === undefined
      ? throwError(() => ({ status: 400, data: { message: this.failure ?? `No such resource: ${url}` } }))
      : of({ data });
  }
}

// A rule that spends a little more than it is allowed, on a source whose incidents are known.
function backtest({ budgets }) {
  const incident = (series, start, end, type, severity, truth) => ({ series, start, end, type, severity, truth });
  return {
    from: '2026-11-07T00:00:00Z',
    to: '2026-11-21T00:00:00Z',
    series: 1,
    labels: 'complete',
    notices: [],
    budgets: budgets.map((falseAlarmsPerWeek) => {
      const caught = Math.min(5, 1 + Math.round(1.5 * Math.log2(1 + 4 * falseAlarmsPerWeek)));
      const falseAlarms = Math.round(2.2 * falseAlarmsPerWeek);
      return {
        falseAlarmsPerWeek,
        alarms: caught + falseAlarms,
        achievedPerWeek: falseAlarms / 2,
        weeks: 2,
        alarmSeconds: 5400 * caught + 300 * falseAlarms,
        anomalies: 6,
        caught,
        recall: caught / 6,
        precision: caught / (caught + falseAlarms),
        incidents: [
          incident('revenue', '2026-11-19T14:05:00Z', '2026-11-19T15:40:00Z', 'level_shift', 'high', 'true'),
          incident('revenue', '2026-11-12T03:10:00Z', '2026-11-12T03:15:00Z', 'spike', 'low', 'false'),
        ],
        incidentsLeftOut: 0,
      };
    }),
  };
}

function answer(url, params, body) {
  switch (url.split('/resources/')[1]) {
    case 'series':
      return listSeries(JSON.parse(params.source));
    case 'backtest':
      return backtest(body);
    case 'methods':
      return METHODS;
    case 'settings':
      return SETTINGS;
    default:
      return undefined;
  }
}

function listSeries({ kind, file }) {
  if (kind === 'csv') {
    return file === undefined ? FILES : COLUMNS;
  }
  return kind === 'demo' ? DEMO : SYSTEM;
}
