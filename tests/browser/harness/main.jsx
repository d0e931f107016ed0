// A page that loads the built plugin as Grafana does and mounts one of its editors. The URL says which, on which theme:
// ?editor=query|config|help&theme=light|dark&query=<json>
import * as emotionCss from '@emotion/css';
import * as emotionReact from '@emotion/react';
import * as grafanaData from '@grafana/data';
import * as grafanaRuntime from '@grafana/runtime';
import * as grafanaUi from '@grafana/ui';
import lodash from 'lodash';
import * as React from 'react';
import * as ReactDom from 'react-dom';
import { createRoot } from 'react-dom/client';
import * as rxjs from 'rxjs';
import { FakeBackend } from './FakeBackend';

const LIBRARIES = {
  '@emotion/css': emotionCss,
  '@emotion/react': emotionReact,
  '@grafana/data': grafanaData,
  '@grafana/runtime': grafanaRuntime,
  '@grafana/ui': grafanaUi,
  lodash,
  react: React,
  'react-dom': ReactDom,
  rxjs,
};

const parameters = new URLSearchParams(window.location.search);
const theme = grafanaData.createTheme({ colors: { mode: parameters.get('theme') ?? 'dark' } });
// What the page under test did, for the tests to read.
window.bellwether = { emitted: [], runs: 0 };

function loadPlugin() {
  return new Promise((resolve, reject) => {
    window.define = (names, factory) => {
      const missing = names.filter((name) => !(name in LIBRARIES));
      if (missing.length > 0) {
        reject(new Error(`Grafana does not provide: ${missing.join(', ')}`));
      } else {
        resolve(factory(...names.map((name) => LIBRARIES[name])).plugin);
      }
    };
    const script = document.createElement('script');
    script.src = '/module.js';
    script.onerror = () => reject(new Error('module.js could not be loaded'));
    document.head.append(script);
  });
}

const FROM = grafanaData.dateTime('2026-11-20T12:00:00Z');
const TO = grafanaData.dateTime('2026-11-20T14:30:00Z');
const RANGE = { from: FROM, to: TO, raw: { from: FROM, to: TO } };

function QueryPage({ plugin }) {
  const [datasource] = React.useState(
    () => new plugin.DataSourceClass({ id: 1, uid: 'bellwether', type: 'bellwether-datasource', name: 'Bellwether', jsonData: {} })
  );
  const [query, setQuery] = React.useState(() => ({ refId: 'A', ...JSON.parse(parameters.get('query') ?? '{}') }));
  const { QueryEditor } = plugin.components;
  const keep = (next) => {
    window.bellwether.emitted.push(next);
    setQuery(next);
  };
  const run = () => window.bellwether.runs++;
  return <QueryEditor datasource={datasource} query={query} range={RANGE} onChange={keep} onRunQuery={run} />;
}

function ConfigPage({ plugin }) {
  const [options, setOptions] = React.useState({ uid: 'bellwether', version: 1, jsonData: {}, readOnly: false });
  const { ConfigEditor } = plugin.components;
  const keep = (next) => {
    window.bellwether.emitted.push(next.jsonData);
    setOptions(next);
  };
  return <ConfigEditor options={options} onOptionsChange={keep} />;
}

function HelpPage({ plugin }) {
  const { QueryEditorHelp } = plugin.components;
  return <QueryEditorHelp onClickExample={(query) => window.bellwether.emitted.push(query)} />;
}

const PAGES = { query: QueryPage, config: ConfigPage, help: HelpPage };

async function start() {
  grafanaRuntime.setBackendSrv(new FakeBackend(parameters.get('failure')));
  grafanaRuntime.setTemplateSrv({ replace: (text) => text, getVariables: () => [] });
  const plugin = await loadPlugin();
  const Page = PAGES[parameters.get('editor') ?? 'query'];
  const { primary } = theme.colors.background;
  document.body.style.cssText = `background: ${primary}; color: ${theme.colors.text.primary}; margin: 0`;
  createRoot(document.getElementById('root')).render(
    <grafanaUi.ThemeContext.Provider value={theme}>
      <grafanaUi.GlobalStyles />
      <main style={{ padding: 16 }}>
        <h1 style={{ fontSize: 18 }}>Bellwether</h1>
        <Page plugin={plugin} />
      </main>
      <grafanaUi.PortalContainer />
    </grafanaUi.ThemeContext.Provider>
  );
  window.bellwether.isReady = true;
}

start().catch((error) => {
  window.bellwether.failure = error.message;
});
