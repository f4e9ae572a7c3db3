import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '../temporary.ts';
import { bench, startBench, type Outcome } from './bench.ts';
import { BROKEN, writeEncoders, writeTexts } from './choose-inputs.ts';

const root = temporaryFolder();
const at = (...names: string[]): string => path.join(root, ...names);
const { checkpoint, small, large, fixed } = writeEncoders(root);
const DATA = writeTexts(at('letters.csv'), { texts: 400 });
const COLUMNS = ['--text-column', 'text', '--label-column', 'label'];
const FAST = ['--epochs', '1', '--lr', '1e-3', '--offline', '--quiet', '--threads', '1', '--seed', '1,2'];
const FEW = writeTexts(at('few.csv'), { texts: 60 });
const SEVERAL = writeTexts(at('several.csv'), { texts: 60, several: true });
const TWO = ['--model', small, '--model', large];
const THREE = [checkpoint, small, large].flatMap((folder) => ['--model', folder]);

let caches = 0;
const place = (): { cache: string } => ({ cache: at(`cache-${caches++}`) });

async function choose(args: readonly string[], where = place()): Promise<Outcome> {
  return bench(['choose', ...COLUMNS, ...FAST, ...args], where);
}

async function ok(args: readonly string[], where = place()): Promise<Outcome> {
  const outcome = await choose(args, where);
  assert.deepEqual([outcome.status, outcome.err.match(/^bench: .*/m)?.[0]], [0, undefined], outcome.err);
  return outcome;
}

const read = (...names: string[]): string => readFileSync(at(...names), 'utf8');
const rowsOf = (out: string): Record<string, string | number | null>[] =>
  (JSON.parse(read(out, 'choose.json')) as { rows: Record<string, string | number | null>[] }).rows;
/** The outcome of a choice, without times and places. */
const resultOf = (out: string): Record<string, string> =>
  Object.fromEntries(['choose.csv', 'choose.json', 'results.csv', 'training.csv', 'results.md'].map((name) => [name, read(out, name)]));

const SENTENCE =
  /^Fine-tune (\w+): \d+\.\d on test \[\d+\.\d, \d+\.\d\]; the probability that one of the other 2 is better by more than half a point is about \d+%\.$/m;

/** Three on a part of train, two on a larger one, the winner on all of it. */
const RACE = [...THREE, '--dataset', DATA, '--budget-texts', '6000'];

test('choose: the race, and the answer in a sentence last; the folder is a report, the model an encoder', async () => {
  const where = place();
  const { out, err } = await ok([...RACE, '--out', at('whole'), '--save', at('saved')], where);
  assert.match(out.trim().split('\n').at(-1)!, SENTENCE);
  assert.match(out, /^Encoder +Outcome +Frozen \(k-NN\) +Best layer +\d+ texts +\d+ texts +324 texts +Passes +Better by > 0\.5$/m);
  assert.match(out, /^Budget: 6000 passes of texts; used: \d+, of which \d+ for the frozen scores\.$/m);
  assert.match(err, /^Saved: .*saved$/m);
  const rows = rowsOf('whole');
  const spent = Number(/used: (\d+),/.exec(out)![1]);
  assert.ok(spent <= 6000, `${spent} of 6000`);
  assert.deepEqual(new Set(rows.map(({ encoder }) => encoder)), new Set(['checkpoint', 'small', 'large']));
  const tested = rows.filter((row) => row['test'] !== null);
  assert.deepEqual(
    tested.map(({ standing, train }) => [standing, train]),
    [['chosen', 324]],
    'test is scored once',
  );
  // Rows of results.csv are of the winner alone, and on all splits.
  const winner = SENTENCE.exec(out)![1]!;
  const lines = read('whole', 'results.csv').trim().split('\n').slice(1);
  assert.deepEqual([lines.length, lines.every((line) => line.startsWith(`${winner},`))], [6, true]);

  // Everything exists already: it is read.
  await ok([...RACE, '--out', at('again')], where);
  assert.deepEqual(resultOf('again'), resultOf('whole'));

  const scored = [
    'run',
    '--model',
    at('saved'),
    '--dataset',
    DATA,
    ...COLUMNS,
    '--pooling',
    'cls',
    '--offline',
    '--quiet',
    '--out',
    at('of-saved'),
  ];
  for (const args of [['show', '--out', at('whole')], ['report', at('whole')], scored]) {
    const { status, err: said } = await bench(args, where);
    assert.equal(status, 0, said);
  }
});

