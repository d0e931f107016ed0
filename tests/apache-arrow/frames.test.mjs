// Decodes what EncodeArrow writes with npm's apache-arrow and compares values, missing values and metadata with what
// the samples (tests/unit/frame/sample_frames.cc) hold. BELLWETHER_BUILD names the build folder.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { tableFromIPC, Type } from 'apache-arrow';

const build = resolve(process.env.BELLWETHER_BUILD ?? '../../build/release');
let folder;

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'frames-'));
  execFileSync(join(build, 'tests/apache-arrow/frame_samples'), [folder]);
});
after(() => rmSync(folder, { recursive: true, force: true }));

const read = (name) => tableFromIPC(readFileSync(join(folder, `${name}.arrow`)));
const field = (table, name) => table.schema.fields.find((candidate) => candidate.name === name);
const values = (table, name) => [...table.getChild(name)];
// Timestamps come out in milliseconds; their raw 64-bit values are what was written.
const raw = (table, name) => [...table.getChild(name).data[0].values];
const text = (bytes) => (bytes === null ? null : new TextDecoder().decode(bytes));

const EXTREMES = {
  int8: [-128, 127],
  int16: [-32768, 32767],
  int32: [-2147483648, 2147483647],
  int64: [-9223372036854775808n, 9223372036854775807n],
  uint8: [0, 255],
  uint16: [0, 65535],
  uint32: [0, 4294967295],
  uint64: [0n, 18446744073709551615n],
};

describe('every type', () => {
  for (const nulls of [false, true]) {
    const sample = nulls ? 'all_types_nulls' : 'all_types';
    const middle = (value) => (nulls ? null : value);

    test(`${sample}: values`, () => {
      const table = read(sample);
      assert.equal(table.numRows, 3);
      for (const [name, [low, high]] of Object.entries(EXTREMES)) {
        const one = typeof low === 'bigint' ? 1n : 1;
        assert.deepEqual(values(table, name), [low, middle(one), high], name);
      }
      assert.deepEqual(values(table, 'float32'), [-1.5, middle(Math.fround(0.1)), Math.fround(3e38)]);
      assert.deepEqual(values(table, 'float64'), [-1.5, middle(0.1), 1e300]);
      assert.deepEqual(values(table, 'bool'), [true, middle(false), true]);
      assert.deepEqual(values(table, 'string'), ['', middle('two "words"\n'), 'Grüße, 世界 🐏']);
      assert.deepEqual(values(table, 'json').map(text), ['{"a":[1,2]}', middle('null'), '"x"']);
      assert.deepEqual(values(table, 'enum'), [1, middle(0), 2]);
      const times = raw(table, 'time');
      assert.equal(times[0], 1700000000000000000n);
      assert.equal(times[2], 1700000120123456789n);
      assert.equal(table.getChild('time').isValid(1), !nulls);
    });

    test(`${sample}: types and metadata`, () => {
      const table = read(sample);
      assert.equal(table.schema.metadata.get('refId'), 'A');
      assert.equal(table.schema.metadata.get('name'), nulls ? 'every type with missing values' : 'every type');
      assert.equal(table.schema.metadata.has('meta'), false);
      for (const each of table.schema.fields) {
        assert.equal(each.nullable, nulls, each.name);
        assert.equal(table.getChild(each.name).nullCount, nulls ? 1 : 0, each.name);
      }
      assert.equal(field(table, 'time').typeId, Type.Timestamp);
      assert.equal(field(table, 'time').type.unit, 3);
      assert.equal(field(table, 'time').metadata.get('tstype'), 'time');
      assert.equal(field(table, 'json').typeId, Type.Binary);
      assert.equal(field(table, 'json').metadata.get('tstype'), 'other');
      assert.equal(field(table, 'enum').metadata.get('tstype'), 'enum');
      assert.deepEqual(JSON.parse(field(table, 'enum').metadata.get('config')), {
        type: { enum: { text: ['low', 'medium', 'high'] } },
      });
    });
  }
});

test('labels, config and meta arrive as JSON', () => {
  const table = read('full_metadata');
  const meta = JSON.parse(table.schema.metadata.get('meta'));
  assert.equal(meta.type, 'timeseries-wide');
  assert.deepEqual(meta.typeVersion, [0, 1]);
  assert.deepEqual(meta.custom, { budget: { perWeek: 1 }, method: 'seasonal' });
  assert.equal(meta.notices[1].severity, 'error');
  assert.equal(meta.notices[1].text, '2 series were left out: "a", "b".');
  assert.equal(meta.executedQueryString, 'rate(cpu[5m])\nby (host)');
  const upper = field(table, 'upper');
  assert.deepEqual(JSON.parse(upper.metadata.get('labels')), { host: 'web-1', zone: 'eu "west"' });
  const config = JSON.parse(upper.metadata.get('config'));
  assert.equal(config.custom.fillBelowTo, 'CPU lower');
  assert.deepEqual(config.custom.lineStyle, { fill: 'dash', dash: [10, 10] });
  assert.deepEqual(config.color, { mode: 'fixed', fixedColor: 'semi-dark-blue' });
  assert.deepEqual(values(table, 'upper'), [97.25, null]);
});

test('bits beyond whole bytes', () => {
  const table = read('odd_lengths');
  assert.equal(table.numRows, 77);
  const want = Array.from({ length: 77 }, (_, i) => (i % 5 === 3 ? null : i % 3 === 0));
  assert.deepEqual(values(table, 'flag'), want);
  const texts = Array.from({ length: 77 }, (_, i) => (i % 7 === 6 ? null : i % 2 === 0 ? 'even' : 'odd'));
  assert.deepEqual(values(table, 'text'), texts);
});

test('values that are not finite', () => {
  const table = read('not_finite');
  assert.deepEqual(values(table, 'plain'), [1, NaN, Infinity, -Infinity, -0]);
  assert.deepEqual(values(table, 'cleaned'), [1, null, null, null, 2]);
});

test('no rows, and no fields', () => {
  const rows = read('no_rows');
  assert.equal(rows.numRows, 0);
  assert.equal(rows.schema.fields.length, 15);
  const fields = read('no_fields');
  assert.equal(fields.schema.fields.length, 0);
  assert.equal(JSON.parse(fields.schema.metadata.get('meta')).notices.length, 1);
});
