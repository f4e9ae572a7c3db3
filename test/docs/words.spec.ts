import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OLD_WORDS } from '../old-words.ts';
import { PAGES } from './pages.ts';

/** Old words of messages, and those that only prose has; the field's terms are in docs/glossary.md. */
const OLD: readonly (readonly [RegExp, string])[] = [
  ...OLD_WORDS.map(({ old, instead }) => [old, instead] as const),
  [/\bnot told (?:from|apart)\b|\btold (?:from|apart)\b|\btells? \w+ apart\b/, 'not significantly different; tied'],
  [/\bverbs?\b/, 'command'],
  [/\bcells?\b/, 'result, configuration'],
  [/\bms a text\b|\bmilliseconds a text\b|\btexts a second\b/, 'ms/text, texts/s'],
  [/\bforetells?\b/, 'predicts'],
  [/\bin the plane\b/, 'in 2D'],
  [/\bof (?:your|one's) own\b/, 'your own …'],
  [/\bbesides?\b/, 'next to, with, against, other than'],
  [/\bwhere none is\b|\bwhere left out\b/, 'default: …; if omitted'],
  [/\bthe document(?:'s|s)?\b/, 'the CEA tables; these pages'],
  [/\bgoes on (?:from|after|behind|where)\b/, 'resumes'],
  [/\bfor a person\b/, 'human-readable'],
  [/\bis no (?:file|folder)\b/, 'is not a file or directory'],
  [/\bOnce more ends it\b/, 'Press Ctrl-C again to quit immediately'],
  [/\bEnd with status\b/, 'Exit with status'],
  [/\bclassic head\b/, 'classification head'],
  [/\bepoch chosen by dev\b/i, 'best epoch by dev score'],
  [/\bIs, was given\b|\bwas given Y\b/, 'true label, predicted label'],
  [/\bany of them\b/, 'random choice'],
  [/\bNobody\b|\bnobody knows\b/, 'size unknown'],
  [/\bnailed?\b/, 'pin'],
];

function faultsIn(text: string): string[] {
  return OLD.flatMap(([old, now]) => {
    const found = old.exec(text);
    return found === null ? [] : [`"${found[0]}" (${now})`];
  });
}

test('docs: no old words in what is written', () => {
  const faults = PAGES.flatMap(({ file, prose }) =>
    prose.flatMap(({ line, text }) =>
      faultsIn(
        text
          .replace(/^>.*/, '')
          .replaceAll(/`[^`]*`/g, '``')
          .replaceAll(/\]\([^)]*\)/g, ']'),
      ).map((fault) => `${file}:${line}: ${fault}`),
    ),
  );
  assert.equal(faults.join('\n'), '');
});

test('docs: old words are found', () => {
  assert.deepEqual(faultsIn('It is more than chance, at 95 %.'), [
    '"more than chance" (statistically significant)',
    '"95 %" (a number with its % sign, without a space)',
  ]);
});
