import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { z } from 'zod';
import type { ChooseOptions, FinetuneOptions, MapOptions, RankOptions, RunOptions } from '../../src/api/requests.ts';
import { parseRequest, requestOf, type REQUESTS } from '../../src/experiment/read-request.ts';
import { requestJsonSchema } from '../../src/experiment/request-schema.ts';
import { documentedRequests } from '../../src/experiment/request-tables.ts';
import { requestTypes } from '../../src/experiment/request-types.ts';
import { packageRoot } from '../../src/home.ts';
import { temporaryFolder } from '../temporary.ts';

const read = (...names: string[]) => readFileSync(path.join(packageRoot(), ...names), 'utf8');

test('requests: the committed schema, tables and types are what the shapes make', () => {
  assert.equal(read('request.schema.json'), requestJsonSchema(), 'run `npm run schemas`');
  assert.equal(read('docs', 'requests.md'), documentedRequests(read('docs', 'requests.md')), 'run `npm run schemas`');
  assert.equal(read('src', 'api', 'requests.ts'), requestTypes(), 'run `npm run schemas`');
});

/** Deeply readonly lists. */
type Fixed<T> = T extends readonly (infer Item)[]
  ? readonly Fixed<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: Fixed<T[Key]> }
    : T;
type Asked<C extends keyof typeof REQUESTS> = Fixed<Omit<z.input<(typeof REQUESTS)[C]>, 'command'>>;
type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : never) : never;

test('requests: the types of programs are those of the shapes', () => {
  // The compiler rejects differences.
  const same: readonly true[] = [
    true satisfies Same<RunOptions, Asked<'run'>>,
    true satisfies Same<RankOptions, Asked<'rank'>>,
    true satisfies Same<FinetuneOptions, Asked<'finetune'>>,
    true satisfies Same<ChooseOptions, Asked<'choose'>>,
    true satisfies Same<MapOptions, Asked<'map'>>,
  ];
  assert.ok(same.every(Boolean));
});

// Integers are bounded by numbers that JSON can represent, which strict mode rejects in a union.
const validate = new Ajv2020({ allErrors: true, allowUnionTypes: true }).compile(JSON.parse(read('request.schema.json')) as object);

const GOOD: readonly object[] = [
  { command: 'run' },
  { $schema: './request.schema.json', command: 'run', suite: 'quick', k: [1, 5], layers: [0, 3], pooling: ['all', 'concat'], seed: [1] },
  {
    command: 'run',
    encoders: ['./a', 'NAME=./b', 'hf:org/name', 'all-MiniLM-L6-v2@3'],
    datasets: ['./a.csv'],
    limit: { train: 100, dev: 0 },
  },
  { command: 'run', limit: 100, finetune: { objective: ['classic'], freeze: ['embeddings', 0], lr: 1e-4 } },
  { $schema: 'x', command: 'rank', encoders: ['./a'], datasets: ['trec6'], estimator: ['knn', 'logme'], budget: 90, curves: false },
  { $schema: 'x', command: 'finetune', encoders: ['./a'], datasets: ['./a.csv'], labelColumn: 'topic', epochs: 3, seed: [1, 2] },
  {
    $schema: 'x',
    command: 'choose',
    encoders: ['./a', './b'],
    datasets: ['./a.csv'],
    objective: 'classic',
    budgetTexts: 20_000,
    seed: [1, 2],
  },
  { $schema: 'x', command: 'map', encoders: ['./a'], datasets: ['./a.csv'], method: ['tsne', 'umap'], sample: 500 },
];

const BAD: readonly unknown[] = [
  {},
  [],
  { command: 'embed' },
  { command: 'run', encoder: './a' },
  { command: 'run', encoders: './a' },
  { command: 'run', encoders: [] },
  { command: 'run', k: [0] },
  { command: 'run', limit: { training: 5 } },
  { command: 'run', finetune: true },
  { command: 'run', finetune: { $schema: 'x' } },
  { command: 'run', delimiter: 'tab' },
  { command: 'rank', budget: '90s' },
  { command: 'rank', k: [5] },
  { command: 'finetune', lr: 0 },
  { command: 'finetune', metric: ['euclidean'] },
  { command: 'map', method: ['pca'] },
  { command: 'map', limit: 5 },
  { $schema: 5, command: 'map' },
];

test('requests: what the schema takes is read, and what it does not take is refused', () => {
  for (const good of GOOD) {
    assert.ok(validate(good), JSON.stringify([good, validate.errors]));
    assert.ok(!Object.hasOwn(parseRequest(good), '$schema'));
  }
  for (const bad of BAD) {
    assert.ok(!validate(bad), JSON.stringify(bad));
    // An invalid address is left to the editor to report.
    if (JSON.stringify(bad) !== '{"$schema":5,"command":"map"}') {
      assert.throws(() => parseRequest(bad), { code: 'OPTION' }, JSON.stringify(bad));
    }
  }
});

test('requests: that of the CEA tables is valid', () => {
  const [, json = ''] = /^```json\n([^]*?)^```/m.exec(read('docs', 'requests.md')) ?? [];
  assert.ok(validate(JSON.parse(json)), JSON.stringify(validate.errors));
});

test('requests: what is read is a request of the schema again, as run.json keeps it', () => {
  for (const good of GOOD) assert.ok(validate(JSON.parse(JSON.stringify(parseRequest(good)))), JSON.stringify(validate.errors));
});

test('requests: a file is a request, or the run.json of a run; what is wrong is said of the file', async () => {
  const file = path.join(temporaryFolder(), 'request.json');
  const request = { command: 'rank', encoders: ['./a'], datasets: ['trec6'], k: 3 };
  for (const [written, found] of [
    [{ $schema: './x.json', ...request }, parseRequest(request)],
    [{ command: ['rank', '--k', '3'], request: parseRequest(request) }, parseRequest(request)],
  ] as const) {
    writeFileSync(file, JSON.stringify(written));
    assert.deepEqual(await requestOf(file), found);
  }
  for (const [written, message] of [
    [{ ...request, k: 'many' }, `${file}: \`k\`: It takes a whole number of at least 1, got "many".`],
    [{ ...request, encoder: 'a' }, /request\.json: `encoder`: Unknown option\. Did you mean "encoders"\?/],
    [
      { request: null },
      `${file}: It contains no request. Give the run.json of \`bench run\`, \`rank\`, \`finetune\`, \`choose\` or \`map\`.`,
    ],
    [[], `${file}: Not a request: "command" is missing. Commands: run, rank, finetune, choose, map.`],
  ] as const) {
    writeFileSync(file, JSON.stringify(written));
    await assert.rejects(requestOf(file), { code: 'OPTION', message });
  }
});
