import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '../temporary.ts';
import { TINY_CONFIG, writeTinyCheckpoint } from '../tiny-checkpoint.ts';
import { TINY_VOCABULARY, writeTinyEncoder } from '../tiny-encoder.ts';
import { bench, startBench, type Outcome } from './bench.ts';

/** Ctrl-C, and the signal of a scheduler before it kills, during the work of every command that can be resumed. */

const root = temporaryFolder();
const WORDS = ['what', 'who', 'where', 'is', 'the', 'abc', 'zebra', 'quiz', 'moon', 'tip'];
const SPLITS = ['train', 'train', 'train', 'dev', 'test'];
const lineOf = (i: number): string =>
  `${['animal', 'place', 'person'][i % 3]},"${WORDS[i % 7]} ${WORDS[(i * 3 + 1) % 10]} ${'xyz'[i % 3]} ${i % 13}?",${SPLITS[i % 5]}`;
const DATA = [150, 100].flatMap((size, at) => {
  const file = path.join(root, `corpus-${at}.csv`);
  writeFileSync(file, `label,text,split\n${Array.from({ length: size }, (_, i) => lineOf(i)).join('\n')}\n`);
  return ['--dataset', file];
});
const COLUMNS = ['--text-column', 'text', '--label-column', 'label', '--split-column', 'split'];
const MODELS = [1, 2, 3].flatMap((seed) => ['--model', writeTinyEncoder(path.join(root, `tiny-${seed}`), { layers: 1 + seed, seed })]);
const checkpoint = writeTinyCheckpoint(path.join(root, 'checkpoint'));
writeFileSync(path.join(checkpoint, 'vocab.txt'), `${TINY_VOCABULARY.slice(0, TINY_CONFIG.vocab_size).join('\n')}\n`);

interface Place {
  readonly out: string;
  readonly cache: string;
}

const files = (folder: string, ending: string): string[] =>
  existsSync(folder) ? readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith(ending)) : [];

