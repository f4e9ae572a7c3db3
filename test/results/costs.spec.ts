import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { mergeCosts, readCosts, writeCosts, type CostRow } from '../../src/results/costs.ts';
import { temporaryFolder } from '../temporary.ts';

const root = temporaryFolder();
const cost = (encoder: string, dataset: string, ms: string, texts = ''): CostRow => ({
  encoder,
  dataset,
  dtype: 'fp32',
  parameters: '1000',
  text_ms: ms,
  tokens_per_second: '1',
  memory_mb: '1',
  max_length: '64',
  texts,
  prompt: '',
  device: '',
});

test('costs: what an encoder costs on one dataset replaces nothing of another', async () => {
  const file = path.join(root, 'costs.csv');
  const rows = mergeCosts({ old: [cost('a', 'short', '1'), cost('a', 'long', '9')], fresh: [cost('a', 'short', '2', '200')] });
  await writeCosts({ file, rows });
  assert.deepEqual(
    (await readCosts(file)).map(({ dataset, text_ms: ms }) => [dataset, ms]),
    [
      ['long', '9'],
      ['short', '2'],
    ],
  );
});

test('costs: a file of an older version names no dataset', async () => {
  const file = path.join(root, 'old.csv');
  writeFileSync(file, 'encoder,dtype,parameters,text_ms,tokens_per_second,memory_mb,max_length\na,fp32,1000,2.500,4000,120,64\n');
  assert.deepEqual(await readCosts(file), [{ ...cost('a', '', '2.500'), tokens_per_second: '4000', memory_mb: '120' }]);
});

test('costs: a measurement on few texts replaces none on more', () => {
  // [texts of the row, texts of the run], whether the run's is kept.
  const cases: readonly [string, string, boolean][] = [
    ['1000', '0', false],
    ['1000', '1', false],
    ['1000', '199', false],
    ['1000', '200', true],
    ['200', '5000', true],
    ['0', '0', true],
    ['0', '1', true],
    ['150', '149', false],
    ['150', '150', true],
    // Older files do not say.
    ['', '199', false],
    ['', '200', true],
  ];
  for (const [before, now, replaced] of cases) {
    const [row] = mergeCosts({ old: [cost('a', 'd', '1.350', before)], fresh: [cost('a', 'd', '512.000', now)] });
    assert.equal(row!.text_ms, replaced ? '512.000' : '1.350', `${before} then ${now}`);
  }
  assert.deepEqual(
    mergeCosts({ old: [], fresh: [cost('a', 'd', '512.000', '0')] }).map((row) => row.texts),
    ['0'],
  );
});
