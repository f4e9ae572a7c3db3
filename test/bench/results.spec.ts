import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { readRows } from '../../src/results/csv.ts';
import { parseCsv } from '../../src/results/csv.ts';
import { temporaryFolder } from '../temporary.ts';
import { writeTinyEncoder } from '../tiny-encoder.ts';
import { bench, type Outcome } from './bench.ts';

const root = temporaryFolder();
const cache = path.join(root, 'cache');
const main = path.join(import.meta.dirname, '..', '..', 'bench', 'main.js');
const tiny = writeTinyEncoder(path.join(root, 'tiny'), { layers: 4 });
const other = writeTinyEncoder(path.join(root, 'other'), { layers: 3, seed: 7, placement: 'pre' });
const words = ['what', 'who', 'where', 'is', 'the', 'abc', 'zebra', 'quiz', 'moon', 'tip'];

function corpus(name: string, size: number): string {
  const file = path.join(root, `${name}.csv`);
  const rows = Array.from(
    { length: size },
    (_, i) =>
      `${['animal', 'place', 'person'][i % 3]},"${words[i % 7]} ${words[(i * 3 + 1) % 10]} ${words[i % 3]} ${'xyz'[i % 3]} ${i % 13}?"`,
  );
  writeFileSync(file, `label,text\n${rows.join('\n')}\n`);
  return file;
}

const topics = corpus('topics', 60);
const places = corpus('places', 45);
const WHOLE = ['--model', tiny, '--model', other, '--dataset', topics, '--dataset', places, '--pooling', 'cls,mean,max'];

let runs = 0;
const fresh = (): string => path.join(root, `results${runs++}`);
const run = (args: readonly string[], out: string, options: { cwd?: string } = {}): Promise<Outcome> =>
  bench(['run', '--out', out, '--offline', ...args], { cache, ...options });
const results = (folder: string): Record<string, string> =>
  Object.fromEntries(
    ['results.csv', 'results.md', ...readdirSync(path.join(folder, 'examples')).map((name) => path.join('examples', name))]
      .toSorted()
      .map((name) => [name, readFileSync(path.join(folder, name), 'utf8')]),
  );

/** What `bench diff --format json` reports of the results, whatever the two sets are called. */
const cellsOf = ({ out }: Outcome) =>
  (JSON.parse(out) as { rows: Record<string, unknown>[] }).rows.map(({ from: _from, to: _to, ...cell }) => cell);

const whole = fresh();
test('run: the whole, once', async () => {
  const { status, err } = await run(WHOLE, whole);
  assert.equal(status, 0, err);
  assert.deepEqual(Object.keys(results(whole)), ['examples/places.jsonl', 'examples/topics.jsonl', 'results.csv', 'results.md']);
});

test('run: every score has its interval, and lies in it', async () => {
  const { rows } = await readRows(path.join(whole, 'results.csv'));
  for (const row of rows) {
    for (const score of ['accuracy', 'micro_f1', 'macro_f1'] as const) {
      assert.ok(
        Number(row[`${score}_low`]) <= Number(row[score]) && Number(row[score]) <= Number(row[`${score}_high`]),
        JSON.stringify(row),
      );
    }
    if (row.protocol === 'leave-one-out') assert.ok(row.accuracy_low !== row.accuracy_high);
  }
});

test('run: what is missing is added to what is there, to the bytes of one run; only-missing keeps the rest', async () => {
  const folder = fresh();
  assert.equal((await run([...WHOLE.slice(0, 6), '--pooling', 'mean'], folder)).status, 0);
  const { status, err } = await run([...WHOLE, '--only-missing'], folder);
  assert.equal(status, 0);
  assert.match(err, /Cached: 4 of 24 results are from earlier runs/);
  assert.deepEqual(results(folder), results(whole));
  // A completed run is made again, from the stored vectors.
  const again = await run(WHOLE, folder);
  assert.doesNotMatch(again.err, /kept/);
  assert.deepEqual(results(folder), results(whole));
});

