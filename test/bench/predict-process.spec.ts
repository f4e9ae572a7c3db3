import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { writeTinyClassifier } from '../classifiers/tiny-classifier.ts';
import { temporaryFolder } from '../temporary.ts';
import { bench, MAIN, spawnBench, startBench } from './bench.ts';

/** Behaviour of a separate process: killed, interrupted, fed by a pipe, or with a reader that goes away. */

const root = temporaryFolder();
const cache = path.join(root, 'cache');
const model = path.join(root, 'model');
const WORDS = ['who', 'what', 'where', 'is', 'the', 'abc', 'de', 'f', 'g', 'xyz'];
const ROWS = 7_000;
const many = path.join(root, 'many.csv');
const whole = path.join(root, 'whole.csv');
/** In small batches, which take long enough to be interrupted. */
const SLOW = ['--quiet', '--token-budget', '24'];
const args = (out: string, ...more: string[]) =>
  ['predict', '--model', model, '--input', many, '--label-column', 'y', '--prefix', 'p_', '--out', out].concat(SLOW, more);

before(async () => {
  await writeTinyClassifier(model);
  const rows = Array.from({ length: ROWS }, (_, i) => {
    const text = Array.from({ length: 4 + (i % 9) }, (_word, j) => WORDS[(i * 7 + j * j * 3 + Math.floor(i / 10)) % 10]).join(' ');
    return `${i},${text} ${i.toString(36)},${['person', 'place', 'thing'][i % 3]}\n`;
  });
  writeFileSync(many, `id,text,y\n${rows.join('')}`);
});

let scores = '';
test('predict: thousands of rows, in their order', async () => {
  const { status, err } = await bench(args(whole), { cache });
  assert.equal(status, 0);
  scores = /Scored.*/.exec(err)![0];
  const lines = readFileSync(whole, 'utf8').trimEnd().split('\n');
  assert.equal(lines.length, ROWS + 1);
  assert.ok(lines.slice(1).every((line, i) => line.startsWith(`${i},`)));
});

test('predict: killed again and again, it ends with the same bytes and the same scores', { timeout: 60_000 }, async () => {
  const out = path.join(root, 'killed.csv');
  let last = 0;
  for (let kills = 0; kills < 2; kills++) {
    const running = startBench(args(out), { cache });
    const readOf = () =>
      existsSync(`${out}.part.json`) ? (JSON.parse(readFileSync(`${out}.part.json`, 'utf8')) as { read: number }).read : 0;
    while (readOf() <= last) await sleep(5);
    running.kill('SIGKILL');
    await running.ended;
    last = readOf();
  }
  assert.ok(last > 0 && last < ROWS, `it was killed behind row ${last}`);
  const other = await bench(args(out, '--top', '2'), { cache });
  assert.equal(
    other.err,
    `bench: ${out}: killed.csv.part was started with another model or other options. Use the same model and options, or start over with --overwrite.\n`,
  );
  const { status, err } = await bench(args(out), { cache });
  assert.equal(status, 0);
  assert.ok(err.startsWith(`${out}: resuming interrupted run after row ${last}.\n`), err);
  assert.equal(/Scored.*/.exec(err)![0], scores);
  assert.ok(readFileSync(out).equals(readFileSync(whole)));
  assert.ok(!existsSync(`${out}.part`) && !existsSync(`${out}.part.json`));
});

test('predict: Ctrl-C ends with 130, says how to go on, and does', { timeout: 60_000 }, async () => {
  const out = path.join(root, 'interrupted.csv');
  const running = startBench(args(out), { cache });
  while (!existsSync(`${out}.part.json`)) await sleep(5);
  running.kill('SIGINT');
  const { status, err } = await running.ended;
  assert.equal(status, 130);
  assert.match(
    err,
    /^Interrupted, progress saved\. .*\nInterrupted, progress saved in .*interrupted\.csv\.part; run the same command to resume\.\n$/,
  );
  assert.equal((await bench(args(out), { cache })).status, 0);
  assert.ok(readFileSync(out).equals(readFileSync(whole)));
});

