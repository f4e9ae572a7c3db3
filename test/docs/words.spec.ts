import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PAGES } from './pages.ts';

/** Words that were ours alone, and what the field says in their place: docs/glossary.md has its words. */
const OLD: readonly (readonly [RegExp, string])[] = [
  [/\bnot told (?:from|apart)\b|\btold (?:from|apart)\b|\btells? \w+ apart\b/, 'not significantly different; tied'],
  [/\b(?:more than|beyond) chance\b/, 'statistically significant'],
  [/\bshare the first place\b/, 'tied for first'],
  [/\bdata sets?\b/i, 'dataset'],
  [/\b9[05] %/, '95% without a space'],
  [/\bnumber type\b/i, 'weight precision'],
  [/\bverbs?\b/, 'command'],
  [/\bcells?\b/, 'result, configuration'],
  [/\bms a text\b|\bmilliseconds a text\b|\btexts a second\b/, 'ms/text, texts/s'],
  [/\bside by side\b/, 'concatenated'],
  [/\bforetells?\b/, 'predicts'],
  [/\bin the plane\b/, 'in 2D'],
  [/\bof (?:your|one's) own\b/, 'your own …'],
  [/\bso many\b/, '(drop)'],
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
  [/\bOut of reach\b/i, 'unavailable'],
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
    prose.flatMap(({ line, text }) => faultsIn(text.replace(/^>.*/, '').replaceAll(/`[^`]*`/g, '``').replaceAll(/\]\([^)]*\)/g, ']')).map((fault) => `${file}:${line}: ${fault}`)),
  );
  assert.equal(faults.join('\n'), '');
});

test('docs: old words are found', () => {
  assert.deepEqual(faultsIn('It is more than chance, at 95 %.'), ['"more than chance" (statistically significant)', '"95 %" (95% without a space)']);
});
