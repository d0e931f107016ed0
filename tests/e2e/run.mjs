// A real Grafana: what a person sees of the provisioned dashboards, the editors and the health check.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startBrowser } from '../browser/support.mjs';
import { findGrafana } from './grafana.mjs';

const output = fileURLToPath(new URL('../../build/e2e/', import.meta.url));
const DASHBOARDS = ['bellwether-overview', 'bellwether-host'];
const SOURCE = 'bellwether';

if (!process.env.GRAFANA_URL && !process.env.GRAFANA_HOME) {
  process.stdout.write('There is no Grafana to test: set GRAFANA_URL or GRAFANA_HOME (see tests/e2e/README.md).\n');
  process.exit(0);
}

describe('Bellwether in Grafana', { timeout: 600_000 }, () => {
  let grafana;
  let browser;
  let page;
  let failures;

  before(async () => {
    mkdirSync(output, { recursive: true });
    grafana = await findGrafana();
    browser = await startBrowser();
    await waitForHostSamples();
  });

  /** A server that was just started has to measure its host for some seconds before there is anything to draw. */
  async function waitForHostSamples() {
    const query = {
      refId: 'A',
      datasource: { uid: SOURCE },
      analysis: 'raw',
      source: { kind: 'system', series: 'cpu_total' },
    };
    const body = JSON.stringify({ from: 'now-15m', to: 'now', queries: [query] });
    const headers = { 'content-type': 'application/json' };
    for (let attempt = 0; attempt < 120; attempt++) {
      const response = await fetch(`${grafana.url}/api/ds/query`, { method: 'POST', headers, body });
      const { results } = await response.json();
      if ((results?.A?.frames?.[0]?.data?.values?.[0]?.length ?? 0) > 1) {
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
    throw new Error('The server has measured nothing of its host for a minute.');
  }

  after(async () => {
    await browser?.close();
    await grafana?.close();
  });

  async function open(address, theme = 'dark', height = 1000) {
    await page?.close();
    page = await browser.newPage({ viewport: { width: 1500, height } });
    page.setDefaultTimeout(30_000);
    failures = [];
    page.on('pageerror', (error) => failures.push(error.message));
    page.on('response', (response) => {
      if (response.url().includes('/api/ds/query') && response.status() >= 400) {
        response.text().then(
          (text) => failures.push(text.slice(0, 300)),
          () => undefined
        );
      }
    });
    await page.goto(`${grafana.url}${address}${address.includes('?') ? '&' : '?'}theme=${theme}`);
  }

  const screenshot = (name) => page.screenshot({ path: path.join(output, `${name}.png`) });

  /** Waits until no panel loads any more. */
  async function settle() {
    await page.waitForLoadState('networkidle');
    await page.waitForFunction(() => document.querySelectorAll('[aria-label="Panel loading bar"]').length === 0);
  }

  async function getJson(address) {
    const response = await fetch(grafana.url + address);
    return { status: response.status, body: await response.json() };
  }

  it('answers the health check with OK', async () => {
    const { status, body } = await getJson(`/api/datasources/uid/${SOURCE}/health`);
    assert.equal(status, 200, JSON.stringify(body));
    assert.equal(body.status, 'OK', JSON.stringify(body));
  });

  for (const uid of DASHBOARDS) {
    for (const theme of ['dark', 'light']) {
      it(`draws every panel of ${uid} on the ${theme} theme`, async () => {
        const { body } = await getJson(`/api/dashboards/uid/${uid}`);
        const panels = body.dashboard.panels.filter(({ type }) => type !== 'row');
        // Grafana builds only the panels that can be seen, so the window is as high as the dashboard.
        await open(`/d/${uid}?kiosk`, theme, 3300);
        for (const { title } of panels) {
          await page.getByRole('heading', { name: title, exact: true }).first().waitFor();
        }
        await settle();
        await screenshot(`${uid}-${theme}`);
        assert.deepEqual(failures, []);
        assert.equal(await page.locator('[data-testid*="Panel status error"]').count(), 0);
        const graphs = panels.filter(({ type }) => type === 'timeseries').length;
        assert.ok((await page.locator('.uplot canvas').count()) >= graphs, `fewer than ${graphs} graphs are drawn`);
      });
    }
  }

  it('draws the default query of a new panel in Explore', async () => {
    const query = { datasource: SOURCE, queries: [{ refId: 'A' }], range: { from: 'now-2d', to: 'now' } };
    await open(`/explore?left=${encodeURIComponent(JSON.stringify(query))}`);
    await page.getByRole('group', { name: 'Sensitivity' }).waitFor();
    await page.locator('label').getByText('High', { exact: true }).click();
    await page.getByText('At most 1 false alarm per series and day').waitFor();
    await page.locator('.uplot canvas').first().waitFor();
    await settle();
    await screenshot('explore');
    assert.deepEqual(failures, []);
  });

  it('offers the series of the demo in the query editor', async () => {
    await page.getByLabel('Series', { exact: true }).click();
    await page.getByText('orders', { exact: true }).first().waitFor();
    await page.keyboard.press('Escape');
  });

  it('shows the settings and tests them', async () => {
    await open(`/connections/datasources/edit/${SOURCE}`, 'light');
    await page.getByLabel(/^Demo data/).waitFor({ state: 'attached' });
    await page.getByLabel(/^Folder for CSV files/).waitFor();
    // A provisioned data source can only be tested, another one is saved too.
    await page.getByRole('button', { name: /^(Test|Save & test)$/ }).click();
    await page.locator('[data-testid="data-testid Alert success"]').first().waitFor();
    await screenshot('settings');
  });
});
