import type { Analysis, BellwetherQuery, Source } from '@bellwether/shared';
import { namesOf } from './names';

const VERB: Record<Analysis, string> = {
  anomalies: 'Anomalies of',
  forecast: 'Forecast of',
  trend: 'Trend of',
  changepoints: 'Changes of',
  patterns: 'Patterns of',
  outliers: 'Outliers among',
  multivariate: 'Joint anomalies of',
  raw: 'Values of',
};

/** One line for the query history and for collapsed queries, e.g. "Anomalies of revenue (demo data, category = books)". */
export function describeQuery(query: Partial<BellwetherQuery>): string {
  const { analysis, source } = query;
  if (analysis === undefined || source === undefined) {
    return 'Empty query';
  }
  const names = namesOf(source.kind === 'csv' ? source.valueColumn : source.series);
  const labels = Object.entries(source.labels ?? {}).map(([label, value]) => `${label} = ${value}`);
  const what = names.length > 0 ? names.join(', ') : 'all series';
  return `${VERB[analysis]} ${what} (${[place(source), ...labels].join(', ')})`;
}

function place(source: Source): string {
  switch (source.kind) {
    case 'demo':
      return 'demo data';
    case 'system':
      return 'this host';
    case 'csv':
      return source.file || 'no file yet';
  }
}
