// Builds and serves the harness page, and starts the browser.
import { createServer } from 'node:http';
import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const here = path.dirname(fileURLToPath(import.meta.url));
const repository = path.resolve(here, '../..');
const frontend = path.join(repository, 'plugin-frontend');
const plugin = path.join(frontend, 'datasource/dist/module.js');
const output = path.join(repository, 'build/browser');

/** Loads a development dependency of plugin-frontend. */
export const fromFrontend = createRequire(path.join(frontend, 'package.json'));

export function screenshotPath(name) {
  return path.join(output, `${name}.png`);
}

async function buildHarness() {
  await mkdir(output, { recursive: true });
  const outfile = path.join(output, 'harness.js');
  await fromFrontend('esbuild').build({
    entryPoints: [path.join(here, 'harness/main.jsx')],
    outfile,
    bundle: true,
    format: 'iife',
    jsx: 'transform',
    nodePaths: [path.join(frontend, 'node_modules')],
    define: { 'process.env.NODE_ENV': '"production"', global: 'window' },
    loader: { '.svg': 'dataurl', '.png': 'dataurl' },
    // SystemJS, which @grafana/runtime loads plugins with, asks for it in Node only.
    external: ['fs'],
    logLevel: 'error',
  });
  return outfile;
}

// Of Grafana's own base styles, those that its components rely on.
const BASE_STYLES = '*,::before,::after{box-sizing:border-box} fieldset{border:0;margin:0;padding:0;min-width:0}';
const PAGE = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Bellwether</title>
<style>${BASE_STYLES}</style></head>
<body><div id="root"></div><script src="/harness.js"></script></body></html>`;

/** Serves the harness and the built plugin on a free port of the loopback. */
export async function startHarness() {
  if (!existsSync(plugin)) {
    throw new Error(`${plugin} is missing. Run: npm run build`);
  }
  const files = { '/harness.js': await buildHarness(), '/module.js': plugin };
  const server = createServer(async (request, response) => {
    const file = files[request.url.split('?')[0]];
    if (file !== undefined) {
      response.setHeader('content-type', 'text/javascript').end(await readFile(file));
    } else if (request.url.split('?')[0] === '/') {
      response.setHeader('content-type', 'text/html').end(PAGE);
    } else {
      response.writeHead(404).end();
    }
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${server.address().port}/`, close: () => server.close() };
}

/** The path of a Chromium; an error that says what to do where there is none. */
function chromiumPath() {
  const candidates = [process.env.CHROMIUM_PATH, '/usr/bin/chromium', '/usr/bin/google-chrome'];
  const found = candidates.find((candidate) => candidate && existsSync(candidate));
  if (found === undefined) {
    throw new Error('No Chromium was found. Install one (apt-get install chromium) or set CHROMIUM_PATH.');
  }
  return found;
}

export function startBrowser() {
  return fromFrontend('playwright-core').chromium.launch({
    executablePath: chromiumPath(),
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}