const journalsIn = (cache: string): string[] =>
  existsSync(path.join(cache, 'jobs')) ? readdirSync(path.join(cache, 'jobs')).filter((name) => /^choice-.*\.json$/.test(name)) : [];

/** Number of steps of a choice that are done. */
function steps(cache: string): number {
  const [name] = journalsIn(cache);
  if (name === undefined) return 0;
  const [, json] = readFileSync(path.join(cache, 'jobs', name), 'utf8').split('\n');
  return json === undefined ? 0 : Object.keys((JSON.parse(json) as { steps: object }).steps).length;
}

test('choose: killed at any step, with other threads and batches, the same command gives the same bytes, and runs nothing twice', async () => {
  const flags = FAST.filter((word) => word !== '--quiet').map((word, i, all) => (all[i - 1] === '--threads' ? '3' : word));
  const args = ['choose', ...COLUMNS, ...flags, '--token-budget', '40', ...RACE];
  // The screen, three trainings, two, one.
  const all = 7;
  const where = place();
  const killed = [...args, '--out', at('killed'), '--save', at('killed-model')];
  for (const [after, signal] of [
    [0, 'SIGKILL'],
    [1, 'SIGINT'],
    [4, 'SIGKILL'],
  ] as const) {
    const child = startBench(killed, where);
    let given = false;
    const poll = setInterval(() => {
      if (given || steps(where.cache) <= after) return;
      given = true;
      child.kill(signal);
    }, 2);
    const { status, err } = await child.ended;
    clearInterval(poll);
    if (signal === 'SIGINT' && status !== 0) {
      assert.equal(status, 130);
      assert.match(err, /^Interrupted, progress saved; run the same command to resume\.$/m);
    }
  }
  const done = steps(where.cache);
  const { status, err } = await bench(killed, where);
  assert.equal(status, 0, err);
  assert.match(err, /resuming from the steps that an earlier run saved\./);
  assert.ok((err.match(/before training/g) ?? []).length <= all - done, err);
  assert.equal(steps(where.cache), all);
  assert.deepEqual(resultOf('killed'), resultOf('whole'));
  assert.deepEqual(
    readdirSync(at('killed-model'), { recursive: true }).toSorted(),
    readdirSync(at('saved'), { recursive: true }).toSorted(),
  );
});

test('choose: within a time it comes to an end in it; the time before a kill counts', async () => {
  const where = place();
  const args = ['--model', small, '--model', checkpoint, '--dataset', FEW, '--budget', '60s', '--out', at('timed')];
  const child = startBench(['choose', ...COLUMNS, ...FAST, ...args], where);
  const poll = setInterval(() => {
    if (steps(where.cache) > 1) child.kill('SIGKILL');
  }, 2);
  await child.ended;
  clearInterval(poll);
  const { out } = await ok(args, where);
  const used = Number(/used: (\d+\.\d) s/.exec(out)![1]);
  const [name] = journalsIn(where.cache);
  const noted = Number(readFileSync(path.join(where.cache, 'jobs', `${name!}.ms`), 'utf8')) / 1000;
  assert.ok(used <= 60 && used <= noted + 0.1, `${used} of 60 s, ${noted} noted`);
  // Existing results are read, with their recorded cost.
  const again = await ok(args, where);
  assert.equal(again.out, out);
});

