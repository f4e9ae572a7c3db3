import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { readSafetensors } from '../../src/tensors/read-safetensors.ts';
import { ownOracle } from '../oracles.ts';
import { temporaryFolder } from '../temporary.ts';
import { bench } from './bench.ts';

const root = temporaryFolder();
const cache = path.join(root, 'cache');
const model = () => ownOracle('bert-uncased');

const TOPICS = {
  film: [
    'The movie was wonderful.',
    'I loved every minute of this film.',
    'A charming, funny story.',
    'Brilliant acting and a clever script.',
    'The best comedy of the year.',
    'A delightful picture.',
  ],
  code: [
    'How do I sort a list in Python?',
    'My loop prints the wrong value.',
    'Cannot connect to the database server.',
    'Use of undeclared variable.',
    'How to parse JSON?',
    'The compiler gives an error.',
  ],
  house: [
    'Book a table for two.',
    'Play some jazz music.',
    'What is the weather in Paris?',
    'Set an alarm for six.',
    'Add milk to my shopping list.',
    'Turn off the lights.',
  ],
};

/** Three classes in train, dev and test; `paper` is a second label. */
const data = path.join(root, 'topics.csv');
const LINES = Object.entries(TOPICS).flatMap(([topic, texts]) =>
  texts.flatMap((text, i) =>
    ['', 'Well, ', 'So: '].map(
      (start, j) => `"${start}${text}",${topic},${i % 2 === 0 ? 'herald' : 'times'},${['train', 'train', i === 0 ? 'dev' : 'test'][j]}`,
    ),
  ),
);
writeFileSync(data, `text,topic,paper,split\n${LINES.join('\n')}\n`);
const DATA = ['--dataset', data, '--text-column', 'text', '--label-column', 'topic', '--split-column', 'split'];
const QUICK = { '--epochs': '2', '--lr': '1e-3', '--batch-size': '8', '--k': '3', '--threads': '2' };

/** QUICK, with some flags replaced. */
function quick(own: Record<string, string> = {}): string[] {
  return Object.entries({ ...QUICK, ...own }).flat();
}

function run(out: string, ...args: string[]) {
  return bench(['finetune', '--out', path.join(root, out), ...args], { cache });
}

