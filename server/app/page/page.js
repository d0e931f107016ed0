// Draws the frames that the plugin answered: the same field configuration that Grafana's time-series panel reads.
'use strict';

const SVG = 'http://www.w3.org/2000/svg';
const HEIGHT = 240;
const MARGIN = { left: 56, right: 12, top: 10, bottom: 24 };

function element(parent, name, attributes = {}, text) {
  const node = parent.namespaceURI === SVG || name === 'svg'
    ? document.createElementNS(SVG, name) : document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  if (text !== undefined) node.textContent = text;
  parent.appendChild(node);
  return node;
}

const color = (name) => `var(--${String(name || 'blue').replace(/^(semi-)?(dark|light)-/, '')})`;

const PREFIXES = [[1e12, 'T'], [1e9, 'G'], [1e6, 'M'], [1e3, 'k']];

function plain(value, digits = Math.abs(value) >= 100 ? 4 : 3) {
  return String(Number(value.toPrecision(digits)));
}

function format(value, unit, digits) {
  if (value === null || value === undefined) return 'no data';
  const bytes = { bytes: 'B', decbytes: 'B', Bps: 'B/s', binBps: 'B/s' }[unit];
  const suffix = { percent: ' %', ms: ' ms', s: ' s', celsius: ' °C', humidity: ' %', watt: ' W', kwatt: ' kW' }[unit] || '';
  const dollar = unit === 'currencyUSD' ? '$' : '';
  const size = Math.abs(value);
  for (const [factor, letter] of PREFIXES) {
    if (size >= factor && (bytes || factor >= 1e3) && (size >= 10 * factor || bytes || size >= 1e5)) {
      return `${dollar}${plain(value / factor, digits)} ${letter}${bytes || ''}${suffix}`;
    }
  }
  return `${dollar}${plain(value, digits)}${bytes ? ` ${bytes}` : suffix}`;
}

