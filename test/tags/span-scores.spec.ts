import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findScheme } from '../../src/tags/scheme.ts';
import { spanScores } from '../../src/tags/span-scores.ts';
import { spansOf, type Span } from '../../src/tags/spans.ts';
import { agrees } from '../statistics/regression-reference.ts';
import { SHARED_SPANS, sharedSpans } from './shared-spans.ts';
import { tags, typed } from './reference.ts';

const read = (...lines: string[]): Span[][] => lines.map((line) => spansOf(tags(line), typed('IOB2')));
const f1 = (gold: Span[][], predicted: Span[][]) => spanScores({ gold, predicted }).micro.f1;

test('span scores: those of seqeval, default mode, to 1e-12', { skip: SHARED_SPANS }, () => {
  let checked = 0;
  for (const { name, gold, predicted, lenient } of sharedSpans()) {
    const scheme = findScheme([...gold, ...predicted]).scheme ?? typed('IOB2');
    const of = (corpus: readonly (readonly string[])[]) => corpus.map((sentence) => spansOf(sentence, scheme));
    const { micro, macro } = spanScores({ gold: of(gold), predicted: of(predicted) });
    const found = [micro.precision, micro.recall, micro.f1, macro.precision, macro.recall, macro.f1];
    for (const [i, expected] of [...lenient.micro, ...lenient.macro].entries()) {
      assert.ok(agrees(found[i]!, expected, 1e-12), `${name}: ${found[i]}`);
    }
    checked++;
  }
  assert.equal(checked, 25);
});

test('span scores: exact numbers, by type, and types that are only in one', () => {
  const gold = read('B-PER I-PER O B-LOC', 'B-PER');
  const predicted = read('B-PER I-PER O B-PER', 'B-creative-work');
  const { micro, macro, types } = spanScores({ gold, predicted });
  assert.deepEqual(micro, { hits: 1, gold: 3, predicted: 3, precision: 1 / 3, recall: 1 / 3, f1: 1 / 3 });
  assert.deepEqual(types, [
    { type: 'LOC', hits: 0, gold: 1, predicted: 0, precision: 0, recall: 0, f1: 0 },
    { type: 'PER', hits: 1, gold: 2, predicted: 2, precision: 0.5, recall: 0.5, f1: 0.5 },
    { type: 'creative-work', hits: 0, gold: 0, predicted: 1, precision: 0, recall: 0, f1: 0 },
  ]);
  assert.deepEqual(macro, { precision: 0.5 / 3, recall: 0.5 / 3, f1: 0.5 / 3 });
});

test('span scores: no spans in gold and predictions are 0, not 1; their mean over types is none', () => {
  const { micro, macro, types } = spanScores({ gold: read('O O', ''), predicted: read('O O', '') });
  assert.deepEqual(micro, { hits: 0, gold: 0, predicted: 0, precision: 0, recall: 0, f1: 0 });
  assert.deepEqual([macro, types], [{ precision: NaN, recall: NaN, f1: NaN }, []]);
});

test('span scores: a span is the whole of it, in its own sentence', () => {
  assert.equal(f1(read('B-PER I-PER O'), read('B-PER O O')), 0);
  assert.equal(f1(read('B-PER I-PER O'), read('O B-PER O')), 0);
  assert.equal(f1(read('B-PER', 'O'), read('O', 'B-PER')), 0);
  assert.equal(f1(read('O B-__proto__', 'B-constructor'), read('O B-__proto__', 'B-constructor')), 1);
});

test('span scores: what they refuse', () => {
  assert.throws(() => spanScores({ gold: read('O'), predicted: [] }), { code: 'SHAPE', message: '0 predictions for 1 sentences.' });
  assert.throws(() => spanScores({ gold: [], predicted: [] }), { code: 'DATA', message: 'No sentences to score.' });
});