function rows(out: string): Record<string, string>[] {
  const [head, ...lines] = readFileSync(path.join(root, out, 'results.csv'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => line.split(','));
  return lines.map((cells) => Object.fromEntries(head!.map((name, i) => [name, cells[i]!])));
}

function scores(list: Record<string, string>[]): string[] {
  return list.map(({ split, micro_f1: micro, macro_f1: macro }) => [split, micro, macro].join(' ')).toSorted();
}

test('finetune: one row per split, frozen and fine-tuned; curves; and a usable encoder folder', async () => {
  const save = path.join(root, 'saved');
  const { status, out, err } = await run(
    'whole',
    '--model',
    model(),
    ...DATA,
    ...quick(),
    '--objective',
    'cea-all-negatives',
    '--save',
    save,
    '--vectors-at',
    '0,2',
  );
  assert.equal(status, 0, err);
  assert.match(out, /CEA batch \+ all negatives/);
  const found = rows('whole');
  assert.deepEqual(found.map(({ split, objective, seed }) => [split, objective, seed].join(' ')).toSorted(), [
    'dev  ',
    'dev cea-all-negatives 1',
    'test  ',
    'test cea-all-negatives 1',
    'train  ',
    'train cea-all-negatives 1',
  ]);
  const curve = readFileSync(path.join(root, 'whole', 'training.csv'), 'utf8')
    .trim()
    .split('\n');
  assert.equal(curve.length, 4);
  const [name] = readdirSync(path.join(root, 'whole', 'vectors', 'bert-uncased', 'topics'));
  assert.match(name!, /^cea-all-negatives-seed1-[0-9a-f]{8}$/);
  const vectors = path.join(root, 'whole', 'vectors', 'bert-uncased', 'topics', name!);
  assert.deepEqual(readdirSync(vectors).toSorted(), ['epoch-0.safetensors', 'epoch-2.safetensors']);
  const { tensors } = readSafetensors(readFileSync(path.join(vectors, 'epoch-2.safetensors')), 'vectors');
  assert.deepEqual(tensors.get('vectors')!.shape, [LINES.length, 16]);

  // The saved encoder's ONNX file reproduces the run's scores.
  assert.ok(existsSync(path.join(save, 'onnx', 'model.onnx')) && existsSync(path.join(save, 'model.safetensors')));
  const again = await bench(
    [
      'run',
      '--model',
      save,
      ...DATA,
      '--k',
      '3',
      '--pooling',
      'cls',
      '--protocol',
      'fit-train',
      '--out',
      path.join(root, 'again'),
      '--quiet',
    ],
    { cache },
  );
  assert.equal(again.status, 0, again.err);
  assert.deepEqual(scores(rows('again')), scores(found.filter(({ objective }) => objective !== '')));
  // Training the saved encoder further starts where it ended.
  const on = await run('on', '--model', save, ...DATA, ...quick({ '--epochs': '1' }));
  assert.equal(on.status, 0, on.err);
  assert.deepEqual(
    scores(rows('on').filter(({ objective }) => objective === '')),
    scores(found.filter(({ objective }) => objective !== '')),
  );
});

test('finetune: a classic head is scored by itself, without neighbours', async () => {
  const { status, err } = await run('head', '--model', model(), ...DATA, ...quick(), '--objective', 'classic', '--quiet');
  assert.equal(status, 0, err);
  const head = rows('head').filter(({ objective }) => objective === 'classic');
  assert.deepEqual(head.map(({ split, protocol, k, metric, index }) => [split, protocol, k, metric, index].join(' ')).toSorted(), [
    'dev head   ',
    'test head   ',
    'train head   ',
  ]);
});

test('finetune: vectors that are asked for after a run is over are made, and no score changes', async () => {
  const args = ['--model', model(), ...DATA, ...quick({ '--epochs': '1' }), '--quiet'];
  assert.equal((await run('later', ...args)).status, 0);
  const before = readFileSync(path.join(root, 'later', 'results.csv'), 'utf8');
  assert.equal((await run('later', ...args, '--vectors-at', '1')).status, 0);
  const [name] = readdirSync(path.join(root, 'later', 'vectors', 'bert-uncased', 'topics'));
  assert.ok(existsSync(path.join(root, 'later', 'vectors', 'bert-uncased', 'topics', name!, 'epoch-1.safetensors')));
  assert.equal(readFileSync(path.join(root, 'later', 'results.csv'), 'utf8'), before);
});

test('finetune: an encoder with a window for each layer is cut, trained, saved, and trained on', async () => {
  const save = path.join(root, 'windows');
  const whole = ['--model', ownOracle('longformer'), '--first-layers', '2', ...DATA];
  const first = await run('windows-1', ...whole, ...quick({ '--epochs': '1' }), '--save', save, '--quiet');
  assert.equal(first.status, 0, first.err);
  const second = await run('windows-2', '--model', save, ...DATA, ...quick({ '--epochs': '1' }), '--quiet');
  assert.equal(second.status, 0, second.err);
});

test('finetune: an ONNX file that branches by length is cut, trained, saved, and trained on', async () => {
  const [whole, save] = [path.join(root, 'branches'), path.join(root, 'branches-saved')];
  assert.equal((await bench(['export', '--model', ownOracle('bigbird'), '--out', whole, '--quiet'], { cache })).status, 0);
  const first = await run(
    'branches-1',
    '--model',
    whole,
    '--first-layers',
    '2',
    ...DATA,
    ...quick({ '--epochs': '1' }),
    '--save',
    save,
    '--quiet',
  );
  assert.equal(first.status, 0, first.err);
  const second = await run('branches-2', '--model', save, ...DATA, ...quick({ '--epochs': '1' }), '--quiet');
  assert.equal(second.status, 0, second.err);
  assert.deepEqual(
    scores(rows('branches-2').filter(({ objective }) => objective === '')),
    scores(rows('branches-1').filter(({ objective }) => objective !== '')),
  );
});

test('finetune: texts with several classes have a head that gives several', async () => {
  const file = path.join(root, 'several.csv');
  writeFileSync(file, `text,topic,split\n${LINES.map((line) => line.replace(/,(\w+),(\w+),(\w+)$/, ',$1;$2,$3')).join('\n')}\n`);
  const { status, err } = await run(
    'several',
    '--model',
    model(),
    '--dataset',
    file,
    ...DATA.slice(2),
    '--label-separator',
    ';',
    '--labels',
    'all',
    '--multi-label',
    '--objective',
    'classic',
    ...quick(),
    '--quiet',
  );
  assert.equal(status, 0, err);
  const [head] = rows('several').filter(({ protocol, split }) => protocol === 'head' && split === 'test');
  assert.equal(head!['labels'], 'all');
  assert.notEqual(head!['micro_f1'], head!['accuracy']);
});

test('finetune: every objective trains, and two label fields together', async () => {
  const all =
    'cea,cea-memory,cea-memory-all-negatives,cea-mixed-memory,cea-datapoint-memory,cea-datapoint-memory-all-negatives,cea-inverse,cea-flipped,cea-multitask,supcon,prototypes,triplet';
  const { status, err } = await run(
    'all',
    '--model',
    model(),
    ...DATA,
    ...quick({ '--epochs': '1' }),
    '--objective',
    all,
    '--second-label-field',
    'paper',
    '--quiet',
  );
  assert.equal(status, 0, err);
  const found = new Set(rows('all').map(({ objective }) => objective));
  assert.deepEqual([...found].toSorted(), ['', ...all.split(',')].toSorted());
});

test('finetune: several seeds are several rows, and their encoders lie in a folder each', async () => {
  const save = path.join(root, 'seeds-saved');
  const { status, err } = await run(
    'seeds',
    '--model',
    model(),
    ...DATA,
    ...quick({ '--epochs': '1' }),
    '--seed',
    '1,2',
    '--save',
    save,
    '--quiet',
  );
  assert.equal(status, 0, err);
  assert.deepEqual(
    rows('seeds')
      .filter(({ split, seed }) => split === 'test' && seed !== '')
      .map(({ seed }) => seed),
    ['1', '2'],
  );
  assert.deepEqual(readdirSync(save).toSorted(), ['seed-1', 'seed-2']);
});

test('finetune: a killed run resumes after its last complete epoch, to the same bytes', async () => {
  const args = ['--model', model(), ...DATA, ...quick({ '--epochs': '6' }), '--objective', 'cea-memory', '--dropout', '0.1'];
  const straight = await run('straight', ...args, '--cache', path.join(root, 'cache-straight'));
  assert.equal(straight.status, 0, straight.err);

  const own = path.join(root, 'cache-killed');
  const killed = [...args, '--cache', own];
  const main = path.join(import.meta.dirname, '..', '..', 'bench', 'main.js');
  for (const until of ['epoch 2,', 'epoch 4,']) {
    const child = spawn(process.execPath, [main, 'finetune', '--out', path.join(root, 'killed'), ...killed], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, HF_HUB_OFFLINE: '1', NO_COLOR: '1' },
    });
    let said = '';
    for await (const chunk of child.stderr.setEncoding('utf8')) {
      said += chunk as string;
      if (said.includes(until)) break;
    }
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'close');
  }
  const resumed = await run('killed', ...killed);
  assert.equal(resumed.status, 0, resumed.err);
  assert.match(resumed.err, /resuming interrupted run after epoch [4-6]\./);
  for (const file of ['results.csv', 'training.csv'])
    assert.equal(readFileSync(path.join(root, 'killed', file), 'utf8'), readFileSync(path.join(root, 'straight', file), 'utf8'), file);
});

