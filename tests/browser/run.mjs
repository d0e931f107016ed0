// The built editors in a real browser: what a person does, and the query that comes out.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { fromFrontend, screenshotPath, startBrowser, startHarness } from './support.mjs';

const AXE = fromFrontend.resolve('axe-core/axe.min.js');
const SCHEMA = JSON.parse(readFileSync(new URL('../../proto/contract/query.schema.json', import.meta.url), 'utf8'));
const Ajv = fromFrontend('ajv').default;
const isAllowed = new Ajv({ strict: false }).compile(SCHEMA);

const ANOMALIES = { version: 1, analysis: 'anomalies', source: { kind: 'demo', series: 'revenue' } };

describe('the built editors', () => {
  let harness;
  let browser;
  let page;
  let problems;

  before(async () => {
    harness = await startHarness();
    browser = await startBrowser();
  });

  after(async () => {
    await browser?.close();
    harness?.close();
  });

  async function open(parameters) {
    await page?.close();
    page = await browser.newPage({ viewport: { width: 1100, height: 700 } });
    page.setDefaultTimeout(10_000);
    problems = [];
    page.on('pageerror', (error) => problems.push(error.message));
    page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
    const { query, ...rest } = parameters;
    const search = new URLSearchParams({ ...rest, ...(query && { query: JSON.stringify(query) }) });
    await page.goto(`${harness.url}?${search}`);
    await page.waitForFunction(() => window.bellwether.isReady || window.bellwether.failure);
    assert.equal(await page.evaluate(() => window.bellwether.failure), undefined);
  }

  const lastEmitted = () => page.evaluate(() => window.bellwether.emitted.at(-1));

  async function pick(label, option) {
    await page.getByLabel(label, { exact: true }).click();
    await page.getByText(option, { exact: true }).last().click();
  }

  // Grafana draws radio buttons and switches as labels of inputs that stand outside the page: people click the label.
  async function clickLabelOf(input) {
    await page.locator(`label[for="${await input.getAttribute('id')}"]`).last().click();
  }

  const choose = (name) => clickLabelOf(page.getByRole('radio', { name, exact: true }));

  async function assertAccessible() {
    await page.addScriptTag({ path: AXE });
    const { violations } = await page.evaluate(() => window.axe.run('main', { runOnly: ['wcag2a', 'wcag2aa'] }));
    const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`);
    assert.deepEqual(found, []);
  }

  for (const theme of ['light', 'dark']) {
    it(`shows every editor on the ${theme} theme, accessibly`, async () => {
      const shots = {
        anomalies: { editor: 'query', query: { ...ANOMALIES, anomalies: { falseAlarmsPerWeek: 2.5 } } },
        together: {
          editor: 'query',
          query: {
            ...ANOMALIES,
            analysis: 'multivariate',
            source: { kind: 'demo', series: ['cpu', 'memory', 'network_in'], labels: { host: '*' } },
          },
        },
        changes: {
          editor: 'query',
          query: { ...ANOMALIES, analysis: 'changepoints', changepoints: { mode: 'online', minConfidence: 0.8 } },
        },
        patterns: { editor: 'query', query: { ...ANOMALIES, analysis: 'patterns' } },
        forecast: { editor: 'query', query: { ...ANOMALIES, analysis: 'forecast' } },
        limits: {
          editor: 'query',
          query: {
            ...ANOMALIES,
            analysis: 'forecast',
            source: { kind: 'demo', series: ['revenue', 'orders'] },
            forecast: {
              horizon: '7d',
              levels: [0.5, 0.8, 0.95],
              threshold: { value: 1200 },
              capacity: { value: 5000, lookAhead: '180d' },
              regressors: ['orders'],
              calendar: { weekdays: true, country: 'DE', timezone: 'Europe/Berlin' },
            },
          },
        },
        csv: { editor: 'query', query: { ...ANOMALIES, source: { kind: 'csv', file: 'shop/revenue.csv' } } },
        failure: { editor: 'query', query: ANOMALIES, failure: 'Plugin unavailable' },
        config: { editor: 'config' },
        help: { editor: 'help' },
      };
      for (const [name, parameters] of Object.entries(shots)) {
        await open({ ...parameters, theme });
        if (parameters.editor === 'query') {
          await page.getByRole('button', { name: /More options/ }).click();
          await page.getByLabel('History').waitFor();
        }
        await page.screenshot({ path: screenshotPath(`${name}-${theme}`) });
        await assertAccessible();
      }
    });
  }

  for (const theme of ['light', 'dark']) {
    it(`shows feedback, blackouts and a backtest on the ${theme} theme, accessibly`, async () => {
      const anomalies = {
        falseAlarmsPerWeek: 0.5,
        blackouts: [
          { days: ['sat', 'sun'], from: '22:00', to: '06:00', timezone: 'Europe/Berlin' },
          { from: '2026-12-24T12:00:00Z', to: '2026-12-27T00:00:00Z' },
        ],
        feedback: [{ from: '2026-11-18T08:00:00Z', to: '2026-11-18T09:00:00Z', label: 'anomaly', series: 'revenue' }],
      };
      await open({ editor: 'query', theme, query: { ...ANOMALIES, anomalies } });
      await page.setViewportSize({ width: 1100, height: 1250 });
      await page.getByRole('button', { name: /More options/ }).click();
      await page.getByRole('group', { name: 'Feedback 1' }).waitFor();
      await page.getByRole('button', { name: 'Backtest' }).click();
      await page.getByRole('button', { name: 'Run backtest' }).click();
      await page.getByRole('table').waitFor();
      await page.screenshot({ path: screenshotPath(`backtest-${theme}`) });
      await assertAccessible();
    });
  }

  it('picks a budget from the curve of a backtest, and the time range as feedback', async () => {
    await open({ editor: 'query', query: ANOMALIES });
    await page.getByRole('button', { name: 'Backtest' }).click();
    await page.getByRole('button', { name: 'Run backtest' }).click();
    await page.getByRole('table').waitFor();
    await page.locator('circle').last().click();
    assert.deepEqual((await lastEmitted()).anomalies, { falseAlarmsPerWeek: 28 });
    await page.getByRole('button', { name: 'Use a budget of 1 a day' }).click();
    assert.deepEqual((await lastEmitted()).anomalies, { sensitivity: 'high' });
    await page.getByRole('button', { name: /More options/ }).click();
    await page.getByRole('group', { name: 'The time range of the panel was' }).getByText('Expected').click();
    const query = await lastEmitted();
    assert.deepEqual(query.anomalies.feedback, [
      { from: '2026-11-20T12:00:00Z', to: '2026-11-20T14:30:00Z', label: 'expected' },
    ]);
    assert.ok(isAllowed(query), JSON.stringify(isAllowed.errors));
  });

  it('runs without an error of its own', async () => {
    await open({ editor: 'query', query: ANOMALIES });
    await page.getByText('revenue', { exact: true }).waitFor();
    // Icons are files of Grafana's own server, which is not here.
    assert.deepEqual(problems.filter((text) => !text.includes('404')), []);
  });

  it('emits the query of the contract for what a person picks', async () => {
    await open({ editor: 'query', query: ANOMALIES });
    await pick('Series', 'orders');
    await page.keyboard.press('Escape');
    await pick('Labels', 'category = toys');
    await choose('High');
    await choose('Below');
    const query = await lastEmitted();
    assert.deepEqual(query, {
      refId: 'A',
      version: 1,
      analysis: 'anomalies',
      source: { kind: 'demo', series: ['revenue', 'orders'], labels: { category: 'toys' } },
      anomalies: { sensitivity: 'high', direction: 'down' },
    });
    assert.ok(isAllowed(query), JSON.stringify(isAllowed.errors));
    assert.equal(await page.evaluate(() => window.bellwether.runs), 4);
  });

  it('can be used with the keyboard alone', async () => {
    await open({ editor: 'query', query: ANOMALIES });
    await page.getByRole('radio', { name: 'Anomalies' }).focus();
    await page.keyboard.press('ArrowRight');
    assert.equal((await lastEmitted()).analysis, 'forecast');
    await page.getByLabel('Horizon', { exact: true }).focus();
    await page.keyboard.type('36h');
    await page.keyboard.press('Enter');
    const query = await lastEmitted();
    assert.deepEqual(query.forecast, { horizon: '36h' });
    assert.ok(isAllowed(query), JSON.stringify(isAllowed.errors));
  });

  it('reads a CSV file by its columns', async () => {
    await open({ editor: 'query', query: ANOMALIES });
    await choose('CSV file');
    await pick('File', 'shop/revenue.csv');
    await pick('Columns', 'visitors');
    const query = await lastEmitted();
    assert.deepEqual(query.source, { kind: 'csv', file: 'shop/revenue.csv', valueColumn: 'visitors' });
    assert.ok(isAllowed(query), JSON.stringify(isAllowed.errors));
  });

  it('switches the demo data off in the settings', async () => {
    await open({ editor: 'config' });
    await clickLabelOf(page.getByLabel(/^Demo data/));
    assert.deepEqual(await lastEmitted(), { demoEnabled: false });
    assert.equal(await page.getByLabel(/^Folder for CSV files/).inputValue(), '/srv/csv');
  });

  it('runs an example of the cheat sheet', async () => {
    await open({ editor: 'help' });
    await page.getByRole('button', { name: 'The next two days of page views' }).click();
    const query = await lastEmitted();
    assert.equal(query.analysis, 'forecast');
    assert.ok(isAllowed(query), JSON.stringify(isAllowed.errors));
  });
});
