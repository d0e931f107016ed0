// A Grafana to test: the one that GRAFANA_URL names, or one of GRAFANA_HOME that is started for the test.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, open, readFile, rm, symlink } from 'node:fs/promises';
import { createServer } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const repository = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const packaged = process.env.BELLWETHER_PLUGIN ?? path.join(repository, 'build/package/bellwether-datasource');

const START_TIMEOUT_MS = 120_000;

/** {url, close} of a Grafana that answers; undefined when none was named. */
export async function findGrafana() {
  if (process.env.GRAFANA_URL) {
    return { url: process.env.GRAFANA_URL.replace(/\/+$/, ''), close: async () => undefined };
  }
  return process.env.GRAFANA_HOME ? startGrafana(process.env.GRAFANA_HOME) : undefined;
}

async function startGrafana(home) {
  if (!existsSync(path.join(packaged, 'module.js'))) {
    throw new Error(`${packaged} holds no plugin. Run: make package`);
  }
  const server = findServer(home);
  const folder = await mkdtemp(path.join(os.tmpdir(), 'bellwether-e2e-'));
  await mkdir(path.join(folder, 'plugins'));
  await symlink(packaged, path.join(folder, 'plugins/bellwether-datasource'));
  const port = await freePort();
  const log = path.join(folder, 'output.log');
  const sink = await open(log, 'w');
  const child = spawn(server.command, [...server.arguments, '--homepath', home, '--config', settings()], {
    stdio: ['ignore', sink.fd, sink.fd],
    env: {
      ...process.env,
      BELLWETHER_CSV_FOLDER: path.join(repository, 'provisioning/csv'),
      BELLWETHER_DASHBOARDS: path.join(repository, 'dashboards'),
      GF_PATHS_DATA: path.join(folder, 'data'),
      GF_PATHS_LOGS: path.join(folder, 'log'),
      GF_PATHS_PLUGINS: path.join(folder, 'plugins'),
      GF_PATHS_PROVISIONING: path.join(repository, 'provisioning'),
      GF_SERVER_HTTP_ADDR: '127.0.0.1',
      GF_SERVER_HTTP_PORT: String(port),
    },
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const close = async () => {
    child.kill('SIGTERM');
    await ended;
    await sink.close();
    await rm(folder, { recursive: true, force: true });
  };
  const url = `http://127.0.0.1:${port}`;
  if (!(await isReady(url, ended))) {
    const output = await readFile(log, 'utf8');
    await close();
    throw new Error(`Grafana did not answer. The end of its output:\n${output.split('\n').slice(-20).join('\n')}`);
  }
  return { url, close };
}

function settings() {
  return path.join(repository, 'provisioning/grafana.ini');
}

function findServer(home) {
  const candidates = [
    { command: path.join(home, 'bin/grafana'), arguments: ['server'] },
    { command: path.join(home, 'bin/grafana-server'), arguments: [] },
    // A source tree keeps its executables elsewhere; GRAFANA_BIN names them.
    { command: process.env.GRAFANA_BIN ?? '', arguments: ['server'] },
  ];
  const found = candidates.find(({ command }) => existsSync(command));
  if (found === undefined) {
    throw new Error(`${home} holds no Grafana: neither bin/grafana nor bin/grafana-server is there.`);
  }
  return found;
}

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function isReady(url, ended) {
  let hasEnded = false;
  ended.then(() => (hasEnded = true));
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (!hasEnded && Date.now() < deadline) {
    const response = await fetch(`${url}/api/health`).catch(() => undefined);
    if (response?.ok) {
      return true;
    }
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  return false;
}
