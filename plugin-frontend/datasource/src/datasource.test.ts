import type { AnnotationQuery, DataSourceInstanceSettings } from '@grafana/data';
import { setBackendSrv, type BackendSrv, type BackendSrvRequest } from '@grafana/runtime';
import { of } from 'rxjs';
import { BellwetherDataSource } from './datasource';
import type { BellwetherSettings, SavedQuery } from './types';

type Format = (value: string | string[]) => string;

// $categories has two values, $span one: what Grafana's own template service does with a format function.
const VARIABLES: Record<string, string | string[]> = { $categories: ['books', 'toys'], $span: '2d', $metric: 'orders' };

function replace(text = '', _scopedVars?: unknown, format?: unknown): string {
  return text.replace(/\$\w+/g, (name) => {
    const value = VARIABLES[name] ?? name;
    if (typeof format === 'function') {
      return (format as Format)(value);
    }
    return Array.isArray(value) ? `{${value.join(',')}}` : value;
  });
}

const settings = { id: 1, uid: 'abc', type: 'bellwether-datasource', name: 'Bellwether', jsonData: {} };
const datasource = new BellwetherDataSource(settings as DataSourceInstanceSettings<BellwetherSettings>, { replace });
const query: SavedQuery = { refId: 'A', analysis: 'forecast', source: { kind: 'demo', series: 'revenue' } };

describe('BellwetherDataSource', () => {
  it('has a default query that draws something', () => {
    expect(datasource.filterQuery(datasource.getDefaultQuery() as SavedQuery)).toBe(true);
  });

  it.each([
    { name: 'a hidden query', given: { ...query, hide: true }, want: false },
    { name: 'a query without an analysis', given: { refId: 'A' } as SavedQuery, want: false },
    {
      name: 'a CSV query without a file',
      given: { ...query, source: { kind: 'csv' as const, file: '' } },
      want: false,
    },
    { name: 'a query the server will judge', given: { ...query, history: 'two weeks' }, want: true },
  ])('sends $name: $want', ({ given, want }) => {
    expect(datasource.filterQuery(given)).toBe(want);
  });

  it('puts variables into the source and the durations', () => {
    const given: SavedQuery = {
      ...query,
      source: { kind: 'demo', series: ['$metric', 'sold_$categories'], labels: { category: '$metric' } },
      history: '$span',
      interval: '5m',
      forecast: { horizon: '$span', levels: [0.9] },
    };
    expect(datasource.applyTemplateVariables(given, {})).toEqual({
      ...query,
      source: { kind: 'demo', series: ['orders', 'sold_books', 'sold_toys'], labels: { category: 'orders' } },
      history: '2d',
      interval: '5m',
      forecast: { horizon: '2d', levels: [0.9] },
    });
  });

  it('puts variables into the fields of a CSV source', () => {
    const given: SavedQuery = { ...query, source: { kind: 'csv', file: '$metric.csv', valueColumn: '$categories' } };
    expect(datasource.applyTemplateVariables(given, {}).source).toEqual({
      kind: 'csv',
      file: 'orders.csv',
      valueColumn: ['books', 'toys'],
    });
  });

  it('leaves a query alone that belongs to another data source', () => {
    const foreign = { refId: 'A', expr: 'up' } as unknown as SavedQuery;
    expect(datasource.interpolateVariablesInQueries([foreign], {})).toEqual([
      { ...foreign, datasource: { type: 'bellwether-datasource', uid: 'abc' } },
    ]);
  });

  it('asks annotation queries for annotations', () => {
    const annotation = { target: query } as AnnotationQuery<SavedQuery>;
    expect(datasource.annotations.prepareQuery?.(annotation)).toEqual({ ...query, form: 'annotations' });
    expect(datasource.annotations.getDefaultQuery?.()).toMatchObject({ form: 'annotations', analysis: 'anomalies' });
  });

  it.each([
    [query, 'Forecast of revenue (demo data)'],
    [
      { ...query, analysis: 'anomalies' as const, source: { kind: 'system' as const, labels: { device: 'sda' } } },
      'Anomalies of all series (this host, device = sda)',
    ],
    [
      { ...query, source: { kind: 'csv' as const, file: 'a.csv', valueColumn: ['x', 'y'] } },
      'Forecast of x, y (a.csv)',
    ],
    [{ refId: 'A' } as SavedQuery, 'Empty query'],
  ])('describes %j', (given, want) => {
    expect(datasource.getQueryDisplayText(given)).toBe(want);
  });
});

describe('the resources', () => {
  const requests: BackendSrvRequest[] = [];
  const answer = [
    { name: 'revenue', labels: { category: 'books' }, unit: '', description: '' },
    { name: 'orders', labels: { category: 'toys' }, unit: '', description: '' },
  ];

  beforeEach(() => {
    requests.length = 0;
    const fetch = (request: BackendSrvRequest) => {
      requests.push(request);
      return of({ data: answer });
    };
    setBackendSrv({ fetch } as unknown as BackendSrv);
  });

  it('asks for the series of a source', async () => {
    expect(await datasource.series({ kind: 'demo' })).toEqual(answer);
    expect(requests[0]).toMatchObject({
      url: '/api/datasources/uid/abc/resources/series',
      params: { source: '{"kind":"demo"}' },
      showErrorAlert: false,
    });
  });

  it.each([
    ['demo', ['revenue', 'orders']],
    ['demo revenue', ['category']],
    ['demo $metric category', ['toys']],
    ['demo revenue color', []],
  ])('answers the query variable %j', async (text, want) => {
    expect(await datasource.metricFindQuery(text)).toEqual(want.map((value) => ({ text: value })));
  });

  it('sends a backtest with the values of the variables', async () => {
    const budgets = [{ falseAlarmsPerWeek: 1, alarms: 2 }];
    setBackendSrv({
      fetch: (request: BackendSrvRequest) => {
        requests.push(request);
        return of({ data: { budgets } });
      },
    } as unknown as BackendSrv);
    const replayed: SavedQuery = { ...query, analysis: 'anomalies', source: { kind: 'demo', series: '$metric' } };
    const answer = await datasource.backtest({ query: replayed, days: 7, budgets: [1] });
    expect(answer.budgets[0]?.alarms).toBe(2);
    expect(requests[0]).toMatchObject({
      method: 'POST',
      url: '/api/datasources/uid/abc/resources/backtest',
      data: { query: { analysis: 'anomalies', source: { series: 'orders' } }, days: 7, budgets: [1] },
      showErrorAlert: false,
    });
  });

  it('reads the columns of a file for a query variable', async () => {
    await datasource.metricFindQuery('csv shop/revenue.csv');
    expect(requests[0]?.params).toEqual({ source: '{"kind":"csv","file":"shop/revenue.csv"}' });
  });
});
