import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { embed } from '../src/embed/embed.ts';
import { VectorStore } from '../src/embed/store.ts';
import { pooledVectors } from '../src/embed/vectors.ts';
import { openEncoder } from '../src/encoders/encoder.ts';

/** Passes: the first, and those of which the best counts. */
const PASSES = 6;

/** FOLDER TEXTS CORES: texts per second of a static encoder, its vectors written to an empty store each time. */
const [folder, file, cores] = process.argv.slice(2) as [string, string, string];
const texts = readFileSync(file, 'utf8')
  .split('\n')
  .filter((line) => line !== '');
const encoder = await openEncoder({ name: 'static', folder, onnx: undefined, revision: '' });
const published = 'steps' in encoder.published ? encoder.published : undefined;
const specs = pooledVectors({ poolings: ['as-published'], layers: 'last', layerMeans: [], depth: 0, published, encoder: 'static' }).map(
  ({ spec }) => spec,
);
const rates: number[] = [];
const spent: number[] = [];
let sum = 0;
for (let pass = 0; pass < PASSES; pass++) {
  const scratch = mkdtempSync(path.join(tmpdir(), 'perf-store-'));
  const started = performance.now();
  const before = process.cpuUsage();
  const store = new VectorStore(scratch, (line) => console.error(line));
  const embedded = await embed({ encoder, texts, specs, store, threads: Number(cores) });
  rates.push((1000 * texts.length) / (performance.now() - started));
  const { user, system } = process.cpuUsage(before);
  spent.push((user + system) / texts.length);
  if (pass === 0) sum = (await embedded.load(specs[0]!)).data.reduce((total, value) => total + value, 0);
  rmSync(scratch, { recursive: true });
}
const [first, ...rest] = rates;
console.log(
  `RESULT first ${first!.toFixed(0)}, best ${Math.max(...rest).toFixed(0)} texts/s, ${Math.min(...spent).toFixed(1)} us of processor time a text; sum ${sum.toFixed(2)}`,
);
