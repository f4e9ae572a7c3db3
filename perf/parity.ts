import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { embed } from '../src/embed/embed.ts';
import { VectorStore } from '../src/embed/store.ts';
import { pooledVectors } from '../src/embed/vectors.ts';
import { openEncoder } from '../src/encoders/encoder.ts';
import { packageRoot } from '../src/home.ts';
import { run } from '../src/index.ts';
import { readRows } from '../src/results/csv.ts';
import type { Row } from '../src/results/row.ts';
import { checkpointFolder, onnxFolder, PARITY_ENCODERS } from './weights.ts';

/**
 * `npm run parity [-- ENCODER …]`: real encoders on real data in whole runs, compared with scores of transformers or onnxruntime with
 * scikit-learn. Fails on a difference of more than 0.1 points.
 */
const TOLERANCE = 0.1;
/** Between vectors of the ONNX file and of the checkpoint, whose values are up to 2. */
const VECTOR_TOLERANCE = 1e-4;

interface Reference {
  readonly encoder: string;
  readonly dataset: string;
  readonly pooling: string;
  readonly convention: string;
  readonly protocol: string;
  readonly n: number;
  readonly accuracy: number;
}

/** The reference's names of our datasets. */
const DATASETS: Readonly<Record<string, string>> = {
  trec6: 'trec6',
  trec50: 'trec50',
  communicative_functions: 'communicative-functions-691',
  communicative_functions_flair1024: 'communicative-functions',
  sst_granular: 'sst-granular',
  sst_granular_latin1: 'sst-granular-latin1',
  atis: 'atis',
  snips: 'snips',
};
const PROTOCOLS: Readonly<Record<string, string>> = { resubstitution: 'complete', leave_one_out: 'leave-one-out', train_test: 'fit-train' };
const POOLINGS: Readonly<Record<string, string>> = {
  cls: 'cls',
  mean: 'mean',
  cls_layermean: 'cls-layermean',
  mean_layermean: 'layermean',
};

const shared = process.env['EMBEDDING_BENCH_SHARED'] ?? path.join(packageRoot(), '..', 'shared');
const file = path.join(shared, 'scores.json');
if (!existsSync(file)) {
  console.error(`Nothing to compare with: ${file} is not there (EMBEDDING_BENCH_SHARED names its folder).`);
  process.exit(2);
}
const references = (JSON.parse(readFileSync(file, 'utf8')) as { rows: Reference[] }).rows;
const asked = process.argv.slice(2);
/** The ONNX files, and one of the encoders built here from its checkpoint: its scores must be the same. */
const candidates: readonly { readonly name: string; readonly encoder: string; readonly folder: () => string }[] = [
  ...PARITY_ENCODERS.map((encoder) => ({ name: encoder, encoder, folder: () => onnxFolder(encoder) })),
  { name: 'all-MiniLM-L6-v2-checkpoint', encoder: 'all-MiniLM-L6-v2', folder: checkpointFolder },
];
let worst = 0;
let compared = 0;
let missing = 0;
const tables = new Map<string, readonly Row[]>();
for (const { name, encoder, folder } of candidates.filter((each) => asked.length === 0 || asked.includes(each.name))) {
  const rows = await score(name, folder());
  tables.set(name, rows);
  for (const reference of references.filter((row) => row.encoder === encoder)) {
    const ours = rows.find((row) => sameCell(row, reference));
    const place = `${name} ${DATASETS[reference.dataset]} ${POOLINGS[reference.pooling]} ${reference.convention} ${PROTOCOLS[reference.protocol]}`;
    if (ours === undefined || Number(ours.n) !== reference.n) {
      missing++;
      console.log(`${place.padEnd(84)} MISSING (reference ${reference.accuracy}, n ${reference.n}, ours n ${ours?.n ?? '-'})`);
      continue;
    }
    const difference = Math.abs(Number(ours.accuracy) - reference.accuracy);
    worst = Math.max(worst, difference);
    compared++;
    console.log(
      `${place.padEnd(84)} ${ours.accuracy.padStart(6)} ${reference.accuracy.toFixed(2).padStart(6)}${difference > TOLERANCE ? '  DIFFERS' : ''}`,
    );
  }
}
console.log(`${compared} scores compared, ${missing} missing, largest difference ${worst.toFixed(2)} points (allowed ${TOLERANCE}).`);
process.exitCode = compared > 0 && missing === 0 && worst <= TOLERANCE + 1e-9 ? 0 : 1;
const [exported, built] = ['all-MiniLM-L6-v2', 'all-MiniLM-L6-v2-checkpoint'].map((name) => tables.get(name));
if (exported !== undefined && built !== undefined) await compareWithCheckpoint(exported, built);

