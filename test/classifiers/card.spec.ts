import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { modelCard, type CardParams } from '../../src/classifiers/card.ts';
import { licenceIn } from '../../src/classifiers/licence.ts';
import { temporaryFolder } from '../temporary.ts';

const HOSTILE = 'a|b`c\n# d\n```\n</td><script>alert(1)</script> [x](y) ---';
const CARD: CardParams = {
  name: 'topics',
  record: {
    version: 1,
    kind: 'head',
    classes: ['film', 'code'],
    multiLabel: false,
    pooling: 'mean',
    maxLength: 128,
    neighbours: { k: 5, metric: 'euclidean', votes: 'uniform' },
    temperature: 1.5,
    calibration: { split: 'dev', texts: 4, eceBefore: 0.1, eceAfter: 0.05 },
    dataset: { name: 'mine', hash: 'abc', labelField: 'topic' },
  },
  encoder: 'bert',
  objective: 'classic',
  settings: [['epochs', '3']],
  version: '0.0.0',
  texts: { train: 8, dev: 4, test: 4 },
  sample: '',
  trainCounts: [5, 3],
  splits: [
    {
      split: 'test',
      trained: { kind: 'single', truth: Int32Array.of(0, 0, 1, 1), predicted: Int32Array.of(0, 0, 1, 0), classes: 2 },
      frozen: { kind: 'single', truth: Int32Array.of(0, 0, 1, 1), predicted: Int32Array.of(0, 1, 1, 0), classes: 2 },
    },
  ],
  testCalibration: { before: 0.2, after: 0.1 },
  blocksAbove: undefined,
  cut: 1,
  total: 16,
  licence: { name: 'apache-2.0', where: 'the registry' },
  baseModel: 'org/bert',
  hubDataset: 'org/mine',
  kept: [],
  hasLogits: true,
  hasPipeline: true,
  isSentenceEncoder: false,
  inputs: [
    { name: 'input_ids', type: 'int64' },
    { name: 'attention_mask', type: 'int64' },
  ],
  firstPosition: 0,
  padId: 0,
  truncation: 'right',
  wordMark: '',
  token: 'mean',
};

/** The front matter of a card, read as the hub reads it. */
function frontOf(card: string): unknown {
  return parse(/^---\n([\s\S]*?)\n---\n/.exec(card)![1]!);
}

test('model card: front matter, scores with intervals, per class, calibration', () => {
  const card = modelCard(CARD);
  assert.deepEqual(frontOf(card), {
    license: 'apache-2.0',
    base_model: 'org/bert',
    pipeline_tag: 'text-classification',
    library_name: 'transformers.js',
    tags: ['embedding-bench', 'onnx'],
    datasets: ['org/mine'],
  });
  for (const line of [
    /^\| test \| this model \| 75\.0 \[\d+\.\d, 100\.0\] \| 73\.3 \[.*\] \| 4 \|$/m,
    /^\| test \| frozen encoder, k-NN \| 50\.0 /m,
    /^\| test \| majority class \| 50\.0 \[.*\] \| 33\.3 /m,
    /^\| film \| 66\.7 \| 100\.0 \| 80\.0 \| 2 \|$/m,
    /^\| code \| 100\.0 \| 50\.0 \| 66\.7 \| 2 \|$/m,
    /^\| dev, fitted on \| 10\.0 \| 5\.0 \| 4 \|\n\| test \| 20\.0 \| 10\.0 \|  \|$/m,
    /^Logits are divided by the temperature 1\.5, /m,
    /: apache-2\.0, according to the registry\.$/m,
    /1 of the 16 texts of the dataset were longer\.$/m,
  ]) {
    assert.match(card, line);
  }
});

test('model card: what is not known is left out, or said', () => {
  const { calibration: _none, ...record } = CARD.record;
  const card = modelCard({
    ...CARD,
    record,
    licence: undefined,
    baseModel: undefined,
    hubDataset: undefined,
    splits: [],
    testCalibration: undefined,
  });
  assert.deepEqual(Object.keys(frontOf(card) as object), ['pipeline_tag', 'library_name', 'tags']);
  assert.match(card, /\(bert\): not stated\.$/m);
  assert.match(card, /^No texts were held out: accuracy on new texts is unknown/m);
  assert.match(card, /^No texts were held out to fit a temperature/m);
});

test('model card: names are text, whatever marks they have', () => {
  const record = {
    ...CARD.record,
    classes: [HOSTILE, '', '__proto__'],
    prompt: { text: HOSTILE },
    dataset: { name: HOSTILE, hash: HOSTILE, labelField: HOSTILE },
  };
  const card = modelCard({
    ...CARD,
    record,
    name: HOSTILE,
    encoder: HOSTILE,
    trainCounts: [3, 2, 1],
    settings: [['prompt', HOSTILE]],
    baseModel: HOSTILE,
    sample: HOSTILE,
  });
  frontOf(card);
  const prose = card.replace(/^---\n[\s\S]*?\n---\n/, '').replaceAll(/^```\w+\n[\s\S]*?\n```$/gm, '');
  assert.doesNotMatch(prose, /<script|^# d|^```/m);
  assert.equal(prose.match(/^#+ .*$/gm)!.length, 8);
  for (const table of prose.match(/(?:^\|.*\|$\n?)+/gm)!) {
    const widths = table
      .trimEnd()
      .split('\n')
      .map((line) => line.match(/(?<!\\)\|/g)!.length);
    assert.equal(new Set(widths).size, 1, table);
  }
  // Strings within code stay on their line.
  for (const [, code] of card.matchAll(/^```\w+\n([\s\S]*?)\n```$/gm)) assert.doesNotMatch(code!, /^(?:# d|```)/m);
});

test('licence: of a model card, else of a licence’s text', async () => {
  const root = temporaryFolder();
  const cases: readonly (readonly [string, string, string | undefined])[] = [
    ['README.md', '---\nlicense: MIT\ntags: [a]\n---\n# x', 'mit'],
    ['README.md', '---\r\nlicense:\r\n- apache-2.0\r\n- mit\r\n---\r\n', 'apache-2.0'],
    ['README.md', '---\nlicense: "a b <script>"\n---\n', undefined],
    ['README.md', '---\nlicense: [\n---\n', undefined],
    ['README.md', '# no front matter\nlicense: mit', undefined],
    ['LICENSE', '                                 Apache License\n                           Version 2.0, January 2004', 'apache-2.0'],
    ['LICENSE.txt', 'MIT License\n\nCopyright', 'mit'],
    ['LICENSE', 'All rights reserved.', 'other'],
    ['LICENSE', '\n', undefined],
  ];
  for (const [i, [file, text, expected]] of cases.entries()) {
    const folder = path.join(root, String(i));
    mkdirSync(folder);
    writeFileSync(path.join(folder, file), text);
    assert.deepEqual(await licenceIn(folder), expected === undefined ? undefined : { name: expected, where: `its ${file}` }, text);
  }
});