test('finetune: run --finetune adds trained rows to the grid', async () => {
  const { status, out, err } = await bench(
    [
      'run',
      '--finetune',
      '--model',
      model(),
      ...DATA,
      ...quick({ '--epochs': '1' }),
      '--pooling',
      'mean,cls',
      '--protocol',
      'fit-train',
      '--out',
      path.join(root, 'grid'),
      '--quiet',
    ],
    { cache },
  );
  assert.equal(status, 0, err);
  assert.match(out, /Fine-tuned by [^]*CEA batch \+ all negatives/);
  const found = rows('grid');
  assert.equal(found.filter(({ objective }) => objective !== '').length, 3);
  assert.equal(found.filter(({ objective }) => objective === '').length, 6);
});

for (const [what, args, line] of [
  ['an objective that is none', { '--objective': 'clasic' }, '--objective: "clasic" is not a valid value. Did you mean "classic"?'],
  ['a learning rate that is none', { '--lr': '0' }, '--lr: It takes a number above 0, got 0.'],
  [
    'a layer that is none',
    { '--freeze': 'top' },
    '--freeze: "top" is neither "embeddings" nor a layer nor a range of layers. Write embeddings,0-3: layers are counted from 0.',
  ],
  [
    'a layer that is not there',
    { '--freeze': '0,40' },
    '--freeze: By name, no weight of the encoder is one of layer 40. It has layers 0 to 2.',
  ],
  [
    'vectors of an epoch that is none',
    { '--vectors-at': '0,20' },
    '--vectors-at: No epoch 20 in 2 epochs. Give epochs from 0 (before training) to 2, or more --epochs.',
  ],
  [
    'everything frozen',
    { '--freeze': 'embeddings,0-2' },
    '--freeze: Nothing is left to train: every weight that the vectors depend on is frozen. Freeze less.',
  ],
  [
    'a batch of one',
    { '--batch-size': '1' },
    '--batch-size: The objective cea-all-negatives compares texts of a batch; a batch of 1 is too small. Give 2 or more.',
  ],
  [
    'a second label field that is missing',
    { '--objective': 'cea-multitask' },
    'topics: Its only label field is topic, but the objective needs two. Give one with --second-label-field, or use another objective.',
  ],
  ['a learning rate that breaks the encoder', { '--lr': '1e30', '--warmup': '0', '--clip': '1e30' }, 'is not finite in batch'],
] as const) {
  test(`finetune: ${what} is one line, and nothing is written`, async () => {
    const { status, err } = await run(`wrong ${what}`, '--model', model(), ...DATA, ...quick(args), '--quiet');
    assert.equal(status, 2, err);
    assert.ok(err.includes(line), err);
    assert.equal(
      err
        .trim()
        .split('\n')
        .filter((each) => each.startsWith('bench:')).length,
      1,
    );
    assert.ok(!err.includes('    at '), err);
    assert.ok(!existsSync(path.join(root, `wrong ${what}`, 'results.csv')));
  });
}

