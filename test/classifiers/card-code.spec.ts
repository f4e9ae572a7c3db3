import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { packageRoot } from '../../src/home.ts';
import { bench } from '../bench/bench.ts';
import { temporaryFolder } from '../temporary.ts';
import { SAVED_KINDS, saveModel, type SavedKind } from './saved-models.ts';

/** The code of a card, run unchanged, prints what `bench predict` prints. */

const root = temporaryFolder();
const cache = path.join(root, 'cache');
const modules = path.join(root, 'node_modules');
mkdirSync(path.join(modules, '@huggingface'), { recursive: true });
symlinkSync(packageRoot(), path.join(modules, 'embedding-bench'), 'junction');
symlinkSync(
  path.join(packageRoot(), 'node_modules', '@huggingface', 'transformers'),
  path.join(modules, '@huggingface', 'transformers'),
  'junction',
);

/** Texts that the cards' code classifies. */
writeFileSync(path.join(root, 'texts.csv'), 'text\nA text to classify.\n');
writeFileSync(path.join(root, 'pairs.csv'), 'first,second\nThe first text.,The second text.\n');

const python = process.env['PYTHON'] ?? 'python3';
const LIBRARIES = 'onnxruntime, numpy, tokenizers';
const noPython = spawnSync(python, ['-c', `import ${LIBRARIES}`]).status === 0 ? false : `${python} (PYTHON) has no ${LIBRARIES}`;

const noSentences =
  spawnSync(python, ['-c', 'import sentence_transformers']).status === 0 ? false : `${python} (PYTHON) has no sentence_transformers`;

/** Blocks of a card's code by their titles. */
function blocksOf(folder: string): Map<string, string> {
  const card = readFileSync(path.join(folder, 'README.md'), 'utf8');
  return new Map([...card.matchAll(/^(.+):\n\n```\w+\n([^]*?)\n```$/gm)].map(([, title, code]) => [title!, code!]));
}

function run(command: string, args: readonly string[], cwd: string): string {
  const env = { ...process.env, EMBEDDING_BENCH_CACHE: cache, HF_HUB_OFFLINE: '1', ORT_DISABLE_TELEMETRY: '1' };
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, encoding: 'utf8', env });
  assert.equal(status, 0, stderr);
  return stdout;
}

function runModule(code: string): string {
  const file = path.join(root, 'card.mjs');
  writeFileSync(file, code);
  return run(process.execPath, [file], root);
}

/** A line of words, of which the numbers are those of another within 1e-5. */
function assertSays(line: string, expected: readonly (string | number)[]): void {
  const words = line.trimEnd().split(' ');
  assert.equal(words.length, expected.length, line);
  for (const [i, word] of expected.entries()) {
    if (typeof word === 'string') assert.equal(words[i], word);
    else assert.ok(Math.abs(Number(words[i]) - word) <= 1e-5, `${words[i]}, not ${word}`);
  }
}

const [, NUMBERS_OF_PAIRS, CLASSES_OF_PAIRS] = SAVED_KINDS;
const CASES: readonly (SavedKind & { readonly oracle?: string })[] = [
  ...SAVED_KINDS,
  // Two tokens between the texts, one of them declared by its tokenizer.json.
  { ...NUMBERS_OF_PAIRS, name: 'numbers of pairs by MPNet', oracle: 'mpnet' },
  // transformers.js has no class for it with a head.
  { ...NUMBERS_OF_PAIRS, name: 'numbers of pairs by GTE', oracle: 'gte' },
  { ...CLASSES_OF_PAIRS, name: 'classes of pairs by GTE', oracle: 'gte' },
];

for (const { oracle, ...kind } of CASES) {
  const name = `card code: ${kind.name}`;
  const folder = path.join(root, kind.name.replaceAll(' ', '-'));
  /** What the card's command prints of the same text: the number with its interval, or the class and its probability. */
  let said: (string | number)[] = [];

  test(`${name}: the command line`, async () => {
    await saveModel({ kind, root, ...(oracle !== undefined && { oracle }) });
    const [, ...words] = blocksOf(folder).get('Command line')!.split(' ');
    const { out, err, status } = await bench([...words, '--quiet'], { cache, cwd: root });
    assert.equal(status, 0, err);
    const [head, row] = out
      .trimEnd()
      .split('\n')
      .map((line) => line.split(',')) as [string[], string[]];
    const added = kind.numbers ? ['prediction', 'low', 'high'] : ['label', 'confidence'];
    assert.deepEqual(head, [...(kind.pairs ? ['first', 'second'] : ['text']), ...added]);
    said = row.slice(-added.length).map((cell) => (Number.isNaN(Number(cell)) ? cell : Number(cell)));
  });

  test(`${name}: Node`, () => {
    assertSays(runModule(blocksOf(folder).get('Node')!), said);
  });

  test(`${name}: transformers.js, its folder being that of a server`, { skip: kind.apart === true && 'it has no logits' }, () => {
    const code = blocksOf(folder).get('Browser or Node, with transformers.js')!;
    const place = `const folder = ${JSON.stringify(`/models/${path.basename(folder)}`)};`;
    assert.ok(code.includes(place), code);
    assertSays(runModule(code.replace(place, `const folder = ${JSON.stringify(folder)};`)), kind.numbers ? said.slice(0, 1) : said);
  });

  test(`${name}: Python`, { skip: noPython }, () => {
    const code = blocksOf(folder).get('Python, with onnxruntime and tokenizers')!;
    assertSays(run(python, ['-c', code], folder), kind.numbers ? said.slice(0, 1) : said);
  });

  if (kind.apart !== true) continue;
  test(`${name}: Python, with sentence-transformers`, { skip: noSentences }, () => {
    assertSays(run(python, ['-c', blocksOf(folder).get('Python, with sentence-transformers')!], folder), said.slice(0, 1));
  });
}
