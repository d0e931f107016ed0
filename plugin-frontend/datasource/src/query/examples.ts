import type { BellwetherQuery } from '@bellwether/shared';

export interface Example {
  title: string;
  text: string;
  query: BellwetherQuery;
}

/** Queries of the cheat sheet: each runs as it stands on a fresh installation. */
export const EXAMPLES: readonly Example[] = [
  {
    title: 'Where did revenue break its habits?',
    text: 'Values, the expected line, the band and a point on each anomaly, with at most one false alarm per series and week.',
    query: { version: 1, analysis: 'anomalies', source: { kind: 'demo', series: 'revenue' } },
  },
  {
    title: 'Only drops of more than 20 %',
    text: 'Rises are ignored, and so is everything within a fifth of the expected value.',
    query: {
      version: 1,
      analysis: 'anomalies',
      source: { kind: 'demo', series: 'orders' },
      anomalies: { direction: 'down', minDeviation: { relative: 0.2 } },
    },
  },
  {
    title: 'Anomalies as a table',
    text: 'One row per anomaly: when, how large, what was expected, how severe and of which type.',
    query: { version: 1, analysis: 'anomalies', source: { kind: 'demo', series: 'revenue' }, form: 'rows' },
  },
  {
    title: 'The next two days of page views',
    text: 'A dashed line with bands. Let the time range end in the future, e.g. now+2d, to see all of it.',
    query: {
      version: 1,
      analysis: 'forecast',
      source: { kind: 'demo', series: 'page_views' },
      forecast: { horizon: '2d', levels: [0.8, 0.95] },
    },
  },
  {
    title: 'Is the disk filling up?',
    text: 'Direction and slope of the trend, and whether it is more than noise.',
    query: { version: 1, analysis: 'trend', source: { kind: 'demo', series: 'disk' } },
  },
  {
    title: 'When did memory use change?',
    text: 'The level or line between changes, and a point on each: a new level, a new slope, or another scatter.',
    query: { version: 1, analysis: 'changepoints', source: { kind: 'demo', series: 'memory' }, interval: '1h' },
  },
  {
    title: 'At which hours and days are orders highest?',
    text: 'What repeats and how strongly, the highest and lowest hours and weekdays with their size.',
    query: {
      version: 1,
      analysis: 'patterns',
      source: { kind: 'demo', series: 'orders' },
      history: '28d',
      interval: '1h',
      form: 'rows',
    },
  },
  {
    title: 'How long until the disk is full?',
    text: 'The time left with an interval, and the probability of passing 80 % within a week.',
    query: {
      version: 1,
      analysis: 'forecast',
      source: { kind: 'demo', series: 'disk', labels: { host: '*' } },
      interval: '1h',
      form: 'rows',
      forecast: { horizon: '7d', threshold: { value: 80 }, capacity: { value: 100 } },
    },
  },
  {
    title: 'Which host is unlike the others?',
    text: 'The band of the group, its hosts in grey, and those in colour that stay outside it.',
    query: {
      version: 1,
      analysis: 'outliers',
      source: { kind: 'demo', series: 'cpu', labels: { host: '*' } },
    },
  },
  {
    title: 'What is wrong with a host?',
    text: 'Processor, memory and network of each host together: when they are unusual as a whole, which carries it, what to do.',
    query: {
      version: 1,
      analysis: 'multivariate',
      source: { kind: 'demo', series: ['cpu', 'memory', 'network_in'], labels: { host: '*' } },
      form: 'rows',
    },
  },
  {
    title: 'This host, watched closely',
    text: 'CPU of the machine that runs the plugin, with up to one false alarm a day.',
    query: {
      version: 1,
      analysis: 'anomalies',
      source: { kind: 'system', series: 'cpu_total' },
      anomalies: { sensitivity: 'high' },
    },
  },
];
