import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { packageRoot } from '../../../src/home.ts';
import { documented } from '../../../src/report/output/documented.ts';
import { outputCsv, outputJson } from '../../../src/report/output/output.ts';
import { outputJsonSchema } from '../../../src/report/output/schema.ts';
import { OUTPUT_SCHEMA, TABLES } from '../../../src/report/output/tables.ts';
import { csvOfRows } from '../../../src/results/csv.ts';
import { KINDS, type Table } from '../../../src/results/kinds.ts';
import { sortRows } from '../../../src/results/order.ts';
import { ROW_COLUMNS } from '../../../src/results/row-columns.ts';
import { COLUMNS, KEY_COLUMNS } from '../../../src/results/row.ts';
import { scored } from '../../results/rows.ts';
import { envelopeOf, faultsOf } from './valid.ts';

const read = (...names: string[]) => readFileSync(path.join(packageRoot(), ...names), 'utf8');

test('output: the published schema and the documented tables are those of the columns', () => {
  assert.equal(read('output.schema.json'), outputJsonSchema(), 'run `npm run schemas`');
  assert.equal(read('docs', 'output.md'), documented(read('docs', 'output.md')), 'run `npm run schemas`');
  assert.equal((JSON.parse(read('output.schema.json')) as { $id: string }).$id, OUTPUT_SCHEMA);
  for (const command of Object.keys(TABLES)) assert.match(read('docs', 'output.md'), new RegExp(`^### .*\`${command}\``, 'm'));
  assert.ok((JSON.parse(read('package.json')) as { files: string[] }).files.includes('*.schema.json'));
});

test('output: the table of results has the columns of results.csv in their order, and diff those that name a cell', () => {
  assert.deepEqual(Object.keys(ROW_COLUMNS), COLUMNS);
  assert.deepEqual(Object.keys(TABLES.diff).slice(0, KEY_COLUMNS.length), KEY_COLUMNS);
});

const ROWS = sortRows([
  scored('b', 'toy', '60.10', { layers: '9', max_length: '128', recall: '0.9800', seed: '0', objective: 'classic', epoch: '0' }),
  scored('a', 'toy', '0.00', { max_length: '256;512', members: 'x;y', micro_f1_low: '0.00', micro_f1_high: '100.00' }),
]);

test('output: numbers are numbers, what does not apply is null, nought is nought', () => {
  const { schema, command, rows, notes, failures } = envelopeOf(
    outputJson({
      command: 'run',
      rows: ROWS,
      notes: ['A\u001b[31m\nnote'],
      failures: [
        { encoder: 'e', dataset: 'd', reason: 'No.' },
        { file: 'f', reason: 'Damaged.' },
      ],
    }),
  );
  assert.deepEqual([schema, command, notes], ['urn:embedding-bench:output:5', 'run', ['A note']]);
  assert.deepEqual(
    rows.map(({ encoder, layers, accuracy, max_length: length, recall, seed, epoch, objective, micro_f1_low: low }) => ({
      encoder,
      layers,
      accuracy,
      length,
      recall,
      seed,
      epoch,
      objective,
      low,
    })),
    [
      { encoder: 'a', layers: 'last', accuracy: 0, length: [256, 512], recall: null, seed: null, epoch: null, objective: null, low: 0 },
      { encoder: 'b', layers: '9', accuracy: 60.1, length: 128, recall: 0.98, seed: 0, epoch: 0, objective: 'classic', low: null },
    ],
  );
  assert.deepEqual(failures, [
    { encoder: 'e', dataset: 'd', pooling: null, dim: null, prompt: null, objective: null, file: null, reason: 'No.' },
    { encoder: null, dataset: null, pooling: null, dim: null, prompt: null, objective: null, file: 'f', reason: 'Damaged.' },
  ]);
});

test('output: the CSV of results has the bytes of results.csv', () => {
  assert.equal(outputCsv({ command: 'show', rows: ROWS, tty: false }), csvOfRows(ROWS));
});

const CACHE = {
  kind: 'vectors',
  name: '',
  folder: '/f',
  encoder_file: '',
  max_length: '',
  prompt: '',
  vectors: 'mean',
  files: '1',
  bytes: '9',
  last_used: '2026-01-02T03:04:05.000Z',
  damaged: '0',
  removed: '',
  removed_bytes: '',
};
const PIN = { key: 'a', dtype: 'fp32', from: ['x'], files: '1' };
const MODEL = {
  key: 'a',
  aliases: ['b', 'c'],
  hub: '',
  family: 'bert',
  parameters: '22713216',
  licence: '',
  layers: '2',
  prompts: [],
  dtype: 'q4',
  form: 'onnx',
  from: ['x', 'y'],
  where: 'local',
  bytes: '',
  opened: 'true',
  trained: 'true',
  exported: '',
  answers: 'false',
} as const;

