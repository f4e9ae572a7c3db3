import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answerOf } from '../../../src/report/verdict/answer.ts';
import { scored } from '../../results/rows.ts';

const WIDE = { tty: false, width: Number.POSITIVE_INFINITY };

test('answer: for one setting of the search, and whether the others agree', () => {
  const rows = [
    ['3', '70.00', '60.00'],
    ['5', '71.00', '61.00'],
    ['9', '60.00', '72.00'],
  ].flatMap(([k, a, b]) => [scored('a', 'toy', a!, { k: k! }), scored('b', 'toy', b!, { k: k! })]);
  const text = answerOf({ rows, ...WIDE });
  assert.match(text, /^a \(mean\) scores highest on toy \(k 3\): micro-F1 70\.00; not tested for significance\.$/m);
  assert.match(text, /^toy: answered for k 3; with k 9 the answer differs\.$/m);
  assert.match(answerOf({ rows: rows.slice(0, 4), ...WIDE }), /^toy: answered for k 3; the same encoders come first with k 5\.$/m);
});

test('answer: equal scores share a rank, and nothing is said to be best', () => {
  const text = answerOf({ rows: [scored('a', 'toy', '70.00'), scored('b', 'toy', '70.00'), scored('c', 'toy', '60.00')], ...WIDE });
  assert.match(text, /^1= +a .*\n1= +b .*\n3 +c /m);
  assert.match(text, /^a \(mean\) scores highest on toy, level with b: micro-F1 70\.00; not tested for significance\.$/m);
});

test('answer: how ties were found, and that concatenations are not ranked', () => {
  const more = { micro_f1_low: '60.00', micro_f1_high: '80.00' };
  const text = answerOf({
    rows: [
      scored('a', 'toy', '70.00', more),
      scored('b', 'toy', '50.00', { micro_f1_low: '49.00', micro_f1_high: '51.00' }),
      scored('concat-all', 'toy', '90.00'),
    ],
    ...WIDE,
  });
  assert.match(text, /^Ties: tests from the intervals \(predictions are missing\) against the best, Holm-corrected \(1 comparison\)\.$/m);
  assert.match(text, /^Not ranked here: concat all models; its results are among all results\.$/m);
  assert.match(
    text,
    /^a \(mean\) is best on toy: micro-F1 70\.00 \[60\.00, 80\.00\], significantly better than b \(50\.00, p [=<] [\d.e-]+\)\.$/m,
  );
});

test('answer: on a narrow terminal columns go, the score stays', () => {
  const rows = ['a-rather-long-name-of-an-encoder', 'another-long-name-of-an-encoder'].map((encoder, at) =>
    scored(encoder, 'toy', `${70 - at}.00`, { micro_f1_low: '60.00', micro_f1_high: '80.00' }),
  );
  for (const width of [40, 60, 80, 120]) {
    const text = answerOf({ rows, tty: true, width });
    assert.deepEqual(
      text.split('\n').filter((line) => line.length > width),
      [],
      String(width),
    );
    assert.match(text, /Micro-F1/);
    assert.match(text, /70\.00/);
  }
});

test('answer: of fine-tuned encoders the interval and p stay longer than the best epoch', () => {
  const tuned = {
    objective: 'cea-all-negatives',
    epoch: '3',
    split: 'test',
    protocol: 'fit-train',
    micro_f1_low: '60.00',
    micro_f1_high: '80.00',
  };
  const rows = ['all-MiniLM-L6-v2', 'bge-small-en-v1.5'].map((encoder, at) => scored(encoder, 'toy', `${70 - at}.00`, tuned));
  const text = answerOf({ rows, tty: true, width: 90 });
  assert.match(text, /│ CEA batch \+ all negatives │ +70\.00 │ 60\.00 – 80\.00 │/);
  assert.match(text, /Not shown at this width: Scored by[^;]* and Best epoch;/);
});
