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
};
const SETTINGS = { csvFolder: '/srv/csv', version: '0.1.0', sources: ['demo', 'system', 'csv'] };

export class FakeBackend {
  /** With a `failure` every request is refused with that sentence. */
  constructor(failure) {
    this.failure = failure;
  }

  fetch({ url, params }) {
    const data = this.failure === null ? answer(url, params) : undefined;
    return data === undefined
      ? throwError(() => ({ status: 400, data: { message: this.failure ?? `No such resource: ${url}` } }))
      : of({ data });
  }
}

function answer(url, params) {
  switch (url.split('/resources/')[1]) {
    case 'series':
      return listSeries(JSON.parse(params.source));
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
