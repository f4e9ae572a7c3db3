import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { choose, finetune, map, rank, run, type ExperimentEvent, type HarnessError } from '../../src/index.ts';
import { bench } from '../bench/bench.ts';
import { temporaryFolder } from '../temporary.ts';
import { writeInputs } from './trained-data.ts';

const root = temporaryFolder();
const cache = path.join(root, 'cache');
const { frozen, trained, data } = writeInputs(root);
const options = { cache, offline: true, threads: 1 };
const into = (name: string) => path.join(root, name);
let caches = 0;
const fresh = () => into(`cache-${caches++}`);

/** What is the same in a folder whoever wrote it, and when: not times, not the record of the run. */
function lasting(folder: string): Record<string, string> {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => statSync(path.join(folder, name)).isFile());
  const kept = names.filter((name) => !['run.json', 'timings.csv', 'costs.csv'].includes(name) && !name.startsWith('maps'));
  return Object.fromEntries(kept.toSorted().map((name) => [name, readFileSync(path.join(folder, name), 'latin1')]));
}

const SCORED = {
  encoders: [frozen, trained],
  datasets: [data],
  splitColumn: 'split',
  pooling: ['mean', 'concat'],
  protocol: ['leave-one-out', 'fit-train'],
  k: [1, 3],
} as const;
const TRAINING = { epochs: 2, batchSize: 8, lr: 1e-3, objective: ['classic', 'cea-all-negatives'] } as const;
type RunRequest = Parameters<typeof run>[0];
const scored = SCORED as unknown as RunRequest;
const alsoTrained = { ...SCORED, encoders: [trained], k: [3], finetune: TRAINING } as unknown as RunRequest;
const tuned = {
  encoders: [trained],
  datasets: [data],
  splitColumn: 'split',
  k: 3,
  ...TRAINING,
  vectorsAt: [0, 2],
} as unknown as Parameters<typeof finetune>[0];
const ranked = { encoders: [frozen, trained], datasets: [data], splitColumn: 'split', k: 3 };
const CHOSEN = {
  encoders: [frozen, trained],
  datasets: [data],
  splitColumn: 'split',
  k: 3,
  epochs: 1,
  batchSize: 8,
  lr: 1e-3,
  seed: [1],
  budgetTexts: 700,
} as const;
const ROWS = [
  '--model',
  frozen,
  '--model',
  trained,
  '--dataset',
  data,
  '--split-column',
  'split',
  '--threads',
  '1',
  '--offline',
  '--quiet',
];
const TRAINED = ['--epochs', '2', '--batch-size', '8', '--lr', '1e-3', '--objective', 'classic,cea-all-negatives'];

const TWINS: readonly (readonly [string, (out: string) => Promise<unknown>, readonly string[], readonly string[]])[] = [
  [
    'run',
    (out) => run(scored, { ...options, cache: fresh(), out }),
    ['run', ...ROWS, '--pooling', 'mean,concat', '--protocol', 'leave-one-out,fit-train', '--k', '1,3'],
    ['examples/data.jsonl', 'results.csv', 'results.md'],
  ],
  [
    'run, trained, too',
    (out) => run(alsoTrained, { ...options, cache: fresh(), out }),
    ['run', ...ROWS.slice(2), '--pooling', 'mean,concat', '--protocol', 'leave-one-out,fit-train', '--k', '3', '--finetune', ...TRAINED],
    ['results.csv', 'results.md', 'training.csv'],
  ],
  [
    'finetune',
    (out) => finetune(tuned, { ...options, cache: fresh(), out }),
    ['finetune', ...ROWS.slice(2), '--k', '3', ...TRAINED, '--vectors-at', '0,2'],
    ['results.csv', 'results.md', 'training.csv'],
  ],
  ['rank', (out) => rank(ranked, { ...options, cache: fresh(), out }), ['rank', ...ROWS, '--k', '3'], ['estimates.csv']],
  [
    'choose',
    (out) => choose(CHOSEN, { ...options, cache: fresh(), out }),
    ['choose', ...ROWS, '--k', '3', '--epochs', '1', '--batch-size', '8', '--lr', '1e-3', '--seed', '1', '--budget-texts', '700'],
    ['choose.csv', 'choose.json', 'results.csv', 'results.md', 'training.csv'],
  ],
];

for (const [name, called, typed, files] of TWINS) {
  test(`api: ${name} leaves the bytes that the command line leaves`, async () => {
    const [mine, theirs] = [into(`${name}-api`), into(`${name}-bench`)];
    await called(mine);
    const { status, err } = await bench([...typed, '--out', theirs], { cache: fresh() });
    assert.equal(status, 0, err);
    const found = lasting(mine);
    assert.deepEqual(found, lasting(theirs));
    for (const file of files) assert.ok(Object.hasOwn(found, file), `${file} of ${Object.keys(found).join()}`);
    assert.ok(existsSync(path.join(mine, 'run.json')));
  });
}

