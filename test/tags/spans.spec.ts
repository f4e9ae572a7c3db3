import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NO_TYPE, SCHEMES } from '../../src/tags/letters.ts';
import { findScheme } from '../../src/tags/scheme.ts';
import { spansOf, tagsOf, type Span } from '../../src/tags/spans.ts';
import { SHARED_SPANS, sharedSpans } from './shared-spans.ts';
import { tags, typed, written } from './reference.ts';

const iob2 = (line: string) => written(spansOf(tags(line), typed('IOB2')));
const iobes = (line: string) => written(spansOf(tags(line), typed('IOBES')));
const tagging =
  (...spans: Span[]) =>
  () =>
    tagsOf({ spans, length: 3, scheme: typed('IOB2') });

test('spans: empty sentences, all O, one word, the end of a sentence', () => {
  assert.deepEqual([iob2(''), iob2('O O')], [[], []]);
  assert.deepEqual([iob2('B-PER'), iob2('I-PER'), iob2('O B-PER I-PER')], [['PER 0 1'], ['PER 0 1'], ['PER 1 3']]);
});

test('spans: begin at an inside without an opener, and at a change of type', () => {
  assert.deepEqual(iob2('I-PER I-PER O I-LOC'), ['PER 0 2', 'LOC 3 4']);
  assert.deepEqual(iob2('B-PER I-LOC I-PER'), ['PER 0 1', 'LOC 1 2', 'PER 2 3']);
  assert.deepEqual(iob2('B-PER B-PER I-PER'), ['PER 0 1', 'PER 1 3']);
});

test('spans: the type is the text after the first hyphen', () => {
  assert.deepEqual(iob2('B-creative-work I-creative-work B-work B--x B-_'), ['creative-work 0 2', 'work 2 3', '-x 3 4', '_ 4 5']);
});

test('spans: L, U, M, W are what E, S, I are, where seqeval makes one span of neighbours', () => {
  const expected = ['P 0 3', 'P 3 4', 'P 4 5', 'P 5 7'];
  for (const [scheme, line] of [
    ['IOBES', 'B-P I-P E-P S-P S-P B-P E-P'],
    ['BILOU', 'B-P I-P L-P U-P U-P B-P L-P'],
    ['BMES', 'B-P M-P E-P S-P S-P B-P E-P'],
    ['BMEOW', 'B-P M-P E-P W-P W-P B-P E-P'],
  ] as const) {
    assert.deepEqual(written(spansOf(tags(line), typed(scheme))), expected);
  }
});

test('spans: what is not closed, or not opened, in schemes with ends', () => {
  assert.deepEqual(iobes('E-P E-P I-P E-P'), ['P 0 1', 'P 1 2', 'P 2 4']);
  assert.deepEqual(iobes('S-P I-P O B-P S-P E-P'), ['P 0 1', 'P 1 2', 'P 3 4', 'P 4 5', 'P 5 6']);
  assert.deepEqual(iobes('B-P I-P O B-P E-Q'), ['P 0 2', 'P 3 4', 'Q 4 5']);
});

test('spans: a tag of another scheme is refused', () => {
  for (const tag of ['b-PER', 'B_PER', 'E-PER', 'X-PER', 'B', 'B-', '']) {
    assert.throws(() => spansOf(['O', tag], typed('IOB2')), { code: 'DATA', message: `"${tag}" is not a tag of IOB2.` });
  }
  assert.throws(() => spansOf(['B-x'], { name: 'BMES', bare: true }), {
    code: 'DATA',
    message: '"B-x" is not a tag of BMES without types.',
  });
});