test('choose: encoders that fail are dropped with their reasons, and the race goes on', async () => {
  const models = Object.entries(BROKEN).flatMap(([name, write]) => ['--model', write(at(name))]);
  const { status, out } = await choose(['--model', small, ...models, '--dataset', FEW, '--budget-texts', '1000', '--out', at('broken')]);
  assert.equal(status, 1);
  assert.match(out, /^Fine-tune small: \d+\.\d on test \[\d+\.\d, \d+\.\d\]; no other candidate could be run\.$/m);
  assert.match(out, /^Failed: .*cut.model\.safetensors: Its header claims 3653 bytes, but the file has 3000/m);
  assert.match(out, /^Failed: nan: .* holds NaN\. Its weight [\w.]+ holds NaN/m);
  assert.match(out, /^Failed: overflowing: .* holds NaN\. All its weights are finite: its activations overflow/m);
  const record = JSON.parse(read('broken', 'run.json')) as { failures: { encoder: string }[] };
  assert.deepEqual(record.failures.map(({ encoder }) => encoder).toSorted(), ['cut', 'nan', 'overflowing']);

  const none = await choose([...models, '--dataset', FEW, '--budget-texts', '1000', '--out', at('all-broken')]);
  assert.equal(none.status, 2);
  assert.match(none.err, /^bench: Every candidate failed\. nan: /m);
});

test('choose: where the rate of learning breaks all, it says so', async () => {
  const flags = FAST.map((word) => (word === '1e-3' ? '1e38' : word));
  const { status, err } = await bench(
    [
      'choose',
      ...COLUMNS,
      ...flags,
      '--model',
      small,
      '--model',
      large,
      '--dataset',
      FEW,
      '--budget-texts',
      '1000',
      '--out',
      at('diverged'),
    ],
    place(),
  );
  assert.equal(status, 2);
  assert.match(err, /^bench: Every candidate failed\. \w+: few: .* Give a lower --lr\./m);
});

for (const { name, args, said } of [
  {
    name: 'fewer texts than one training has',
    args: ['--budget-texts', '100'],
    said: 'bench: --budget-texts: 100 passes of texts are too few for letters: fine-tuning checkpoint alone takes 2132 passes of texts. Give 2509 passes of texts or more.\n',
  },
  {
    name: 'both kinds of budget',
    args: ['--budget', '5m', '--budget-texts', '100'],
    said: 'bench: --budget-texts: It replaces --budget. Give only one of the two.\n',
  },
  {
    name: 'a time that is none',
    args: ['--budget', 'soon'],
    said: 'bench: --budget: "soon" is not a duration of at least one second. Write seconds, minutes or hours: 90s, 2m, 1h.\n',
  },
  {
    name: 'a concatenation',
    args: ['--encoders', 'concat-all'],
    said: 'bench: --encoders: Concatenations cannot be trained. Give encoders with --encoders or --model.\n',
  },
  {
    name: 'an estimator that asks a second label',
    args: ['--by', 'leep'],
    said: 'bench: --by: "leep" is not a valid value. It takes knn, consistency, linear-probe, centroid, hscore, logme, silhouette, ridge, cosine.\n',
  },
  { name: 'another suite', args: ['--suite', 'quik'], said: /^bench: .*quik.*Did you mean "quick"\?/ },
]) {
  test(`choose: ${name} is refused`, async () => {
    const { status, out, err } = await choose([...THREE, '--dataset', DATA, ...args, '--out', at('refused')]);
    assert.deepEqual([status, out], [2, '']);
    if (typeof said === 'string') assert.equal(err, said);
    else assert.match(err, said);
    rmSync(at('refused'), { recursive: true, force: true });
  });
}

test('choose: a time that is too short says what one training would need, by what texts take', async () => {
  // More texts than any machine trains on in a second.
  const slow = writeTexts(at('slow.csv'), { texts: 12_000 });
  const { err } = await choose([...THREE, '--dataset', slow, '--accumulate', '1', '--budget', '1s', '--out', at('short')]);
  assert.match(
    err,
    /^bench: --budget: 1 s are too few for slow: fine-tuning \w+ alone takes about [\w ]+, and the screen took [\w ]+\. Give [\w ]+ or more\.$/m,
  );
});

