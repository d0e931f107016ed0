export * from './contract/query.gen';
export * from './query/choices';
export * from './query/complaint';
export * from './query/duration';
export * from './query/migrate';
export * from './query/sensitivity';
export * from './resources/seriesInfo';
export * from './resources/serverSettings';
