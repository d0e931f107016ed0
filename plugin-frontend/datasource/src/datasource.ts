import {
  defaultQuery,
  readBacktest,
  readMethods,
  readSeriesInfos,
  type Backtest,
  type Methods,
  type SeriesInfo,
} from '@bellwether/shared';
import type {
  AnnotationSupport,
  DataSourceInstanceSettings,
  LegacyMetricFindQueryOptions,
  MetricFindValue,
  ScopedVars,
} from '@grafana/data';
import { DataSourceWithBackend, getTemplateSrv, type TemplateSrv } from '@grafana/runtime';
import { describeQuery } from './query/describeQuery';
import { interpolateQuery } from './query/interpolateQuery';
import { isComplete } from './query/isComplete';
import { readVariableQuery, variableValues } from './query/variableQuery';
import type { BellwetherSettings, SavedQuery } from './types';

/** The part of a saved query's source that the resource /series reads; a CSV source may still lack its file. */
export interface SeriesRequest {
  kind: string;
  file?: string;
}

/** What a backtest needs beside the query. */
export interface BacktestRequest {
  query: SavedQuery;
  days: number;
  /** In false alarms per series and week. */
  budgets: number[];
  /** End of the days, as a moment; the server's present when left out. */
  to?: string;
}

/** Talks to the backend; what it knows about queries lives in query/. */
export class BellwetherDataSource extends DataSourceWithBackend<SavedQuery, BellwetherSettings> {
  override annotations: AnnotationSupport<SavedQuery> = {
    getDefaultQuery: () => ({ ...defaultQuery(), form: 'annotations' }),
    prepareQuery: ({ target }) =>
      target === undefined ? undefined : { ...target, refId: target.refId || 'Anno', form: 'annotations' },
  };

  constructor(
    settings: DataSourceInstanceSettings<BellwetherSettings>,
    private readonly templates: Pick<TemplateSrv, 'replace'> = getTemplateSrv()
  ) {
    super(settings);
  }

  override getDefaultQuery(): Partial<SavedQuery> {
    return defaultQuery();
  }

  override filterQuery(query: SavedQuery): boolean {
    return query.hide !== true && isComplete(query);
  }

  override applyTemplateVariables(query: SavedQuery, scopedVars: ScopedVars): SavedQuery {
    if (!isComplete(query)) {
      return query;
    }
    return interpolateQuery(query, (text, format) => this.templates.replace(text, scopedVars, format));
  }

  override interpolateVariablesInQueries(queries: SavedQuery[], scopedVars: ScopedVars): SavedQuery[] {
    return queries.map((query) => ({
      ...this.applyTemplateVariables(query, scopedVars),
      datasource: this.getRef(),
    }));
  }

  override getQueryDisplayText(query: SavedQuery): string {
    return describeQuery(query);
  }

  /** Answers a query variable, e.g. "demo", "demo revenue category", "csv shop.csv". */
  override async metricFindQuery(query: unknown, options?: LegacyMetricFindQueryOptions): Promise<MetricFindValue[]> {
    const text = this.templates.replace(typeof query === 'string' ? query : '', options?.scopedVars);
    const request = readVariableQuery(text);
    return variableValues(request, await this.series(request.source)).map((value) => ({ text: value }));
  }

  /** The series that a source offers; for a CSV source without a file, the files. */
  async series(source: SeriesRequest): Promise<SeriesInfo[]> {
    const params = { source: JSON.stringify(source) };
    return readSeriesInfos(await this.getResource('series', params, { showErrorAlert: false }));
  }

  /** What an anomaly query would have done in the last days, at several budgets. */
  async backtest({ query, ...request }: BacktestRequest): Promise<Backtest> {
    const body = { ...request, query: this.applyTemplateVariables(query, {}) };
    return readBacktest(await this.postResource('backtest', body, { showErrorAlert: false }));
  }

  /** The methods that this server's version offers. */
  async methods(): Promise<Methods> {
    return readMethods(await this.getResource('methods', undefined, { showErrorAlert: false }));
  }
}