for (const { name, args, said } of [
  { name: 'one candidate', args: ['--model', small, '--dataset', FEW], said: /; it was the only candidate\.$/m },
  { name: 'two candidates', args: [...TWO, '--dataset', FEW], said: /the probability that the other is better/ },
  {
    name: 'thirty texts of two classes',
    args: [...TWO, '--dataset', writeTexts(at('thirty.csv'), { texts: 30, classes: 2 })],
    said: /3 texts of dev/,
  },
  {
    name: 'a class with one text',
    args: [...TWO, '--dataset', writeTexts(at('rare.csv'), { texts: 60, rare: 'one' })],
    said: /^Fine-tune/m,
  },
  { name: 'a classification head', args: [...TWO, '--dataset', FEW, '--objective', 'classic'], said: /^Fine-tune/m },
  {
    name: 'several labels of a text, by macro-F1',
    args: [
      ...TWO,
      '--dataset',
      SEVERAL,
      '--objective',
      'classic',
      '--labels',
      'all',
      '--multi-label',
      '--label-separator',
      '|',
      '--best-epoch-by',
      'macro',
    ],
    said: /^Macro-F1 on/m,
  },
  { name: 'a table without layers among them', args: ['--model', fixed, '--model', small, '--dataset', FEW], said: /^static /m },
  {
    name: 'an estimator in its own unit, and pairs within a batch',
    args: [...TWO, '--dataset', FEW, '--by', 'logme', '--objective', 'supcon', '--batch-size', '16'],
    said: /Frozen \(LogME\)/,
  },
  {
    name: 'two prompts of an encoder',
    args: ['--model', small, '--prompt', 'none', '--prompt', 'a b ', '--dataset', FEW],
    said: /^small \(prompt "a b "\) /m,
  },
]) {
  test(`choose: ${name}`, async () => {
    const out = at(`of ${name}`);
    const outcome = await ok([...args, '--budget-texts', '450', '--out', out]);
    assert.match(outcome.out, said);
  });
}

test('choose: several datasets have a sentence each, and share the budget', async () => {
  const other = writeTexts(at('other.csv'), { texts: 60, classes: 2 });
  const { out } = await ok([
    ...TWO,
    '--dataset',
    FEW,
    '--dataset',
    other,
    '--budget-texts',
    '900',
    '--out',
    at('two'),
    '--save',
    at('two-models'),
  ]);
  assert.match(out, /^few: Fine-tune \w+: /m);
  assert.match(out, /^other: Fine-tune \w+: /m);
  const used = [...out.matchAll(/used: (\d+),/g)].map(([, each]) => Number(each));
  assert.ok(used[0]! <= 450 && used[0]! + used[1]! <= 900, used.join());
  assert.deepEqual(readdirSync(at('two-models')).toSorted(), ['few', 'other']);
});

test('choose: --dry-run says what it is at the most, and the least that is of use', async () => {
  const { out } = await ok(['--model', small, '--model', large, '--dataset', DATA, '--budget-texts', '9000', '--dry-run']);
  assert.match(out, /^At most one training per encoder on all of train\. Within 9000 passes of texts, frozen scores eliminate some/m);
  assert.match(out, /^The smallest budget is one training on all of train, after the frozen scores \(letters: 2509 passes of texts\)/m);
});

test('choose: results of other inputs in its folder are refused with the flags that it has', async () => {
  const out = at('other-inputs');
  const words = ['--model', small, '--dataset', FEW, '--out', out];
  assert.equal((await bench(['finetune', ...words, '--epochs', '1', '--quiet'], place())).status, 0);
  const { status, err } = await bench(['choose', ...words, '--epochs', '2', '--budget-texts', '5000'], place());
  assert.equal(status, 2, err);
  assert.match(err, / --overwrite recomputes everything; or give another folder with --out\.$/m);
});

test('choose: the page of its folder opens with the choice', async () => {
  const out = at('with-page');
  const where = place();
  const { status, out: said } = await bench(
    ['choose', '--model', small, '--dataset', FEW, '--epochs', '1', '--out', out, '--quiet'],
    where,
  );
  assert.equal(status, 0);
  const [sentence] = /^Fine-tune .*$/m.exec(said) ?? [];
  assert.ok(sentence !== undefined, said);
  assert.equal((await bench(['report', out, '--quiet'], where)).status, 0);
  const page = readFileSync(path.join(out, 'report', 'index.html'), 'utf8');
  const [, overall] = /"overall":(\[.*?\]),"verdicts"/s.exec(page) ?? [];
  assert.deepEqual(JSON.parse(overall!), [`few: ${sentence}`]);
});
