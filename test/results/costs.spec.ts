import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { mergeCosts, readCosts, writeCosts, type CostRow } from '../../src/results/costs.ts';
import { temporaryFolder } from '../temporary.ts';

const root = temporaryFolder();
const cost = (encoder: string, dataset: string, ms: string): CostRow => ({ encoder, dataset, dtype: 'fp32', parameters: '1000', text_ms: ms, tokens_per_second: '1', memory_mb: '1', max_length: '64' });

test('costs: what an encoder costs on one data set replaces nothing of another', async () => {
  const file = path.join(root, 'costs.csv');
  const rows = mergeCosts({ old: [cost('a', 'short', '1'), cost('a', 'long', '9')], fresh: [cost('a', 'short', '2')] });
  await writeCosts({ file, rows });
  assert.deepEqual((await readCosts(file)).map(({ dataset, text_ms: ms }) => [dataset, ms]), [['long', '9'], ['short', '2']]);
});

test('costs: a file of an older version names no data set', async () => {
  const file = path.join(root, 'old.csv');
  writeFileSync(file, 'encoder,dtype,parameters,text_ms,tokens_per_second,memory_mb,max_length\na,fp32,1000,2.500,4000,120,64\n');
  assert.deepEqual(await readCosts(file), [{ ...cost('a', '', '2.500'), tokens_per_second: '4000', memory_mb: '120' }]);
});
