import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { readRows } from '../../src/results/csv.ts';
import { ownOracle } from '../oracles.ts';
import { temporaryFolder } from '../temporary.ts';
import { bench } from './bench.ts';

const root = temporaryFolder();
const data = path.join(root, 'data.csv');
writeFileSync(data, `text,label\n${Array.from({ length: 12 }, (_, i) => `the committee asked ${i} questions,${i % 2}`).join('\n')}\n`);

function run(model: string, ...flags: readonly string[]) {
  const args = ['run', '--model', model, '--dataset', data, '--pooling', 'cls', '--protocol', 'complete', '--quiet', ...flags];
  return bench(args, { cache: path.join(root, 'cache') });
}

for (const [oracle, flags, attention] of [
  ['longformer', [], 'local'],
  ['longformer', ['--global-attention', 'first'], 'local+first'],
  ['bigbird', [], 'blocks'],
  ['bigbird', ['--random-blocks', 'published'], 'blocks+random'],
  ['roberta', ['--global-attention', 'first'], ''],
] as const) {
  test(`run: a row of ${oracle} ${flags.join(' ')} says "${attention}" in its column attention`, async () => {
    const out = path.join(root, [oracle, ...flags].join('-'));
    const { status, err } = await run(ownOracle(oracle), ...flags, '--out', out);
    assert.equal(status, 0, err);
    const { rows } = await readRows(path.join(out, 'results.csv'));
    assert.deepEqual(
      rows.map((row) => row.attention),
      [attention],
    );
  });
}

test('run: a row of --dtype q8 says so, and so does one of weights stored as they are', async () => {
  for (const [flags, dtype] of [
    [[], 'fp32'],
    [['--dtype', 'q8'], 'q8'],
  ] as const) {
    const out = path.join(root, `electra-${dtype}`);
    const { status, err } = await run(ownOracle('electra'), ...flags, '--out', out);
    assert.equal(status, 0, err);
    assert.deepEqual(
      (await readRows(path.join(out, 'results.csv'))).rows.map((row) => row.dtype),
      [dtype],
    );
  }
});