const rowsIn = (file: string): number => (existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n').length - 1 : 0);

const wordsOf = (args: readonly string[], { out }: Place): string[] => [...args, '--out', out, '--offline', '--quiet', '--threads', '1'];

interface Signalled {
  readonly signal: NodeJS.Signals;
  readonly has: () => number;
}

/** Starts a command and sends a signal as soon as its folder has more files than before. */
async function signalled(args: readonly string[], place: Place, { signal, has }: Signalled): Promise<Outcome> {
  const before = has();
  const child = startBench(wordsOf(args, place), { cache: place.cache });
  const poll = setInterval(() => {
    if (has() <= before) return;
    clearInterval(poll);
    child.kill(signal);
  }, 2);
  const outcome = await child.ended;
  clearInterval(poll);
  return outcome;
}

/** The same, repeated if a busy machine sent the signal too late. */
async function interrupted(args: readonly string[], place: Place, how: Signalled): Promise<Outcome> {
  for (let attempt = 1; ; attempt++) {
    const outcome = await signalled(args, place, how);
    if (outcome.status !== 0 || attempt === 5) return outcome;
    for (const folder of [place.out, place.cache]) rmSync(folder, { recursive: true, force: true });
  }
}

function results({ out }: Place): Record<string, string> {
  const names = files(out, '').filter((name) => /\.(csv|md|jsonl)$/.test(name) && name !== 'timings.csv' && name !== 'costs.csv');
  return Object.fromEntries(names.toSorted().map((name) => [name, readFileSync(path.join(out, name), 'utf8')]));
}

function recordOf({ out }: Place): { readonly interrupted: boolean; readonly cells: { readonly computed: number; readonly kept: number } } {
  return JSON.parse(readFileSync(path.join(out, 'run.json'), 'utf8')) as ReturnType<typeof recordOf>;
}

const training = ['--objective', 'cea-all-negatives,classic', '--seed', '1,2', '--pooling', 'mean', '--epochs', '2', '--max-length', '12'];

for (const { name, args, has, said } of [
  {
    name: 'run',
    args: ['run', ...MODELS, ...DATA, ...COLUMNS, '--pooling', 'cls,mean,max', '--protocol', 'fit-train'],
    has: ({ out }: Place) => rowsIn(path.join(out, 'results.csv')),
    said: /^Interrupted, progress saved: \d+ results are in .*results\.csv; run the same command to resume\.$/,
  },
  {
    name: 'rank',
    args: ['rank', ...MODELS, ...DATA, ...COLUMNS],
    has: ({ cache }: Place) => files(path.join(cache, 'jobs'), '.json').length,
    said: /^Interrupted, progress saved: \d+ estimates are in .*; run the same command to resume\.$/,
  },
  {
    name: 'finetune',
    args: ['finetune', '--model', checkpoint, ...DATA.slice(0, 2), ...COLUMNS, ...training],
    has: ({ out }: Place) => rowsIn(path.join(out, 'results.csv')),
    said: /^Interrupted, progress saved: finished runs are in .*results\.csv, finished epochs are kept; run the same command to resume\.$/,
  },
]) {
  test(`${name}: Ctrl-C and SIGTERM during the work end it cleanly, and the same command gives the same bytes`, async () => {
    const [whole, place] = ['whole', 'ended'].map((which) => ({
      out: path.join(root, `${name}-${which}`),
      cache: path.join(root, `${name}-${which}-cache`),
    })) as [Place, Place];
    const straight = await bench(wordsOf(args, whole), { cache: whole.cache });
    assert.equal(straight.status, 0, straight.err);
    let kept = 0;
    for (const [signal, wanted] of [
      ['SIGINT', 130],
      ['SIGTERM', 143],
    ] as const) {
      const { status, out, err } = await interrupted(args, place, { signal, has: () => has(place) });
      assert.deepEqual([status, out], [wanted, ''], err);
      const [first, last, ...more] = err.trim().split('\n');
      assert.equal(first, 'Interrupted, progress saved. Press Ctrl-C again to quit immediately.');
      assert.match(last!, said);
      assert.deepEqual(more, []);
      const record = recordOf(place);
      assert.equal(record.interrupted, true);
      assert.ok(record.cells.kept >= kept, `${record.cells.kept} of ${kept} were kept`);
      kept = record.cells.kept + record.cells.computed;
    }
    assert.ok(kept > 0);
    const again = await bench(wordsOf(args, place), { cache: place.cache });
    assert.equal(again.status, 0, again.err);
    // A ranking shows what was measured, too.
    if (name !== 'rank') assert.equal(again.out, straight.out);
    const record = recordOf(place);
    assert.equal(record.interrupted, false);
    assert.ok(record.cells.kept >= kept, `${record.cells.kept} of ${kept} were kept`);
    assert.deepEqual(results(place), results(whole));
    assert.deepEqual(
      readdirSync(place.out).filter((each) => each.startsWith('.')),
      [],
    );
  });
}

test('map: Ctrl-C before the maps are made is one line, leaves no picture, and what was embedded', async () => {
  const place = { out: path.join(root, 'map'), cache: path.join(root, 'map-cache') };
  const args = ['map', ...MODELS, ...DATA, ...COLUMNS, '--method', 'tsne,umap'];
  const has = (): number => files(path.join(place.cache, 'vectors'), '.safetensors').length;
  const { status, out, err } = await interrupted(args, place, { signal: 'SIGINT', has });
  assert.deepEqual([status, out], [130, ''], err);
  assert.equal(err, 'Interrupted, progress saved. Press Ctrl-C again to quit immediately.\n');
  assert.ok(!existsSync(place.out));
  assert.ok(has() > 0);
  const again = await bench(wordsOf(args, place), { cache: place.cache });
  assert.equal(again.status, 0, again.err);
  assert.ok(files(path.join(place.out, 'maps'), '.svg').length > 0);
});

test('embed: Ctrl-C and SIGTERM are a line, leave no file and what was embedded', async () => {
  const texts = path.join(root, 'texts.txt');
  writeFileSync(texts, Array.from({ length: 100_000 }, (_, i) => `${WORDS.slice(i % 7).join(' ')} ${i}`).join('\n'));
  const place = { out: path.join(root, 'vectors.npy'), cache: path.join(root, 'embed-cache') };
  const more = ['--offline', '--threads', '1', '--token-budget', '16'];
  const args = ['embed', ...MODELS.slice(-2), '--input', texts, '--out', place.out, ...more];
  const stored = (): number => files(path.join(place.cache, 'vectors'), '.safetensors').length;
  for (const [signal, status, shards] of [
    ['SIGINT', 130, 1],
    ['SIGTERM', 143, 2],
  ] as const) {
    const child = startBench(args, { cache: place.cache });
    await child.says(/Embedding with/);
    child.kill(signal);
    const outcome = await child.ended;
    assert.deepEqual([outcome.status, outcome.out], [status, ''], outcome.err);
    assert.match(outcome.err, /\nInterrupted, progress saved\. Press Ctrl-C again to quit immediately\.\n/);
    assert.ok(!existsSync(place.out));
    assert.equal(stored(), shards);
  }
});