/** The checkpoint's graph compared with the exported file of its authors: vectors of all TREC-6 questions, and results of the table. */
async function compareWithCheckpoint(ofFile: readonly Row[], ofCheckpoint: readonly Row[]): Promise<void> {
  const texts = ['train_5500.label', 'TREC_10.label'].flatMap((name) =>
    readFileSync(path.join(shared, 'data', 'trec', name), 'latin1')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => line.slice(line.indexOf(' ') + 1)),
  );
  const [a, b] = [await vectors(onnxFolder('all-MiniLM-L6-v2'), 'model.onnx', texts), await vectors(checkpointFolder(), undefined, texts)];
  for (const [pooling, values] of a) {
    const others = b.get(pooling)!;
    const difference = values.reduce((most, value, i) => Math.max(most, Math.abs(value - others[i]!)), 0);
    console.log(
      `Vectors by ${pooling} of ${texts.length} texts, ONNX file and checkpoint: largest difference ${difference.toExponential(1)} (allowed ${VECTOR_TOLERANCE}).`,
    );
    if (!(difference <= VECTOR_TOLERANCE)) process.exitCode = 1;
  }
  const known = new Map(ofFile.map((row) => [cell(row), row.correct]));
  const differ = ofCheckpoint.filter((row) => known.get(cell(row)) !== row.correct);
  console.log(
    `${ofCheckpoint.length - differ.length} of ${ofCheckpoint.length} cells have the same count of right answers${differ.length === 0 ? '' : `; not ${differ.map((row) => `${cell(row)} (${known.get(cell(row))}, ${row.correct})`).join(', ')}`}.`,
  );
}

function cell({ dataset, pooling, layers, protocol, split, k }: Row): string {
  return [dataset, pooling, layers, protocol, split, k].join(' ');
}

async function vectors(folder: string, onnx: string | undefined, texts: readonly string[]): Promise<Map<string, Float32Array>> {
  const encoder = await openEncoder({
    name: folder,
    folder,
    onnx: onnx === undefined ? undefined : path.join(folder, onnx),
    revision: '',
    maxLength: 512,
  });
  const wanted = pooledVectors({
    poolings: ['cls', 'mean', 'cls-layermean', 'layermean'],
    layers: 'last',
    layerMeans: ['0..L'],
    depth: encoder.depth,
    published: undefined,
    encoder: encoder.name,
  });
  const scratch = mkdtempSync(path.join(tmpdir(), 'parity-'));
  const embedded = await embed({
    encoder,
    texts,
    specs: wanted.map(({ spec }) => spec),
    store: new VectorStore(scratch, console.error),
    threads: availableParallelism(),
  });
  const found = new Map<string, Float32Array>();
  for (const { pooling, spec } of wanted) found.set(pooling, (await embedded.load(spec)).data);
  rmSync(scratch, { recursive: true, force: true });
  return found;
}

async function score(name: string, folder: string): Promise<Row[]> {
  const out = mkdtempSync(path.join(tmpdir(), 'parity-'));
  const { failures } = await run(
    {
      encoders: [folder],
      datasets: Object.values(DATASETS),
      pooling: ['all'],
      layerMean: ['0..L', '1..L'],
      protocol: ['complete', 'leave-one-out', 'fit-train'],
      maxLength: 512,
      index: 'exact',
    },
    { out, mirrors: [path.join(shared, 'data')], onEvent: (event) => void ('text' in event && console.error(event.text)) },
  );
  if (failures.length > 0) throw new Error(`${name}: ${failures.map(({ reason }) => reason).join(' | ')}`);
  const { rows } = await readRows(path.join(out, 'results.csv'));
  rmSync(out, { recursive: true, force: true });
  return rows;
}

function sameCell(row: Row, { dataset, pooling, convention, protocol }: Reference): boolean {
  return (
    row.dataset === DATASETS[dataset] &&
    row.pooling === POOLINGS[pooling] &&
    row.layers === (convention === 'lastlayer' ? 'last' : convention) &&
    row.protocol === PROTOCOLS[protocol] &&
    (protocol !== 'train_test' || row.split === 'test')
  );
}