test('run: an encoder file that changed since is one line, status 2, nothing overwritten', async () => {
  const folder = fresh();
  const copy = path.join(root, 'copy');
  cpSync(tiny, copy, { recursive: true });
  const args = ['--model', copy, '--dataset', topics, '--pooling', 'mean', '--quiet'];
  assert.equal((await run(args, folder)).status, 0);
  const before = results(folder);
  appendFileSync(path.join(copy, 'tokenizer.json'), ' ');
  const { status, err } = await run(args, folder);
  assert.equal(status, 2);
  assert.match(
    err,
    /^bench: .*results\.csv: 2 of its results were computed from other inputs \(copy on topics: tokenizer [0-9a-f]{16} then, [0-9a-f]{16} now\)\. --overwrite recomputes everything, --prune-stale recomputes only these, --only-missing keeps them; or give another folder with --out\.\n$/,
  );
  assert.deepEqual(results(folder), before);
  assert.equal((await run([...args, '--only-missing'], folder)).status, 0);
  assert.deepEqual(results(folder), before);
  const pruned = await run([...args.slice(0, -1), '--prune-stale'], folder);
  assert.equal(pruned.status, 0);
  assert.match(pruned.err, /results\.csv: 2 results made from other files are dropped\./);
  assert.notDeepEqual(results(folder), before);
  assert.equal(
    (await run([...args, '--overwrite', '--only-missing'], folder)).err,
    'bench: --only-missing: It contradicts --overwrite. Give one of the two.\n',
  );
});

test('run: shards merged are the bytes of one run, with and without a concatenation', async () => {
  for (const more of [[], ['--pooling', 'mean,concat', '--concat-norm', 'raw,zscore']]) {
    const args = more.length === 0 ? WHOLE : [...WHOLE.slice(0, -2), ...more];
    const straight = fresh();
    assert.equal((await run(args, straight)).status, 0);
    const shards = [fresh(), fresh(), fresh()];
    for (const [i, folder] of shards.entries()) {
      const { status, err } = await run([...args, '--shard', `${i + 1}/3`], folder);
      assert.equal(status, 0, err);
    }
    const merged = fresh();
    const { status, err } = await bench(['merge', ...shards, '--out', merged], { cache });
    assert.equal(status, 0, err);
    assert.deepEqual(results(merged), results(straight));
    assert.deepEqual(stages(merged), stages(straight));
    assert.deepEqual(checked(merged), checked(straight));
  }
});

/** What run.json says of the datasets. */
function checked(folder: string): unknown[] {
  const { data } = JSON.parse(readFileSync(path.join(folder, 'run.json'), 'utf8')) as { data: { dataset: string }[] };
  assert.ok(data.length > 0);
  return data.toSorted((a, b) => (a.dataset < b.dataset ? -1 : 1));
}

/** Stages that timings.csv has a time for; whether its texts were stored depends on earlier runs. */
function stages(folder: string): string[] {
  const [, ...records] = parseCsv({
    text: readFileSync(path.join(folder, 'timings.csv'), 'utf8'),
    file: 'timings.csv',
    checkHeader: () => undefined,
  });
  return [
    ...new Set(records.map(({ cells: [encoder, dataset, stage, detail] }) => [encoder, dataset, stage, detail].join(' '))),
  ].toSorted();
}

test('run: the times of what is in the folder already stay when more is added', async () => {
  const folder = fresh();
  const args = ['--model', tiny, '--dataset', topics, '--quiet', '--pooling'];
  assert.equal((await run([...args, 'mean'], folder)).status, 0);
  const before = stages(folder);
  assert.equal((await run([...args, 'cls'], folder)).status, 0);
  assert.deepEqual(
    stages(folder),
    [...before, before.find((stage) => stage.includes(' knn mean '))!.replace(' knn mean ', ' knn cls ')].toSorted(),
  );
});

test('merge: says what is missing; refuses parts of other runs, other inputs, the same part twice', async () => {
  const [one, two, three] = [fresh(), fresh(), fresh()];
  assert.equal((await run([...WHOLE, '--shard', '1/2'], one)).status, 0);
  assert.equal((await run([...WHOLE, '--shard', '2/2'], two)).status, 0);
  const out = fresh();
  const missing = await bench(['merge', one, '--out', out], { cache });
  assert.equal(missing.status, 1);
  assert.match(missing.err, /^Missing: shard 2\/2; other on topics; other on places\.\nWritten: /m);
  assert.equal((await run([...WHOLE.slice(0, -1), 'cls', '--shard', '2/2'], three)).status, 0);
  const refused: [string[], RegExp][] = [
    [
      [one, three],
      /^bench: .*: It belongs to a different run from .*: encoders, datasets or settings differ\. Merge the shards of one command, run at one commit\.\n$/,
    ],
    [[one, one], /^bench: .*: It is named twice\. Name each shard once\.\n$/],
    [[], /^bench: No folder is named\. Name the --out folders of `bench run --shard i\/n`\.\n$/],
    [[root], /^bench: .*run\.json: Cannot be read \(ENOENT.*\)\. Give the --out folders of `bench run --shard i\/n`\.\n$/],
  ];
  for (const [folders, message] of refused) {
    const { status, err } = await bench(['merge', ...folders, '--out', fresh()], { cache });
    assert.deepEqual([status, message.test(err)], [2, true], err);
  }
  const copied = fresh();
  cpSync(one, copied, { recursive: true });
  assert.match((await bench(['merge', one, copied, '--out', fresh()], { cache })).err, /It is the same shard as/);
  const file = path.join(two, 'results.csv');
  writeFileSync(file, readFileSync(file, 'utf8').replaceAll(/,[0-9a-f]{16},(?=,+[0-9a-f]{2}\.|,,,)/g, ',0000000000000000,'));
  assert.match(
    (await bench(['merge', one, two, '--out', fresh()], { cache })).err,
    /^bench: .*: Its dataset \w+ differs from that of .* \(data_hash 0000000000000000 here, [0-9a-f]{16} there\)/,
  );
});

