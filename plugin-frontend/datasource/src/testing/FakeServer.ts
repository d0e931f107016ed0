import type { Backtest, Methods, SeriesInfo } from '@bellwether/shared';
import type { DataSourceInstanceSettings } from '@grafana/data';
import { BellwetherDataSource, type BacktestRequest, type SeriesRequest } from '../datasource';
import type { BellwetherSettings } from '../types';

export const DEMO_SERIES: SeriesInfo[] = [
  { name: 'revenue', labels: { category: 'books' }, unit: 'currencyUSD', description: 'Sales per step' },
  { name: 'revenue', labels: { category: 'toys' }, unit: 'currencyUSD', description: 'Sales per step' },
  { name: 'orders', labels: { category: 'books' }, unit: 'short', description: 'Orders per step' },
];
export const CSV_FILES: SeriesInfo[] = [{ name: 'shop/revenue.csv', labels: {}, unit: '', description: '1.2 MB' }];
export const CSV_COLUMNS: SeriesInfo[] = [
  { name: 'revenue', labels: {}, unit: '', description: 'Numbers' },
  { name: 'visitors', labels: {}, unit: '', description: 'Numbers' },
];

const SETTINGS = {
  id: 1,
  uid: 'bellwether',
  type: 'bellwether-datasource',
  name: 'Bellwether',
  jsonData: {},
} as DataSourceInstanceSettings<BellwetherSettings>;

/** A data source whose server is a few lists; with a `failure` it refuses everything with that sentence. */
export class FakeServer extends BellwetherDataSource {
  failure?: string;
  /** What was asked to be replayed. */
  readonly backtests: BacktestRequest[] = [];
  /** Whether its backtests know true anomalies. */
  isLabelled = false;

  constructor() {
    super(SETTINGS, { replace: (text = '') => text });
  }

  override series(source: SeriesRequest): Promise<SeriesInfo[]> {
    if (source.kind === 'csv') {
      return this.answer(source.file === undefined ? CSV_FILES : CSV_COLUMNS);
    }
    return this.answer(
      source.kind === 'demo' ? DEMO_SERIES : [{ name: 'cpu_total', labels: {}, unit: '', description: '' }]
    );
  }

  override methods(): Promise<Methods> {
    const robust = { id: 'robust', name: 'Robust seasonal', assumptions: 'A daily or weekly rhythm.' };
    const theta = { id: 'theta', name: 'Theta', assumptions: 'A trend that slows down.' };
    const countries = [
      { code: 'DE', name: 'Germany' },
      { code: 'US', name: 'United States' },
    ];
    return this.answer({ detectors: [robust], forecasters: [theta], countries });
  }

  /** Each budget raises twice as many alarms as it promises, in two weeks. */
  override backtest(request: BacktestRequest): Promise<Backtest> {
    this.backtests.push(request);
    const incident = { series: 'revenue', type: 'level_shift', severity: 'high', truth: 'unlabelled' } as const;
    const start = Date.UTC(2026, 10, 20, 12);
    return this.answer({
      from: Date.UTC(2026, 10, 7),
      to: Date.UTC(2026, 10, 21),
      series: 1,
      labels: this.isLabelled ? ('partial' as const) : ('none' as const),
      notices: [],
      budgets: request.budgets.map((falseAlarmsPerWeek) => ({
        falseAlarmsPerWeek,
        alarms: Math.round(falseAlarmsPerWeek * 4),
        achievedPerWeek: falseAlarmsPerWeek * 2,
        alarmSeconds: falseAlarmsPerWeek * 3600,
        weeks: 2,
        anomalies: this.isLabelled ? 4 : 0,
        caught: this.isLabelled ? 3 : 0,
        ...(this.isLabelled && { recall: 0.75, precision: 0.6 }),
        incidents: falseAlarmsPerWeek >= 1 ? [{ ...incident, start, end: start + 5_400_000 }] : [],
        incidentsLeftOut: 0,
      })),
    });
  }

  private answer<T>(value: T): Promise<T> {
    return this.failure === undefined
      ? Promise.resolve(value)
      : Promise.reject(Object.assign(new Error('Request failed'), { data: { message: this.failure } }));
  }
}