test('predict: rows that were written before must be those of the input', async () => {
  const out = path.join(root, 'changed.csv');
  const running = startBench(args(out), { cache });
  while (!existsSync(`${out}.part.json`)) await sleep(5);
  running.kill('SIGKILL');
  await running.ended;
  const text = readFileSync(many, 'utf8');
  try {
    writeFileSync(many, text.replace('\n0,who', '\n0,what'));
    const { status, err } = await bench(args(out), { cache });
    assert.equal(status, 2);
    assert.equal(
      err.split('\n').at(-2),
      `bench: ${many}: Its first rows differ from those in ${out}.part. Give the same input, or remove ${out}.part to start over.`,
    );
  } finally {
    writeFileSync(many, text);
  }
});

/** Runs the command with input. */
async function fed(
  feed: (stdin: NodeJS.WritableStream) => Promise<void> | void,
  more: readonly string[] = [],
  stop?: (out: string) => boolean,
) {
  const child = spawn(process.execPath, [MAIN, 'predict', '--quiet', '--model', model, '--input', '-', ...more], {
    env: { ...process.env, EMBEDDING_BENCH_CACHE: cache, NO_COLOR: '1' },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let [out, err] = ['', ''];
  child.stdin.on('error', () => undefined);
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
    if (stop?.(out) === true) child.stdout.destroy();
  });
  const closed = once(child, 'close');
  await feed(child.stdin);
  const [status] = (await closed) as [number];
  return { status, out, err };
}

test('predict: standard input, and what it is taken for', async () => {
  const { status, out, err } = await fed((stdin) => void stdin.end('n,text\n1,who\n'));
  assert.equal(status, 0);
  assert.equal(out, 'n,text,label,confidence\n1,who,person,0.539298\n');
  assert.equal(err, 'standard input: It is read as CSV (--input-format csv).\n');
});

test('predict: empty standard input is one line', async () => {
  const { status, err } = await fed((stdin) => void stdin.end());
  assert.equal(status, 2);
  assert.equal(err.split('\n').at(-2), 'bench: standard input: It contains no text.');
});

test('predict: who types a text gets its answer before the next', { timeout: 60_000 }, async () => {
  let answered: (() => void) | undefined;
  const answer = () => new Promise<void>((resolve) => (answered = resolve));
  const { status, out } = await fed(
    async (stdin) => {
      for (const text of ['who\n', 'what\n']) {
        const waited = answer();
        stdin.write(text);
        await waited;
      }
      void stdin.end();
    },
    ['--input-format', 'lines'],
    (so) => {
      if (so.endsWith('\n') && so.split('\n').length > 2) answered?.();
      return false;
    },
  );
  assert.equal(status, 0);
  assert.equal(out, 'text,label,confidence\nwho,person,0.539298\nwhat,thing,0.80822\n');
});

test('predict: a reader that has had enough ends it quietly', { timeout: 60_000 }, async () => {
  let told = true;
  const { status, err } = await fed(
    async (stdin) => {
      for (let i = 0; told && i < 1000; i++) {
        if (!stdin.write('who is the abc\nwhat\n'.repeat(500))) await sleep(20);
        told = !(stdin as unknown as { destroyed: boolean }).destroyed;
      }
      void stdin.end();
    },
    ['--input-format', 'lines'],
    (out) => out.split('\n').length > 3,
  );
  assert.equal(err, '');
  assert.equal(status, 0);
});

test('predict: two at once do not write one file', { timeout: 60_000 }, async () => {
  const out = path.join(root, 'two.csv');
  const first = startBench(args(out), { cache });
  while (!existsSync(`${out}.part.lock`)) await sleep(5);
  const { status, err } = await spawnBench(args(out), { cache });
  first.kill('SIGKILL');
  await first.ended;
  assert.equal(status, 2);
  assert.match(err, /^bench: .*two\.csv: It is being written by process \d+ on .*\. Wait for it, or give another file\.\n$/);
});