test('run: a shard that is no part of a whole is one line', async () => {
  assert.equal(
    (await run([...WHOLE, '--shard', '3/2', '--quiet'], fresh())).err,
    'bench: --shard: "3/2" is not a shard. Write 1/4 for the first of four.\n',
  );
});

test('show: the tables again from the CSV alone, with filters; results.md rewritten to the same bytes', async () => {
  const before = results(whole);
  rmSync(path.join(whole, 'results.md'));
  const { status, out } = await bench(['show', '--out', whole, '--write'], { cache });
  assert.equal(status, 0);
  assert.deepEqual(results(whole), before);
  assert.match(out, /places/);
  const some = await bench(
    ['show', '--out', whole, '--datasets', 'Topics', '--pooling', 'mean', '--protocol', 'leave-one-out', '--format', 'csv'],
    { cache },
  );
  assert.equal(some.out.trim().split('\n').length, 3);
  assert.equal(
    (await bench(['show', '--out', whole, '--pooling', 'meen'], { cache })).err,
    'bench: --pooling: No row has "meen". Did you mean "mean"? There are cls, max, mean.\n',
  );
  assert.equal(
    (await bench(['show', '--out', path.join(root, 'nowhere')], { cache })).err,
    `bench: ${path.join(root, 'nowhere')}: Folder not found. Run \`bench\`, or name a results folder.\n`,
  );
});