test('spans: what tags of each scheme say is read back, and has nothing broken', () => {
  // 400 sentences from a written sequence, including adjacent and one-word spans.
  let x = 7;
  const below = (n: number) => {
    x = (Math.imul(1103515245, x) + 12345) & 0x7fffffff;
    return (x >> 16) % n;
  };
  const sentences = Array.from({ length: 400 }, () => {
    const length = below(12);
    const spans: Span[] = [];
    for (let at = 0; at < length;) {
      const to = Math.min(length, at + 1 + below(3));
      if (below(3) > 0) spans.push({ type: ['PER', 'creative-work', '__proto__'][below(3)]!, from: at, to });
      at = to;
    }
    return { length, spans };
  });
  for (const name of SCHEMES) {
    const corpus = sentences.map(({ spans, length }) => tagsOf({ spans: spans.toReversed(), length, scheme: typed(name) }));
    assert.deepEqual(
      corpus.map((line) => spansOf(line, typed(name))),
      sentences.map(({ spans }) => spans),
      name,
    );
    const { scheme, broken } = findScheme(corpus);
    assert.deepEqual([scheme, broken], [typed(name), { unopened: 0, changed: 0, unclosed: 0, needless: 0 }]);
    const bare = { name, bare: true };
    const untyped = sentences.map(({ spans }) => spans.map((span) => ({ ...span, type: NO_TYPE })));
    assert.deepEqual(
      sentences.map(({ length }, i) => spansOf(tagsOf({ spans: untyped[i]!, length, scheme: bare }), bare)),
      untyped,
    );
  }
});

test('spans: tags of each scheme, exactly', () => {
  const spans = [
    { type: 'P', from: 0, to: 2 },
    { type: 'P', from: 2, to: 3 },
    { type: 'Q', from: 3, to: 6 },
  ];
  const of = (name: (typeof SCHEMES)[number]) => tagsOf({ spans, length: 7, scheme: typed(name) }).join(' ');
  assert.deepEqual(SCHEMES.map(of), [
    'I-P I-P B-P I-Q I-Q I-Q O',
    'B-P I-P B-P B-Q I-Q I-Q O',
    'I-P E-P I-P I-Q I-Q I-Q O',
    'I-P E-P E-P I-Q I-Q E-Q O',
    'B-P E-P S-P B-Q I-Q E-Q O',
    'B-P L-P U-P B-Q I-Q L-Q O',
    'B-P E-P S-P B-Q M-Q E-Q O',
    'B-P E-P W-P B-Q M-Q E-Q O',
  ]);
});

test('spans: those that no tags can say are refused', () => {
  assert.throws(tagging({ type: 'P', from: 0, to: 2 }, { type: 'P', from: 1, to: 3 }), { code: 'SHAPE' });
  const message = 'Span 1 to 4 overlaps another, or is outside the 3 words.';
  assert.throws(tagging({ type: 'P', from: 1, to: 4 }), { code: 'SHAPE', message });
  assert.throws(tagging({ type: 'P', from: 1, to: 1 }), { code: 'SHAPE' });
  assert.throws(tagging({ type: 'P', from: -1, to: 1 }), { code: 'SHAPE' });
  assert.throws(tagging({ type: '', from: 0, to: 1 }), { code: 'SHAPE', message: 'A IOB2 tag cannot have the type "".' });
  const spans = [{ type: 'P', from: 0, to: 1 }];
  assert.throws(() => tagsOf({ spans, length: 1, scheme: { name: 'BMES', bare: true } }), { code: 'SHAPE' });
});

test('spans: those of seqeval, default mode', { skip: SHARED_SPANS }, () => {
  let checked = 0;
  for (const { name, gold, predicted, lenient } of sharedSpans()) {
    // Predictions use the classes of gold; those of a case with only O in gold are IOB2.
    const scheme = findScheme([...gold, ...predicted]).scheme ?? typed('IOB2');
    for (const [corpus, spans] of [
      [gold, lenient.gold_spans],
      [predicted, lenient.predicted_spans],
    ] as const) {
      const expected = spans.map((sentence) => sentence.map(([type, first, last]) => `${type} ${first} ${last + 1}`));
      assert.deepEqual(
        corpus.map((sentence) => written(spansOf(sentence, scheme))),
        expected,
        name,
      );
      checked++;
    }
  }
  assert.equal(checked, 50);
});
