import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { TOKEN_BUDGET } from '../src/embed/batches.ts';
import { defaultCacheDir, packageRoot } from '../src/home.ts';

/** Published shapes, and the batches that they are measured on. */
const CASES: readonly { readonly name: string; readonly texts: number; readonly tokens: number }[] = [
  { name: 'bert-base-cased', texts: 8, tokens: 512 },
  { name: 'roberta-base', texts: 8, tokens: 512 },
  { name: 'electra-small', texts: 8, tokens: 512 },
  { name: 'electra-base', texts: 8, tokens: 512 },
  { name: 'longformer-base-4096', texts: 1, tokens: 1024 },
  { name: 'longformer-base-4096', texts: 1, tokens: 4096 },
  { name: 'bigbird-roberta-base', texts: 1, tokens: 1024 },
  { name: 'bigbird-roberta-base', texts: 1, tokens: 4096 },
  { name: 'bigbird-roberta-large', texts: 1, tokens: 4096 },
  ...['qwen3-0.6b', 'nomic-base', 'gte-base', 'eurobert-210m', 't5-base'].flatMap((name) => [
    { name, texts: 8, tokens: 512 },
    { name, texts: 32, tokens: 64 },
  ]),
];
/** The best of this many counts. Torch gets half of its runs for one batch of all texts, and half for batches of our size. */
const RUNS = 6;
/** Ids below this are special tokens in some vocabulary. */
const FIRST_ID = 1000;

/**
 * Checkpoints of published shapes with random weights, ours and transformers on torch, each in its own process, alternating. PYTHON names
 * an interpreter with both. Arguments: rounds, then parts of names; `alone` skips torch, which then only makes the weights.
 */
export async function bench(words: readonly string[]): Promise<void> {
  const alone = words.includes('alone');
  const [first = '1', ...wanted] = words.filter((word) => word !== 'alone');
  const rounds = Number(first);
  const threads = String(availableParallelism());
  const python = process.env['PYTHON'] ?? 'python3';
  const scratch = mkdtempSync(path.join(tmpdir(), 'perf-checkpoints-'));
  const [idsFile, ourState, theirState] = ['ids', 'ours', 'theirs'].map((name) => path.join(scratch, name)) as [string, string, string];
  for (const { name, texts, tokens } of CASES) {
    const title = `${name} ${texts} x ${tokens}`;
    if (wanted.length > 0 && !wanted.some((word) => title.includes(word))) continue;
    const folder = randomCheckpoint(name, python);
    const random = xoroshiro128plus(1);
    writeFileSync(
      idsFile,
      Int32Array.from({ length: texts * tokens }, () => FIRST_ID + ((random.next() >>> 0) % 20_000)),
    );
    for (let round = 0; round < rounds; round++) {
      const ours = measure(process.execPath, [
        path.join(import.meta.dirname, 'forward.js'),
        folder,
        String(texts),
        String(tokens),
        String(RUNS),
        threads,
        idsFile,
        ourState,
      ]);
      const own = `${title.padEnd(34)} ours ${ours.seconds.toFixed(2)} s ${ours.peak} MB, ready in ${ours.ready} s, ${((1e6 * ours.seconds) / (texts * tokens)).toFixed(0)} us a token`;
      if (alone) {
        console.log(own);
        continue;
      }
      const theirs = measure(python, [
        path.join(packageRoot(), 'perf', 'peers', 'torch_forward.py'),
        folder,
        String(texts),
        String(tokens),
        String(RUNS),
        threads,
        idsFile,
        theirState,
        String(TOKEN_BUDGET),
      ]);
      const ratio = (theirs.seconds / ours.seconds).toFixed(2);
      console.log(
        `${own} | torch ${theirs.seconds.toFixed(2)} s ${theirs.peak} MB | ${ratio} times as fast, largest difference ${difference(ourState, theirState).toExponential(1)}`,
      );
    }
  }
  rmSync(scratch, { recursive: true });
}

export function randomCheckpoint(name: string, python: string): string {
  const folder = path.join(defaultCacheDir(), 'developer-weights', 'random', name);
  if (existsSync(folder)) return folder;
  console.error(`Making ${name} with random weights ...`);
  mkdirSync(path.dirname(folder), { recursive: true });
  const { status, stderr } = spawnSync(
    python,
    [path.join(packageRoot(), 'perf', 'peers', 'random_checkpoint.py'), name, `${folder}.part`],
    { encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(stderr.trim().split('\n').at(-1));
  renameSync(`${folder}.part`, folder);
  return folder;
}

function measure(command: string, args: string[]): { seconds: number; peak: string; ready: string } {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8', env: { ...process.env, HF_HUB_OFFLINE: '1' } });
  if (status !== 0) throw new Error(stderr.trim().split('\n').at(-1));
  const value = (key: string) => new RegExp(`${key}=(\\S+)`).exec(stdout)?.[1] ?? '';
  return { seconds: Number(value('seconds')), peak: value('peak_mb'), ready: value('ready') };
}

function difference(a: string, b: string): number {
  const [ours, theirs] = [a, b].map((file) => {
    const bytes = readFileSync(file);
    return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
  }) as [Float32Array, Float32Array];
  if (ours.length !== theirs.length) return NaN;
  return ours.reduce((worst, value, i) => Math.max(worst, Math.abs(value - theirs[i]!)), 0);
}
