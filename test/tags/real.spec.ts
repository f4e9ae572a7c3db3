import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lines } from '../../src/datasets/lines.ts';
import { conll } from '../../src/datasets/readers/conll.ts';
import { conllu } from '../../src/datasets/readers/conllu.ts';
import { findScheme } from '../../src/tags/scheme.ts';
import { spanScores } from '../../src/tags/span-scores.ts';
import { spansOf } from '../../src/tags/spans.ts';
import { shared, unlessShared } from '../shared.ts';

for (const { name, words, outside, spans } of [
  { name: 'wnut17train.conll', words: 62_730, outside: 59_570, spans: 1975 },
  { name: 'emerging.dev.conll', words: 15_733, outside: 14_483, spans: 836 },
  { name: 'emerging.test.annotated', words: 23_394, outside: 21_654, spans: 1079 },
]) {
  const parts = ['tasks', 'data', 'wnut17', name];
  test(`tags of WNUT-17, ${name}: IOB2, nothing broken, a span for each B-`, { skip: unlessShared(...parts) }, () => {
    const file = { path: shared(...parts), name, encoding: 'utf8' } as const;
    const tags = Array.from(conll({ lines: lines(file), file }), (sentence) => sentence.tags);
    const found = findScheme(tags);
    assert.deepEqual(found, {
      scheme: { name: 'IOB2', bare: false },
      told: 'scheme',
      words,
      outside,
      fitting: words - outside,
      misfits: [],
      broken: { unopened: 0, changed: 0, unclosed: 0, needless: 0 },
    });
    const gold = tags.map((sentence) => spansOf(sentence, found.scheme!));
    const { micro, macro, types } = spanScores({ gold, predicted: gold });
    assert.deepEqual([micro.gold, micro.f1, macro.f1], [spans, 1, 1]);
    assert.deepEqual(
      types.map(({ type }) => type),
      ['corporation', 'creative-work', 'group', 'location', 'person', 'product'],
    );
  });
}

for (const name of ['en_ewt-ud-dev.first500.conllu', 'en_ewt-ud-test.first300.conllu']) {
  const parts = ['tasks', 'data', 'ud_english_ewt', name];
  test(`tags of UD English EWT, ${name}: plain, in every column`, { skip: unlessShared(...parts) }, () => {
    const file = { path: shared(...parts), name, encoding: 'utf8' } as const;
    for (const column of ['upos', 'xpos', 'feats', 'deprel', 'lemma', 'form'] as const) {
      const { scheme, told, fitting } = findScheme(Array.from(conllu({ lines: lines(file), file, column }), ({ tags }) => tags));
      assert.deepEqual([scheme, told], [undefined, 'form'], column);
      if (column === 'upos' || column === 'xpos') assert.equal(fitting, 0);
    }
  });
}