test('api: a run.json of a program is a request of the command line', async () => {
  const out = into('run-again');
  const { status, err } = await bench(
    ['run', '--request', path.join(into('run-api'), 'run.json'), '--threads', '1', '--offline', '--quiet', '--out', out],
    { cache },
  );
  assert.equal(status, 0, err);
  assert.deepEqual(lasting(out), lasting(into('run-api')));
});

test('api: in memory the same rows as in a folder, numbers as numbers, null for what there is not; nothing is written', async () => {
  const before = readdirSync(root);
  const memory = await run(scored, options);
  const folder = await run(scored, { ...options, out: into('typed') });
  assert.deepEqual(memory.rows, folder.rows);
  assert.deepEqual(
    readdirSync(root).filter((name) => !before.includes(name)),
    ['typed', 'cache'].filter((name) => !before.includes(name)),
  );
  assert.deepEqual([memory.kept, memory.failures], [0, []]);
  assert.equal(memory.rows.length, 3 * (2 + 3 * 2));
  for (const row of memory.rows) {
    for (const column of ['accuracy', 'micro_f1', 'macro_f1', 'n', 'correct', 'k', 'micro_f1_low'] as const)
      assert.equal(typeof row[column], 'number', column);
    assert.deepEqual([row.objective, row.recall, row.seed, row.epoch], [null, null, null, null]);
    assert.equal(typeof row.encoder, 'string');
  }
  const { rows } = await finetune({ ...tuned, vectorsAt: undefined }, options);
  assert.deepEqual(rows.map(({ objective, seed }) => [objective, typeof seed]).filter(([objective]) => objective === 'classic').length, 3);
  const ranking = await rank(ranked, options);
  assert.deepEqual(ranking.rows.length, 2);
  assert.deepEqual(ranking.failures, []);
});

test('api: maps, method by method, encoder by encoder', async () => {
  const { maps } = await map(
    { encoders: [frozen, trained], datasets: [data], splitColumn: 'split', method: ['umap', 'tsne'], sample: 40, k: 3 },
    options,
  );
  assert.deepEqual(
    maps.map(({ method, encoder, layout, labels }) => [method, encoder, layout.length, labels.length]),
    [
      ['umap', 'frozen', 80, 40],
      ['umap', 'trained', 80, 40],
      ['tsne', 'frozen', 80, 40],
      ['tsne', 'trained', 80, 40],
    ],
  );
  assert.ok(maps.every(({ layout }) => layout.every((number) => Number.isFinite(number))));
});

test('api: of every task it is told the beginning, then how far it is, then the end', async () => {
  const works: ((onEvent: (event: ExperimentEvent) => void) => Promise<unknown>)[] = [
    (onEvent) => run(scored, { ...options, cache: fresh(), onEvent }),
    (onEvent) => finetune({ ...tuned, vectorsAt: undefined }, { ...options, cache: fresh(), onEvent }),
    (onEvent) => rank(ranked, { ...options, cache: fresh(), onEvent }),
    (onEvent) => map({ encoders: [frozen], datasets: [data], k: 3, method: ['umap'] }, { ...options, cache: fresh(), onEvent }),
  ];
  for (const work of works) {
    const events: ExperimentEvent[] = [];
    await work((event) => events.push(event));
    const tasks = events.flatMap((event) => (event.type === 'started' ? [event.task] : []));
    assert.ok(tasks.length > 0);
    assert.deepEqual(
      tasks,
      tasks.map((_, i) => i + 1),
    );
    for (const task of tasks) {
      const own = events.flatMap((event) => ('task' in event && event.task === task ? [event] : []));
      assert.deepEqual([own[0]!.type, own.at(-1)!.type], ['started', 'ended']);
      const done = own.slice(1, -1).map((event) => (event.type === 'progress' ? event.done : -1));
      assert.deepEqual(
        done,
        done.toSorted((a, b) => a - b),
      );
    }
  }
});

test('api: what it throws out of onEvent ends it, and the next goes on', async () => {
  const wrong = new Error('mine');
  const onEvent = ({ type }: ExperimentEvent): void => {
    if (type === 'progress') throw wrong;
  };
  await assert.rejects(run(scored, { ...options, cache: fresh(), onEvent }), (error) => error === wrong);
  assert.equal((await run(scored, options)).failures.length, 0);
});