test('output: true and false, times and lists', () => {
  assert.deepEqual(envelopeOf(outputJson({ command: 'models', rows: [MODEL] })).rows, [
    {
      ...MODEL,
      hub: null,
      parameters: 22_713_216,
      licence: null,
      layers: 2,
      bytes: null,
      opened: true,
      trained: true,
      exported: null,
      answers: false,
    },
  ]);
  assert.equal(
    outputCsv({ command: 'models', rows: [MODEL], tty: false }),
    'key,aliases,hub,family,parameters,licence,layers,prompts,dtype,form,from,where,bytes,opened,trained,exported,answers\n' +
      'a,b; c,,bert,22713216,,2,,q4,onnx,x; y,local,,true,true,,false\n',
  );
  assert.deepEqual(envelopeOf(outputJson({ command: 'cache', rows: [CACHE] })).rows, [
    {
      ...CACHE,
      name: null,
      encoder_file: null,
      max_length: null,
      prompt: null,
      files: 1,
      bytes: 9,
      damaged: 0,
      removed: null,
      removed_bytes: null,
    },
  ]);
});

for (const [why, print] of [
  ['a count that is none', () => outputJson({ command: 'models --pin', rows: [{ ...PIN, files: '1.5' }] })],
  ['a name that is empty', () => outputJson({ command: 'models --pin', rows: [{ ...PIN, key: '' }] })],
  ['a word that is none of the column', () => outputJson({ command: 'models', rows: [{ ...MODEL, where: 'somewhere' }] })],
  ['a flag of another spelling', () => outputCsv({ command: 'models', rows: [{ ...MODEL, answers: 'yes' }], tty: false })],
  ['a time that is none', () => outputJson({ command: 'cache', rows: [{ ...CACHE, last_used: 'yesterday' }] })],
  ['a percentage above 100', () => outputCsv({ command: 'run', rows: [scored('a', 'toy', '100.01')], tty: false })],
] as const) {
  test(`output: ${why} is a mistake of ours, never printed`, () =>
    assert.throws(print, { code: 'INTERNAL', message: /^column \w+: ".*" is not a valid value\.$/ }));
}

test('output: the schema takes no other column, no missing one, no text for a number', () => {
  const good = JSON.parse(outputJson({ command: 'models --pin', rows: [PIN] })) as { rows: Record<string, unknown>[] };
  assert.deepEqual(faultsOf(good), []);
  const [row] = good.rows;
  const { files: _files, ...less } = row!;
  for (const bad of [{ ...row, more: 1 }, less, { ...row, files: '1' }, { ...row, key: null }])
    assert.notDeepEqual(faultsOf({ ...good, rows: [bad] }), []);
  for (const bad of [
    { ...good, command: 'run' },
    { ...good, schema: 'urn:embedding-bench:output:0' },
    { ...good, notes: undefined },
    { ...good, more: [] },
  ])
    assert.notDeepEqual(faultsOf(bad), []);
});

const takes = (kind: keyof typeof KINDS) => (text: string) => KINDS[kind].parse(text);

test('output: what a kind takes of a CSV', () => {
  assert.deepEqual(['0', '12', '-1', '1.0', '1e3', '', ' 1', '9007199254740993'].map(takes('count')), [
    0,
    12,
    undefined,
    undefined,
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
  assert.deepEqual(['256', '256;512', '256;', ';', 'x'].map(takes('counts')), [256, [256, 512], undefined, undefined, undefined]);
  assert.deepEqual(['0', '100.00', '100.01', '-0.01', '1e1', 'NaN'].map(takes('percent')), [
    0,
    100,
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
  assert.deepEqual(['-1.5', '1.2e-7', '1e400', 'Infinity', '0x1'].map(takes('number')), [-1.5, 1.2e-7, undefined, undefined, undefined]);
  assert.deepEqual(['0', '1', '1.01'].map(takes('fraction')), [0, 1, undefined]);
  assert.deepEqual(['-100', '100', '100.5'].map(takes('points')), [-100, 100, undefined]);
  assert.deepEqual(['true', 'false', 'yes', '1'].map(takes('flag')), [true, false, undefined, undefined]);
});

test('output: a column that may be empty says so, and what it says is a phrase', () => {
  for (const [command, table] of Object.entries(TABLES) as [string, Table][]) {
    for (const [name, { about }] of Object.entries(table)) {
      assert.match(name, /^[a-z][a-z0-9_]*$/, command);
      assert.doesNotMatch(about, /[\n|]|\.$/, `${command}: ${name}`);
    }
  }
});
