const UNKNOWN =
  'The server gave no reason. Look into the Grafana server log for lines of plugin.bellwether-datasource.';

/** The sentence in whatever a request failed with: an Error, or Grafana's fetch error with the server's answer in `data`. */
export function messageOf(error: unknown): string {
  if (typeof error === 'string' && error !== '') {
    return error;
  }
  if (typeof error !== 'object' || error === null) {
    return UNKNOWN;
  }
  if ('data' in error && typeof error.data === 'object' && error.data !== null) {
    const { data } = error;
    for (const key of ['message', 'error'] as const) {
      const text: unknown = Reflect.get(data, key);
      if (typeof text === 'string' && text !== '') {
        return text;
      }
    }
  }
  if ('message' in error && typeof error.message === 'string' && error.message !== '') {
    return error.message;
  }
  if ('statusText' in error && typeof error.statusText === 'string' && error.statusText !== '') {
    return `The server answered: ${error.statusText}.`;
  }
  return UNKNOWN;
}