test('diff: commit against working tree and another commit, better and worse, new and gone', async () => {
  const repository = path.join(root, 'repository');
  mkdirSync(repository);
  const git = (...args: string[]): string =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.org', ...args], { cwd: repository, encoding: 'utf8' });
  git('init', '-q');
  const folder = path.join(repository, 'results');
  cpSync(whole, folder, { recursive: true });
  git('add', '.');
  git('commit', '-qm', 'first');
  const same = await bench(['diff', '--out', folder, '--fail-on', 'any'], { cache });
  assert.equal(same.status, 0, same.err);
  assert.equal(same.out, `Micro-F1, HEAD → ${folder}: 0 better, 0 worse, 0 new, 0 gone and 24 unchanged\n`);

  // Another encoder under the same name, one pooling less, another more.
  rmSync(folder, { recursive: true });
  const changed = path.join(root, 'changed', 'tiny');
  writeTinyEncoder(changed, { layers: 4, seed: 99 });
  assert.equal(
    (await run(['--model', changed, '--model', other, '--dataset', topics, '--dataset', places, '--pooling', 'cls,mean,last'], folder))
      .status,
    0,
  );
  const diff = await bench(['diff', '--out', folder, '--format', 'json'], { cache });
  assert.equal(diff.status, 0, diff.err);
  const cells = cellsOf(diff);
  const count = (change: string): number => cells.filter((each) => each['change'] === change).length;
  assert.deepEqual([count('new'), count('gone'), count('better') + count('worse') + count('unchanged')], [8, 8, 16]);
  const tested = cells.filter((each) => each['p'] !== null);
  assert.ok(tested.length > 0);
  for (const each of tested) {
    assert.equal(each['test'], 'mcnemar');
    assert.ok(Number(each['p']) <= Number(each['p_holm']));
    assert.ok(Math.abs(Number(each['difference']) - (Number(each['after']) - Number(each['before']))) < 0.011);
  }
  const failed = await bench(['diff', '--out', folder, '--format', 'markdown', '--fail-on', 'worse'], { cache });
  assert.equal(failed.status, 1);
  assert.match(failed.out, /^### Micro-F1, HEAD → /);
  assert.match(failed.out, /^\| topics \| tiny \| last, leave-one-out \| {2}\| \d+\.\d\d \|/m);
  assert.match(failed.err, /^--fail-on worse: \d+ results\.\n$/);
  // F1 over classes is compared by a paired bootstrap.
  const macro = cellsOf(await bench(['diff', '--out', folder, '--format', 'json', '--score', 'macro_f1'], { cache }));
  assert.ok(macro.some((each) => each['test'] === 'paired bootstrap'));

  git('add', '.');
  git('commit', '-qm', 'second');
  const commits = await bench(['diff', 'HEAD~1', 'HEAD', '--out', folder, '--format', 'json'], { cache });
  assert.deepEqual(cellsOf(commits), cells);
  // A file of an older version, with fewer columns, with its predictions.
  const older = path.join(root, 'older');
  cpSync(whole, older, { recursive: true });
  const lines = readFileSync(path.join(older, 'results.csv'), 'utf8').split('\n');
  const columns = lines[0]!.split(',').indexOf('objective');
  writeFileSync(path.join(older, 'results.csv'), lines.map((line) => line.split(',').slice(0, columns).join(',')).join('\n'));
  assert.deepEqual(cellsOf(await bench(['diff', older, folder, '--format', 'json'], { cache })), cells);
  // Files, and one without predictions.
  rmSync(path.join(folder, 'examples'), { recursive: true });
  const unpaired = await bench(['diff', path.join(whole, 'results.csv'), folder], { cache });
  assert.match(
    unpaired.out,
    /results are compared by intervals, as if the texts were different, since .* has no predictions that match its score\./,
  );
  for (const [args, message] of [
    [
      ['diff', 'no-such', '--out', folder],
      '"no-such" is neither a file, a folder, nor a revision. Give a results folder, a results.csv, or a git revision.',
    ],
    [
      ['diff', '--out', path.join(repository, 'elsewhere')],
      'HEAD:elsewhere/results.csv: That commit has no such file. Give the results folder with --out, or another revision.',
    ],
    [
      ['diff', '--out', path.join(root, 'nowhere')],
      `"HEAD" is not a file or folder, nor a revision: ${root} is not in a git repository. Give a results folder, a results.csv, or a git revision.`,
    ],
  ] as const)
    assert.equal((await bench(args, { cache })).err, `bench: ${message}\n`);
});

test('run: formulas, markup and marks in names and labels stay text in every output', async () => {
  const strange = '=HYPERLINK("x")|<img src=x>`*';
  const file = path.join(root, `${strange.replaceAll('/', '')}.csv`);
  const source = readFileSync(topics, 'utf8').replaceAll('animal', '"=1+1<b>"').replaceAll('place', '"@SUM|x"');
  writeFileSync(file, source);
  const encoder = writeTinyEncoder(path.join(root, '+cmd<script>|'), { layers: 2 });
  const folder = fresh();
  const { status, err } = await run(
    ['--model', encoder, '--dataset', file, '--text-column', 'text', '--label-column', 'label', '--pooling', 'mean'],
    folder,
  );
  assert.equal(status, 0, err);
  const { rows } = await readRows(path.join(folder, 'results.csv'));
  assert.deepEqual([rows[0]!.encoder, rows[0]!.dataset], ['+cmd<script>|', strange]);
  const changed = fresh();
  cpSync(folder, changed, { recursive: true });
  rmSync(path.join(changed, 'examples'), { recursive: true });
  writeFileSync(
    path.join(changed, 'results.csv'),
    readFileSync(path.join(changed, 'results.csv'), 'utf8').replaceAll(/,(\d\d)\.(\d\d),\1\.\2,/g, ',10.00,10.00,'),
  );
  const diff = async (format: string): Promise<string> => (await bench(['diff', folder, changed, '--format', format], { cache })).out;
  for (const text of [readFileSync(path.join(folder, 'results.md'), 'utf8'), await diff('markdown')]) {
    assert.doesNotMatch(text, /<script|<img|[^\\]\|<|[^\\]`/);
    assert.match(text, /&lt;script&gt;/);
  }
  for (const text of [readFileSync(path.join(folder, 'results.csv'), 'utf8'), await diff('csv')])
    assert.doesNotMatch(text, /(^|,|")[=+@]/m);
});

test('run: two at once on one folder and one cache both finish right', async () => {
  const folder = fresh();
  const own = path.join(root, 'shared-cache');
  const start = (args: readonly string[]) =>
    once(
      spawn(process.execPath, [main, 'run', '--out', folder, '--offline', '--quiet', '--cache', own, ...args], { stdio: 'ignore' }),
      'close',
    );
  const [first, second] = await Promise.all([start(WHOLE), start([...WHOLE.slice(2, 6), ...WHOLE.slice(6)])]);
  assert.deepEqual([first[0], second[0]], [0, 0]);
  assert.equal(results(folder)['results.csv'], results(whole)['results.csv']);
  assert.deepEqual(
    readdirSync(folder).filter((name) => name.startsWith('.')),
    [],
  );
});

/** Starts a run and sends a signal once some rows are on the disk. */
async function interrupted(
  folder: string,
  signal: NodeJS.Signals,
  own: string,
): Promise<{ status: number | null; signal: string | null; out: string; err: string }> {
  const child = spawn(process.execPath, [main, 'run', '--out', folder, '--offline', '--cache', own, ...WHOLE], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [out, err] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
  const poll = setInterval(() => {
    if (existsSync(path.join(folder, 'results.csv'))) {
      clearInterval(poll);
      child.kill(signal);
    }
  }, 2);
  const [status, by] = (await once(child, 'close')) as [number | null, string | null];
  clearInterval(poll);
  return { status, signal: by, out, err };
}

test('run: Ctrl-C leaves clean results, ends with 130, and the same command goes on', async () => {
  const folder = fresh();
  const own = path.join(root, 'interrupted-cache');
  const { status, signal, out, err } = await interrupted(folder, 'SIGINT', own);
  assert.deepEqual([status, signal, out], [130, null, ''], err);
  assert.match(err, /Interrupted, progress saved\. Press Ctrl-C again to quit immediately\./);
  assert.match(err, /Interrupted, progress saved: \d+ results are in .*results\.csv; run the same command to resume\.\n$/);
  assert.equal((JSON.parse(readFileSync(path.join(folder, 'run.json'), 'utf8')) as { interrupted: boolean }).interrupted, true);
  assert.ok(existsSync(path.join(folder, 'results.md')));
  const again = await run([...WHOLE, '--cache', own], folder);
  assert.equal(again.status, 0, again.err);
  assert.match(again.err, /resuming interrupted run\.\n(.*\n)*Cached: \d+ of 24 results are from earlier runs/);
  assert.deepEqual(results(folder), results(whole));
  assert.deepEqual(
    readdirSync(folder).filter((name) => name.startsWith('.')),
    [],
  );
});

test('run: kill -9 only loses the running result, and the same command gives the same bytes', async () => {
  const folder = fresh();
  const own = path.join(root, 'killed-cache');
  assert.equal((await interrupted(folder, 'SIGKILL', own)).signal, 'SIGKILL');
  const { rows } = await readRows(path.join(folder, 'results.csv'));
  assert.ok(rows.length > 0);
  const again = await run([...WHOLE, '--cache', own], folder);
  assert.equal(again.status, 0, again.err);
  assert.deepEqual(results(folder), results(whole));
});

/** A small disk, if the system allows mounting one. */
const small =
  spawnSync('unshare', ['-rm', 'bash', '-c', `mkdir -p ${root}/try && mount -t tmpfs -o size=64k tmpfs ${root}/try`]).status === 0;

test(
  'run: a disk that is full is one line, status 2, and what was there stays',
  { skip: small ? false : 'needs unshare, to mount a small disk' },
  () => {
    const folder = fresh();
    const kept = fresh();
    mkdirSync(folder);
    const args = ['run', '--out', folder, '--offline', '--quiet', '--cache', cache, '--model', tiny, '--dataset', topics];
    const script = `mount -t tmpfs -o size=32k tmpfs "$FOLDER" && "$@" --pooling cls >/dev/null && cp -r "$FOLDER" "$KEPT" && "$@" --pooling all,max,last,weighted-mean --layers all >/dev/null; status=$?; ls -a "$FOLDER"; cp "$FOLDER/results.csv" "$KEPT/after.csv"; exit $status`;
    const { status, stdout, stderr } = spawnSync('unshare', ['-rm', 'bash', '-c', script, 'bash', process.execPath, main, ...args], {
      encoding: 'utf8',
      env: { ...process.env, FOLDER: folder, KEPT: kept },
    });
    assert.equal(status, 2, stderr);
    assert.match(
      stderr,
      /^bench: .*(results\.csv|topics\.jsonl): Cannot be written \(ENOSPC: no space left on device, write\)\. Free disk space or give another folder with --out\.\n$/,
    );
    assert.doesNotMatch(stdout, /\.lock|results\.csv\./);
    const after = readFileSync(path.join(kept, 'after.csv'), 'utf8');
    for (const line of readFileSync(path.join(kept, 'results.csv'), 'utf8').split('\n')) assert.ok(after.includes(line));
  },
);