test('api: a signal that is given already ends it before anything is there', async () => {
  const reason = new Error('not now');
  const signal = AbortSignal.abort(reason);
  const works = [
    () => run(scored, { ...options, signal, out: into('never') }),
    () => finetune(tuned, { ...options, signal, out: into('never') }),
    () => rank(ranked, { ...options, signal, out: into('never') }),
    () => choose(CHOSEN, { ...options, signal, out: into('never') }),
    () => map({ encoders: [frozen], datasets: [data] }, { ...options, signal }),
  ];
  for (const work of works) await assert.rejects(work(), (error) => error === reason);
  assert.ok(!existsSync(into('never')));
});

for (const [name, work] of Object.entries({
  run: (more: object) => run(alsoTrained, { ...options, ...more }),
  finetune: (more: object) => finetune(tuned, { ...options, ...more }),
  rank: (more: object) => rank(ranked, { ...options, ...more }),
  choose: (more: object) => choose(CHOSEN, { ...options, ...more }),
})) {
  test(`api: ${name} that is interrupted is resumed, to the same bytes`, async () => {
    const whole = into(`${name}-whole`);
    await work({ cache: fresh(), out: whole });
    for (const at of [3, 12]) {
      const own = { cache: fresh(), out: into(`${name}-cut-${at}`) };
      const controller = new AbortController();
      const reason = new Error(`at ${at}`);
      let events = 0;
      const onEvent = (): void => {
        if (++events === at) controller.abort(reason);
      };
      await assert.rejects(work({ ...own, signal: controller.signal, onEvent }), (error) => error === reason);
      await work(own);
      assert.deepEqual(lasting(own.out), lasting(whole));
      assert.deepEqual(
        readdirSync(own.out).filter((file) => file.startsWith('.')),
        [],
      );
    }
  });
}

test('api: two at once, in memory and into folders, give what each gives alone', async () => {
  const [a, b] = [into('both-a'), into('both-b')];
  const shared = fresh();
  const [one, two, three] = await Promise.all([
    run(scored, { ...options, cache: shared, out: a }),
    run({ ...scored, k: [2] }, { ...options, cache: shared, out: b }),
    rank(ranked, { ...options, cache: shared }),
  ]);
  assert.deepEqual(one.rows, (await run(scored, options)).rows);
  assert.deepEqual(two.rows, (await run({ ...scored, k: [2] }, options)).rows);
  const scores = (rows: typeof three.rows) => rows.map(({ encoder, score }) => [encoder, score]);
  assert.deepEqual(scores(three.rows), scores((await rank(ranked, options)).rows));
  assert.deepEqual(lasting(a), lasting(into('run-api')));
});

test('api: parts of a run, put together, are the run', async () => {
  const parts = [1, 2].map((index) => ({ index, of: 2 }));
  const other = path.join(root, 'other.csv');
  writeFileSync(other, readFileSync(data));
  const request = { ...SCORED, datasets: [data, other], pooling: ['mean'] } as unknown as RunRequest;
  for (const shard of parts) await run(request, { ...options, shard, out: into(`part-${shard.index}`) });
  await run(request, { ...options, out: into('parts-whole') });
  const { status, err } = await bench(['merge', into('part-1'), into('part-2'), '--out', into('merged')], { cache });
  assert.equal(status, 0, err);
  assert.deepEqual(lasting(into('merged')), lasting(into('parts-whole')));
});

test('api: parts that were trained otherwise are not put together', async () => {
  const other = path.join(root, 'other.csv');
  writeFileSync(other, readFileSync(data));
  const part = async (index: number, lr: number): Promise<string> => {
    const out = into(`trained-${index}-${lr}`);
    const request = { ...tuned, datasets: [data, other], objective: ['classic'], epochs: 1, lr, vectorsAt: undefined } as typeof tuned;
    await finetune(request, { ...options, shard: { index, of: 2 }, out });
    return out;
  };
  const [first, second, changed] = [await part(1, 1e-3), await part(2, 1e-3), await part(2, 2e-3)];
  const mixed = await bench(['merge', first, changed, '--out', into('mixed')], { cache });
  assert.equal(mixed.status, 2);
  assert.match(mixed.err, /^bench: [^\n]*(?:same|another|other|different|whole|plan)[^\n]*\n$/);
  assert.ok(!existsSync(into('mixed')));
  assert.equal((await bench(['merge', first, second, '--out', into('mixed')], { cache })).status, 0);
});