function timeText(ms) {
  return new Date(ms).toLocaleString(undefined, { weekday: 'short', day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit', second: '2-digit' });
}

function niceTicks(low, high, count) {
  const raw = (high - low) / count || 1;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((k) => k * power).find((s) => s >= raw);
  const ticks = [];
  for (let t = Math.ceil(low / step) * step; t <= high + step / 1e6; t += step) ticks.push(Math.abs(t) < step / 1e6 ? 0 : t);
  return ticks;
}

// As many digits as tell neighbouring ticks apart.
function tickDigits(ticks) {
  const largest = Math.max(...ticks.map(Math.abs));
  const step = ticks.length > 1 ? ticks[1] - ticks[0] : largest;
  return Math.min(15, Math.max(3, largest > 0 ? Math.ceil(Math.log10(largest / step)) + 2 : 3));
}

function timeTicks(from, to, count) {
  const hour = 3600e3;
  const steps = [1e3, 2e3, 5e3, 10e3, 30e3, 60e3, 300e3, 600e3, 1800e3, hour, 3 * hour, 6 * hour, 12 * hour, 24 * hour, 48 * hour, 168 * hour];
  const step = steps.find((s) => s >= (to - from) / count) || steps[steps.length - 1];
  const offset = new Date(from).getTimezoneOffset() * 60e3;
  const ticks = [];
  for (let t = Math.ceil((from - offset) / step) * step + offset; t <= to; t += step) ticks.push(t);
  const style = step >= 24 * hour ? { day: 'numeric', month: 'short' }
    : step >= 60e3 ? { hour: '2-digit', minute: '2-digit' } : { hour: '2-digit', minute: '2-digit', second: '2-digit' };
  return ticks.map((t) => [t, new Date(t)[step >= 24 * hour ? 'toLocaleDateString' : 'toLocaleTimeString'](undefined, style)]);
}

// Columns of a Grafana JSON frame as {name, type, config, labels, values}.
function fieldsOf(frame) {
  return frame.schema.fields.map((field, i) => ({ ...field, config: field.config || {}, values: frame.data.values[i] || [] }));
}

function pathOf(times, values, x, y, spanNulls) {
  let path = '';
  let open = false;
  values.forEach((value, i) => {
    if (value === null) { open = open && spanNulls; return; }
    path += `${open ? 'L' : 'M'}${x(times[i]).toFixed(1)} ${y(value).toFixed(1)}`;
    open = true;
  });
  return path;
}

function bandPath(times, upper, lower, x, y) {
  let path = '';
  let run = [];
  const close = () => {
    if (run.length > 1) {
      path += `M${run.map((i) => `${x(times[i]).toFixed(1)} ${y(upper[i]).toFixed(1)}`).join('L')}`;
      path += `L${run.slice().reverse().map((i) => `${x(times[i]).toFixed(1)} ${y(lower[i]).toFixed(1)}`).join('L')}Z`;
    }
    run = [];
  };
  times.forEach((_, i) => { if (upper[i] === null || lower[i] === null) close(); else run.push(i); });
  close();
  return path;
}

function drawGraph(card, panel) {
  const frames = panel.frames.filter((f) => !(f.schema.meta && f.schema.meta.dataTopic));
  const regions = panel.frames.filter((f) => f.schema.meta && f.schema.meta.dataTopic === 'annotations');
  const series = [];
  for (const frame of frames) {
    const fields = fieldsOf(frame);
    const time = fields.find((f) => f.type === 'time');
    if (!time) continue;
    for (const field of fields) if (field.type === 'number') series.push({ ...field, times: time.values, custom: field.config.custom || {} });
  }
  const nameOf = (field) => field.config.displayNameFromDS || field.name;
  const drawn = series.filter((f) => f.values.some((v) => v !== null));
  if (!drawn.length) { element(card, 'p', { class: 'note' }, 'No data.'); return; }

  const width = Math.max(320, card.clientWidth - 34);
  const svg = element(card, 'svg', { viewBox: `0 0 ${width} ${HEIGHT}`, height: HEIGHT, role: 'img', 'aria-label': panel.title });
  const times = drawn.flatMap((f) => [f.times[0], f.times[f.times.length - 1]]);
  const from = Math.min(...times);
  const to = Math.max(...times);
  let low = Infinity;
  let high = -Infinity;
  for (const f of drawn) for (const v of f.values) if (v !== null) { low = Math.min(low, v); high = Math.max(high, v); }
  if (low === high) { low -= 1; high += 1; }
  const pad = (high - low) * 0.05;
  low = low >= 0 && low - pad < 0 ? 0 : low - pad;
  high += pad;
  const x = (t) => MARGIN.left + ((t - from) / (to - from || 1)) * (width - MARGIN.left - MARGIN.right);
  const y = (v) => HEIGHT - MARGIN.bottom - ((v - low) / (high - low)) * (HEIGHT - MARGIN.top - MARGIN.bottom);

  const ticks = niceTicks(low, high, 5);
  const digits = tickDigits(ticks);
  for (const tick of ticks) {
    element(svg, 'line', { class: 'grid', x1: MARGIN.left, x2: width - MARGIN.right, y1: y(tick), y2: y(tick) });
    element(svg, 'text', { x: MARGIN.left - 6, y: y(tick) + 4, 'text-anchor': 'end' }, format(tick, drawn[0].config.unit, digits));
  }
  for (const [tick, label] of timeTicks(from, to, Math.max(3, width / 110))) {
    element(svg, 'line', { class: 'grid', x1: x(tick), x2: x(tick), y1: MARGIN.top, y2: HEIGHT - MARGIN.bottom });
    element(svg, 'text', { x: x(tick), y: HEIGHT - 8, 'text-anchor': 'middle' }, label);
  }
  const stretches = [];
  for (const frame of regions) {
    const column = Object.fromEntries(fieldsOf(frame).map((f) => [f.name, f.values]));
    (column.time || []).forEach((start, i) => stretches.push({
      start, end: column.timeEnd[i], title: column.title[i], text: column.text[i], color: column.color[i] }));
  }
  for (const s of stretches) {
    const left = Math.max(x(s.start), MARGIN.left);
    const right = Math.min(x(s.end), width - MARGIN.right);
    if (right < MARGIN.left || left > width - MARGIN.right) continue;
    element(svg, 'rect', { x: left, y: MARGIN.top, width: Math.max(2, right - left), height: HEIGHT - MARGIN.top - MARGIN.bottom,
      style: `fill: ${color(s.color)}; opacity: 0.14` });
    element(svg, 'rect', { x: left, y: HEIGHT - MARGIN.bottom, width: Math.max(2, right - left), height: 3, style: `fill: ${color(s.color)}` });
  }
  for (const f of drawn) {
    const stroke = color(f.config.color && f.config.color.fixedColor);
    if (f.custom.fillBelowTo) {
      const lower = series.find((other) => nameOf(other) === f.custom.fillBelowTo);
      if (lower) element(svg, 'path', { d: bandPath(f.times, f.values, lower.values, x, y),
        style: `fill: ${stroke}; opacity: ${(f.custom.fillOpacity || 35) / 100}` });
    }
  }
  for (const f of drawn) {
    const stroke = color(f.config.color && f.config.color.fixedColor);
    if (f.custom.drawStyle === 'points') {
      f.values.forEach((v, i) => { if (v !== null) element(svg, 'circle', { cx: x(f.times[i]), cy: y(v), r: (f.custom.pointSize || 6) / 2, style: `fill: ${stroke}` }); });
    } else if (f.custom.lineWidth !== 0) {
      const dash = f.custom.lineStyle && f.custom.lineStyle.fill === 'dash' ? (f.custom.lineStyle.dash || [8, 6]).join(' ') : 'none';
      element(svg, 'path', { d: pathOf(f.times, f.values, x, y, f.custom.spanNulls),
        style: `fill: none; stroke: ${stroke}; stroke-width: ${f.custom.lineWidth || 1}; stroke-dasharray: ${dash}` });
    }
  }
  drawLegend(card, drawn, nameOf, stretches);
  addHover(card, svg, width, drawn, nameOf, stretches, { x, from, to });
}

function drawLegend(card, drawn, nameOf, stretches) {
  const legend = element(card, 'div', { class: 'legend' });
  for (const f of drawn) {
    if (f.custom.hideFrom && f.custom.hideFrom.legend) continue;
    const entry = element(legend, 'span');
    element(entry, 'i', { class: f.custom.drawStyle === 'points' ? 'dot' : '', style: `background: ${color(f.config.color && f.config.color.fixedColor)}` });
    entry.append(nameOf(f));
  }
  const kinds = new Map(stretches.map((s) => [s.color, s.color === 'purple' ? 'labelled incident (known truth)' : 'incident found']));
  for (const [name, text] of kinds) {
    const entry = element(legend, 'span');
    element(entry, 'i', { class: 'area', style: `background: ${color(name)}` });
    entry.append(text);
  }
}

function addHover(card, svg, width, drawn, nameOf, stretches, scale) {
  const cross = element(svg, 'line', { class: 'cross', y1: MARGIN.top, y2: HEIGHT - MARGIN.bottom, visibility: 'hidden' });
  const tip = element(card, 'div', { class: 'tip' });
  const hide = () => { tip.style.display = 'none'; cross.setAttribute('visibility', 'hidden'); };
  svg.addEventListener('mouseleave', hide);
  svg.addEventListener('mousemove', (event) => {
    const box = svg.getBoundingClientRect();
    const inside = (event.clientX - box.left) * (width / box.width);
    const at = scale.from + ((inside - MARGIN.left) / (width - MARGIN.left - MARGIN.right)) * (scale.to - scale.from);
    let nearest = null;
    for (const t of drawn[0].times) if (nearest === null || Math.abs(t - at) < Math.abs(nearest - at)) nearest = t;
    if (nearest === null || inside < MARGIN.left - 8) { hide(); return; }
    cross.setAttribute('x1', scale.x(nearest));
    cross.setAttribute('x2', scale.x(nearest));
    cross.setAttribute('visibility', 'visible');
    tip.replaceChildren();
    element(tip, 'b', {}, timeText(nearest));
    const table = element(tip, 'table');
    for (const f of drawn) {
      const value = f.values[f.times.indexOf(nearest)];
      if (value === null || value === undefined) continue;
      const row = element(table, 'tr');
      element(row, 'td', {}, nameOf(f));
      element(row, 'td', {}, format(value, f.config.unit));
    }
    for (const s of stretches) if (nearest >= s.start && nearest <= s.end) element(tip, 'div', { style: `color: ${color(s.color)}` }, `${s.title}. ${s.text}`);
    tip.style.display = 'block';
    const left = (scale.x(nearest) / width) * box.width;
    tip.style.top = `${svg.offsetTop || 60}px`;
    tip.style.left = left > box.width / 2 ? '' : `${left + 34}px`;
    tip.style.right = left > box.width / 2 ? `${box.width - left + 34}px` : '';
  });
}

function drawTable(card, panel) {
  const frame = panel.frames[0];
  const fields = fieldsOf(frame);
  const rows = fields.length ? fields[0].values.length : 0;
  if (!rows) { element(card, 'p', { class: 'note' }, 'Nothing was found in this range.'); return; }
  const table = element(element(card, 'div', { class: 'scroll' }), 'table', { class: 'rows' });
  const head = element(element(table, 'thead'), 'tr');
  for (const f of fields) element(head, 'th', {}, f.name);
  const body = element(table, 'tbody');
  for (let i = 0; i < rows; ++i) {
    const row = element(body, 'tr');
    for (const f of fields) {
      const value = f.values[i];
      if (f.type === 'time') { element(row, 'td', {}, timeText(value)); continue; }
      if (f.type === 'number') { element(row, 'td', { class: 'number' }, f.config.unit === 'percentunit' && value !== null ? `${plain(100 * value)} %` : format(value, f.config.unit)); continue; }
      const mapping = (f.config.mappings || []).map((m) => m.options && m.options[value]).find(Boolean);
      const cell = element(row, 'td', { class: String(value).length > 40 ? 'text' : '' });
      if (mapping) element(cell, 'span', { class: 'pill', style: `color: ${color(mapping.color)}` }, mapping.text || value);
      else cell.textContent = value;
    }
  }
}

function draw() {
  const panels = JSON.parse(document.getElementById('panels').textContent);
  const main = document.querySelector('main');
  main.replaceChildren();
  for (const panel of panels) {
    const card = element(main, 'section', { class: panel.wide ? 'wide' : '' });
    element(card, 'h2', {}, panel.title);
    element(card, 'p', { class: 'note' }, panel.note);
    for (const frame of panel.frames) for (const notice of (frame.schema.meta && frame.schema.meta.notices) || []) element(card, 'p', { class: 'note' }, notice.text);
    if (panel.kind === 'table') drawTable(card, panel); else drawGraph(card, panel);
  }
}

function setTheme(theme) {
  document.documentElement.dataset.theme = theme;
  document.getElementById('theme').textContent = theme === 'dark' ? 'Light theme' : 'Dark theme';
}

const asked = new URLSearchParams(window.location.search).get('theme');
setTheme(asked || (window.matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light'));
document.getElementById('theme').addEventListener('click', () => setTheme(document.documentElement.dataset.theme === 'dark' ? 'light' : 'dark'));
draw();
let resize = 0;
window.addEventListener('resize', () => { clearTimeout(resize); resize = setTimeout(draw, 150); });
