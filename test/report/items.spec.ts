import assert from 'node:assert/strict';
import { test } from 'node:test';
import { drawnItems } from '../../src/report/items.ts';
import { markdownOf } from '../../src/report/markdown.ts';
import { terminalOf } from '../../src/report/terminal.ts';
import { scored } from '../results/rows.ts';

const TAGS = {
  task: 'token-classification',
  protocol: 'head',
  objective: 'classic',
  seed: '1',
  split: 'test',
  span_f1: '50.00',
  span_f1_low: '40.00',
  span_f1_high: '60.00',
};
const tags = scored('a', 'wnut', '90.00', { ...TAGS, micro_f1: '' });
const texts = scored('a', 'trec6', '90.00', {
  protocol: 'head',
  objective: 'classic',
  seed: '1',
  split: 'test',
  micro_f1_low: '80.00',
  micro_f1_high: '95.00',
});

test('items: intervals are over texts, over sentences of tags, or over either', () => {
  for (const [rows, words] of [
    [[texts], 'the texts'],
    [[tags], 'the sentences'],
    [[texts, tags], 'the texts, of tags over the sentences'],
  ] as const) {
    assert.equal(drawnItems(rows), words);
    assert.ok(terminalOf({ rows, tty: false, width: 80, color: false }).includes(`in brackets: 95% CI over ${words}\n`));
    assert.ok(markdownOf({ rows }).includes(`In brackets: 95% CI over ${words}.`));
  }
});

test('items: words have tags, texts have classes', () => {
  assert.match(
    markdownOf({ rows: [tags] }),
    /each word is given the tag of its nearest neighbours \(k = 5.*\) among the train words, or predicted by the classification head/,
  );
  assert.match(
    markdownOf({ rows: [texts, tags] }),
    /each text is given the class of its nearest neighbours \(k = 5.*\) among the train texts, or predicted by the classification head/,
  );
});