const off = { cache, offline: true };
const any = (value: unknown): never => value as never;
/** Untyped values that a program may pass. */
const REFUSED: readonly (readonly [string, () => unknown, RegExp])[] = [
  ['a request that is null', () => run(any(null), off), /^request: It takes an object, got null\.$/],
  ['no request', () => rank(any(undefined), off), /^request: It takes an object, got undefined\.$/],
  ['a list', () => run(any([]), off), /^request: It takes an object, got \[\]\.$/],
  ['a text', () => map(any('x'), off), /^request: It takes an object, got "x"\.$/],
  ['another command', () => run(any({ command: 'rank' }), off), /^`command`: The request is for "rank", and this is run\. Omit it\.$/],
  ['options that are null', () => finetune({}, any(null)), /^options: It takes an object, got null\.$/],
  ['an option mistyped', () => run({}, any({ ...off, ot: 'x' })), /^`ot`: Unknown option\. Did you mean "out"\?/],
  ['an option that drawings do not have', () => map({}, any({ ...off, out: 'x' })), /^`out`: Maps are returned, not written to files\./],
  ['save of another function', () => run({}, any({ ...off, save: 'x' })), /^`save`: Unknown option\./],
  ['texts of another function', () => run({}, any({ ...off, texts: false })), /^`texts`: Unknown option\./],
  [
    'texts that are neither true nor false',
    () => finetune({}, any({ ...off, texts: 'no' })),
    /^`texts`: It takes true or false, got "no"\.$/,
  ],
  ['save that is no text', () => finetune({}, any({ ...off, save: 3 })), /^`save`: It takes a string, got 3\.$/],
  [
    'a part beyond the parts',
    () => run({}, { ...off, shard: { index: 3, of: 2 } }),
    /^`shard`: It takes an object of index and of, .+ got \{"index":3,"of":2\}\.$/,
  ],
  ['a part in words', () => run({}, any({ ...off, shard: '1/2' })), /^`shard`: It takes an object/],
  ['a signal that is none', () => rank({}, any({ ...off, signal: {} })), /^`signal`: It takes an AbortSignal, got \{\}\.$/],
  [
    'another policy',
    () => run({}, any({ ...off, policy: 'constructor' })),
    /^`policy`: "constructor" is not a valid value\. It takes same-inputs, /,
  ],
  ['no thread', () => run({}, { ...off, threads: 0 }), /^`threads`: It takes a whole number of at least 1, got 0\.$/],
  ['a budget below a second', () => rank({ budget: 0 }, off), /^`budget`: /],
  ['a folder that is not there', () => run({ encoders: ['./nope'] }, off), /^`encoders`: Folder not found: nope\./],
  ['a file that is not there', () => run({ datasets: ['./nope.csv'] }, off), /^`datasets`: File not found: nope\.csv\./],
  [
    'two of one name',
    () => run({ encoders: [`x=${frozen}`, `x=${trained}`], datasets: [data] }, off),
    /^`encoders`: Two have the name "x"; .+ `encoders` NAME=PATH\.$/,
  ],
  [
    'vectors without a folder',
    () => finetune({ encoders: [trained], datasets: [data], vectorsAt: [0] }, off),
    /^`vectorsAt`: It saves vectors in a results folder, and none is given\. Give one with `out`\.$/,
  ],
  ['a mirror that is not there', () => run({}, { ...off, mirrors: ['/nowhere'] }), /^`mirrors`: Folder not found: \/nowhere\.$/],
  ['k beyond the texts', () => rank({ encoders: [frozen], datasets: [data], k: 999 }, off), /^`k`: k = 999 is larger than the corpus/],
];

for (const [what, work, message] of REFUSED) {
  test(`api: ${what} is refused, with options as they are called here`, async () => {
    await assert.rejects(
      async () => work(),
      (error: HarnessError) => {
        assert.equal(error.name, 'HarnessError');
        assert.match(error.message, message);
        return error.code === 'OPTION' && !/(?:^|\s)--\w/.test(error.message);
      },
    );
  });
}

test('api: results that are stale end it, and what mends that is called as it is here', async () => {
  const own = into('stale');
  const model = path.join(root, 'changing');
  const { frozen: first } = writeInputs(model);
  const request = { encoders: [first], datasets: [data], splitColumn: 'split', pooling: ['mean'], k: [3] } as unknown as RunRequest;
  await run(request, { ...options, out: own });
  const before = lasting(own);
  writeFileSync(path.join(first, 'model.onnx'), readFileSync(path.join(frozen, 'model.onnx')));
  writeFileSync(
    path.join(first, 'tokenizer.json'),
    readFileSync(path.join(frozen, 'tokenizer.json'), 'utf8').replace('"lowercase":true', '"lowercase":false'),
  );
  await assert.rejects(run(request, { ...options, out: own }), {
    code: 'OUTPUT',
    message: /`policy: 'overwrite'` recomputes everything, `policy: 'prune-stale'` recomputes only these/,
  });
  assert.deepEqual(lasting(own), before);
  assert.equal((await run(request, { ...options, out: own, policy: 'prune-stale' })).kept, 0);
});
