import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resultKey } from '../../src/results/merge.ts';
import {
  predictionsFile,
  predictionsOf,
  mergePredictions,
  NO_PREDICTIONS,
  outcomesOf,
  parsePredictions,
  textOfPredictions,
} from '../../src/results/predictions.ts';
import type { Outcomes } from '../../src/statistics/outcomes.ts';
import { row } from './rows.ts';

const CLASSES = ['a', 'b', 'c'];
const SINGLE: Outcomes = { kind: 'single', truth: Int32Array.of(0, 1, 2, 0), predicted: Int32Array.of(0, 2, 2, 1), classes: 3 };
const MULTI: Outcomes = {
  kind: 'multi',
  truth: [Int32Array.of(0, 2), Int32Array.of(1), Int32Array.of(0)],
  predicted: [Int32Array.of(0, 2), Int32Array.of(0, 1), new Int32Array()],
  classes: 3,
};
const WHERE = { file: 'e.jsonl' };
const HINT = 'Delete the line or the file: its results are recomputed.';

test('examples: a line for what the texts are, and one for each cell, a sign for each text', () => {
  const text = textOfPredictions(predictionsOf({ row: row({ pooling: 'cls' }), outcomes: SINGLE, classes: CLASSES }));
  assert.equal(
    text,
    [
      '{"truth":"42a30a1bfe3f9934","classes":["a","b","c"],"labels":"ABCA"}',
      '{"cell":{"encoder":"tiny-bert","dataset":"toy-topics","pooling":"cls","layers":"last","protocol":"leave-one-out","split":"all","k":"5","metric":"euclidean","votes":"uniform","index":"exact","label_field":"class","dtype":"fp32"},"truth":"42a30a1bfe3f9934","given":".C.B"}',
      '',
    ].join('\n'),
  );
});

test('examples: what was written comes back, of one class a text and of several', () => {
  for (const outcomes of [SINGLE, MULTI]) {
    const text = textOfPredictions(predictionsOf({ row: row(), outcomes, classes: CLASSES }));
    assert.deepEqual(outcomesOf(parsePredictions({ text, ...WHERE }), resultKey(row()), 'e'), outcomes);
  }
});

test('examples: hundreds of classes', () => {
  const truth = Int32Array.from({ length: 1500 }, (_, i) => i);
  const outcomes: Outcomes = { kind: 'single', truth, predicted: truth.map((label) => (label * 7 + 26) % 1500), classes: 1500 };
  const text = textOfPredictions(predictionsOf({ row: row(), outcomes, classes: [...truth].map(String) }));
  assert.deepEqual(outcomesOf(parsePredictions({ text, ...WHERE }), resultKey(row()), 'e'), outcomes);
});

test('examples: the same bytes in any order; a recomputed result replaces its line, and unused texts are removed', () => {
  const one = predictionsOf({ row: row({ pooling: 'cls' }), outcomes: SINGLE, classes: CLASSES });
  const two = predictionsOf({ row: row({ pooling: 'mean' }), outcomes: MULTI, classes: CLASSES });
  assert.equal(textOfPredictions(mergePredictions(NO_PREDICTIONS, [one, two])), textOfPredictions(mergePredictions(two, [one])));
  const anew = predictionsOf({ row: row({ pooling: 'mean' }), outcomes: SINGLE, classes: CLASSES });
  const merged = mergePredictions(mergePredictions(one, [two]), [anew]);
  assert.deepEqual([merged.truths.size, merged.cells.size], [1, 2]);
  assert.equal(mergePredictions(merged, [], (key) => key !== resultKey(row({ pooling: 'mean' }))).cells.size, 1);
});

test('examples: a broken file is one line with file and line', () => {
  const [truth, cell] = textOfPredictions(predictionsOf({ row: row(), outcomes: SINGLE, classes: CLASSES })).split('\n') as [
    string,
    string,
  ];
  const refused: [string, string][] = [
    ['{"a":1}', `e.jsonl:1: Neither classes of texts nor predictions. ${HINT}`],
    ['nonsense', `e.jsonl:1: Neither classes of texts nor predictions. ${HINT}`],
    [truth.replace('ABCA', 'ABCB'), `e.jsonl:1: The classes of its texts differ from those written. ${HINT}`],
    [cell, `e.jsonl:1: It refers to texts missing above. ${HINT}`],
    [`${truth}\n${cell}\n${cell}`, `e.jsonl:3: Duplicate result: see a line above. ${HINT}`],
  ];
  for (const [text, message] of refused) assert.throws(() => parsePredictions({ text, ...WHERE }), { code: 'FORMAT', message });
});

test('examples: signs that do not fit their texts are refused', () => {
  const [truth, cell] = textOfPredictions(predictionsOf({ row: row(), outcomes: SINGLE, classes: CLASSES })).split('\n') as [
    string,
    string,
  ];
  for (const given of ['.C.', '.C.BB', '.D.B', '.c.B', '.C;B', `.${'z'.repeat(400)}A.B`, '']) {
    const predictions = parsePredictions({ text: `${truth}\n${cell.replace('.C.B', given)}`, ...WHERE });
    assert.throws(() => outcomesOf(predictions, resultKey(row()), 'e.jsonl'), { code: 'FORMAT' }, given);
  }
});

test('examples: a file name that no dataset leaves the folder by', () => {
  assert.equal(predictionsFile('results', '../../etc/x y'), 'results/examples/..-..-etc-x-y.jsonl');
  assert.equal(predictionsFile('results', 'trec6'), 'results/examples/trec6.jsonl');
});

test('examples: datasets of one file name share a file, each with its own', () => {
  const rows = ['数据', '文本'].map((dataset) => row({ dataset }));
  assert.equal(new Set(rows.map(({ dataset }) => predictionsFile('results', dataset))).size, 1);
  const other = { ...SINGLE, predicted: SINGLE.truth };
  const all = [
    predictionsOf({ row: rows[0]!, outcomes: SINGLE, classes: CLASSES }),
    predictionsOf({ row: rows[1]!, outcomes: other, classes: CLASSES }),
  ];
  const read = parsePredictions({ text: textOfPredictions(mergePredictions(all[0]!, [all[1]!])), ...WHERE });
  assert.deepEqual(
    rows.map((each) => outcomesOf(read, resultKey(each), 'e.jsonl')),
    [SINGLE, other],
  );
});
