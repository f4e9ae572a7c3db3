import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { embed, knn, type Pooling } from '../../src/index.ts';
import { shared, unlessShared } from '../shared.ts';
import { temporaryFolder } from '../temporary.ts';

/** Correct texts of 60 by leave-one-out. */
async function right(folder: string, data: string, pooling: Pooling): Promise<number> {
  const rows = readFileSync(data, 'utf8')
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => [line.slice(0, line.lastIndexOf(',')), line.slice(line.lastIndexOf(',') + 1).trim()] as const);
  const { vectors } = await embed({
    model: folder,
    texts: rows.map(([text]) => text),
    poolings: [pooling],
    cache: temporaryFolder(),
    offline: true,
  });
  const { scores } = await knn({ vectors: vectors[0]!, labels: rows.map(([, label]) => label), protocol: 'leave-one-out' });
  return Math.round(scores.accuracy * rows.length);
}

const CASES: readonly (readonly [what: string, folder: string, folderOf: string, data: string, pooling: Pooling, right: number])[] = [
  [
    'tokenizer_config.json lower-cases over a cased tokenizer.json',
    '02-tokenizer-config-overrides',
    'cased-st',
    'caps.csv',
    'as-published',
    32,
  ],
  ['a sentence encoder lower-cases, as published', '10-sentence-do-lower-case', 'st_lower', 'caps.csv', 'as-published', 32],
  ['a sentence encoder lower-cases for every pooling', '10-sentence-do-lower-case', 'st_lower', 'caps.csv', 'mean', 32],
  ['positions of a RoBERTa are fed from behind the padding id', '08-roberta-onnx-position-ids', 'roberta-pos', 'plain.csv', 'mean', 35],
  ['and are counted so by the graph itself', '08-roberta-onnx-position-ids', 'roberta-plain', 'plain.csv', 'mean', 35],
];

for (const [what, place, folder, data, pooling, count] of CASES) {
  test(`words of a folder: ${what}`, { skip: unlessShared('cases', place) }, async () => {
    assert.equal(await right(shared('cases', place, folder), shared('cases', place, data), pooling), count);
  });
}