test('finetune: a class with a single text is said, and trained around', async () => {
  const file = path.join(root, 'lonely.csv');
  writeFileSync(file, `${readFileSync(data, 'utf8')}"A lonely text.",alone,herald,train\n`);
  const { status, err } = await run(
    'lonely',
    '--model',
    model(),
    '--dataset',
    file,
    ...DATA.slice(2),
    ...quick({ '--epochs': '1' }),
    '--quiet',
  );
  assert.equal(status, 0, err);
  assert.match(err, /lonely: 1 class has a single text to train on \(topic "alone"\): it has no positive and is never drawn together\./);
});

test('finetune: Ctrl-C ends with 130, and the same command goes on to the same bytes', async () => {
  const args = ['--model', model(), ...DATA, ...quick({ '--epochs': '16' }), '--objective', 'cea-all-negatives,classic'];
  const straight = await run('uninterrupted', ...args, '--cache', path.join(root, 'cache-uninterrupted'));
  assert.equal(straight.status, 0, straight.err);
  const own = [...args, '--cache', path.join(root, 'cache-interrupted')];
  const child = spawn(
    process.execPath,
    [path.join(import.meta.dirname, '..', '..', 'bench', 'main.js'), 'finetune', '--out', path.join(root, 'interrupted'), ...own],
    { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, HF_HUB_OFFLINE: '1', NO_COLOR: '1' } },
  );
  let err = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text;
    // In the second run, so that the first must be kept; with epochs to come, for a busy machine hears of it late.
    if (/classic: epoch 2,/.test(text)) child.kill('SIGINT');
  });
  const [status] = (await once(child, 'close')) as [number | null];
  assert.equal(status, 130, err);
  assert.match(
    err,
    /Interrupted, progress saved: finished runs are in .*results\.csv, finished epochs are kept; run the same command to resume\.\n$/,
  );
  const record = JSON.parse(readFileSync(path.join(root, 'interrupted', 'run.json'), 'utf8')) as {
    interrupted: boolean;
    cells: { computed: number };
  };
  assert.deepEqual([record.interrupted, record.cells.computed], [true, 6]);

  const again = await run('interrupted', ...own);
  assert.equal(again.status, 0, again.err);
  assert.match(again.err, /Cached: 6 of 9 results are from earlier runs/);
  for (const file of ['results.csv', 'results.md', 'training.csv', path.join('examples', 'topics.jsonl')]) {
    assert.equal(
      readFileSync(path.join(root, 'interrupted', file), 'utf8'),
      readFileSync(path.join(root, 'uninterrupted', file), 'utf8'),
      file,
    );
  }
});

test('finetune: other settings under the same name, and --save onto something else, end with one line before any training', async () => {
  const args = ['--model', model(), ...DATA, ...quick({ '--epochs': '1' }), '--quiet'];
  assert.equal((await run('settings', ...args)).status, 0);
  const other = await run('settings', '--model', model(), ...DATA, ...quick({ '--epochs': '1', '--lr': '1e-4' }), '--quiet');
  assert.equal(other.status, 2);
  assert.match(
    other.err,
    /^bench: .*results\.csv: 3 of its results were computed from other inputs \(bert-uncased on topics: training settings [0-9a-f]{16} then, [0-9a-f]{16} now\)\. --overwrite recomputes everything/,
  );
  const taken = path.join(root, 'taken');
  mkdirSync(taken);
  writeFileSync(path.join(taken, 'mine.txt'), 'mine');
  const refused = await run('settings-2', ...args, '--save', taken);
  assert.deepEqual([refused.status, refused.err], [2, `bench: ${taken}: It already exists. Give another folder, or --overwrite.\n`]);
  const save = path.join(root, 'saved-twice');
  assert.equal((await run('settings-3', ...args, '--save', save)).status, 0);
  const twice = await run('settings-3', ...args.slice(0, -1), '--save', save);
  assert.equal(twice.status, 0, twice.err);
  assert.doesNotMatch(twice.err, /epoch 1/, 'it is not trained again');
});

test('run --finetune: classes rare in train are said, and no fact twice, where frozen encoders are left one out', async () => {
  const rare = ['One of its kind.,odd,x,train', 'Another of its kind.,odd,x,dev', 'A third.,odd,x,test'];
  const file = path.join(root, 'rare.csv');
  writeFileSync(file, `text,topic,paper,split\n${[...LINES, ...rare].join('\n')}\n`);
  const args = ['--model', model(), '--dataset', file, '--label-column', 'topic', '--split-column', 'split', '--pooling', 'mean'];
  const out = path.join(root, 'rare');
  const { status, err } = await bench(
    ['run', '--finetune', ...args, ...quick({ '--epochs': '1' }), '--protocol', 'leave-one-out', '--out', out],
    { cache },
  );
  assert.equal(status, 0, err);
  assert.match(err, /^rare: 1 class has fewer than 3 texts in train \(k = 3\): odd \(1\)\.$/m);
  for (const fact of ['longest text', 'majority baseline', 'fewer than 3 texts in train'])
    assert.equal(err.split(fact).length, 2, `${fact}: ${err}`);
});
