import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { readRows } from '../../src/results/csv.ts';
import { shared, unlessShared } from '../shared.ts';
import { temporaryFolder } from '../temporary.ts';
import { writeTinyEncoder } from '../tiny-encoder.ts';
import { bench, type Outcome } from './bench.ts';

const root = temporaryFolder();
const cache = path.join(root, 'cache');
const tiny = writeTinyEncoder(path.join(root, 'tiny'), { layers: 4 });
const other = writeTinyEncoder(path.join(root, 'other'), { layers: 3, seed: 7, placement: 'pre' });
const data = path.join(root, 'topics.csv');
const words = ['what', 'who', 'where', 'is', 'the', 'abc', 'zebra', 'quiz', 'moon', 'tip'];
const rows = Array.from(
  { length: 60 },
  (_, i) =>
    `${['animal', 'place', 'person'][i % 3]},"${words[i % 7]} ${words[(i * 3 + 1) % 10]} ${words[i % 3]} ${'xyz'[i % 3]}?",${i < 40 ? 'train' : i < 50 ? 'dev' : 'test'}`,
);
writeFileSync(data, `label,text,part\n${rows.join('\n')}\n`);

let runs = 0;
const fresh = () => path.join(root, `results${runs++}`);
const run = async (args: string[], out = fresh()): Promise<Outcome & { folder: string }> => ({
  ...(await bench(['run', '--out', out, '--quiet', '--offline', ...args], { cache })),
  folder: out,
});
const mine = ['--model', tiny, '--dataset', data];

test('run: scores a folder and a CSV, writes the four files, prints the tables', async () => {
  const { status, out, err, folder } = await run([
    ...mine,
    '--split-column',
    'part',
    '--protocol',
    'complete,leave-one-out,fit-train',
    '--k',
    '1,5',
    '--votes',
    'uniform,distance',
    '--metric',
    'euclidean,cosine',
  ]);
  assert.equal(err, '');
  assert.equal(status, 0);
  assert.match(
    out,
    /^tiny \([\w-]+(?: 0\.\.L)?\) scores micro-F1 \d+\.\d\d \[\d+\.\d\d, \d+\.\d\d\] on topics \(k 1, euclidean, votes uniform\)\.\n$/m,
  );
  const read = await readRows(path.join(folder, 'results.csv'));
  // 4 poolings x (complete, leave-one-out, train, dev, test) x 2 k x 2 votes x 2 metrics
  assert.equal(read.rows.length, 4 * 5 * 2 * 2 * 2);
  const complete = read.rows.find(
    (row) =>
      row.pooling === 'mean' && row.protocol === 'complete' && row.k === '1' && row.metric === 'euclidean' && row.votes === 'uniform',
  )!;
  assert.deepEqual(
    [complete.n, complete.correct, complete.accuracy, complete.layers, complete.split, complete.index],
    ['60', '60', '100.00', 'last', 'all', 'exact'],
  );
  assert.deepEqual(
    read.rows
      .filter((row) => row.protocol === 'fit-train' && row.pooling === 'cls')
      .map((row) => row.split)
      .slice(0, 1),
    ['dev'],
  );
  assert.equal(JSON.parse(readFileSync(path.join(folder, 'run.json'), 'utf8')).seed, 1);
  assert.match(readFileSync(path.join(folder, 'timings.csv'), 'utf8'), /^encoder,dataset,stage,/);
});

test('run: the same inputs give the same bytes, whatever threads, batches and cache', async () => {
  const first = await run([...mine, '--model', other, '--pooling', 'all,concat', '--concat-norm', 'raw,l2,zscore']);
  const again = await run([
    ...mine,
    '--model',
    other,
    '--pooling',
    'all,concat',
    '--concat-norm',
    'raw,l2,zscore',
    '--threads',
    '2',
    '--token-budget',
    '7',
    '--cache',
    path.join(root, 'other-cache'),
  ]);
  assert.equal(first.status, 0);
  for (const file of ['results.csv', 'results.md'])
    assert.equal(readFileSync(path.join(again.folder, file), 'utf8'), readFileSync(path.join(first.folder, file), 'utf8'));
  assert.match(readFileSync(path.join(first.folder, 'results.md'), 'utf8'), /concat all models/);
});

test('run: an encoder cut after a layer, every layer, every pooling', async () => {
  const { status, folder } = await run([
    ...mine,
    '--first-layers',
    '3',
    '--layers',
    'all',
    '--pooling',
    'cls,mean,max,last,weighted-mean,word-mean,layermean,cls-layermean,cls-last4,mean-last4',
    '--layer-mean',
    '0..L,1..L',
  ]);
  assert.equal(status, 0);
  const { rows: read } = await readRows(path.join(folder, 'results.csv'));
  assert.deepEqual([...new Set(read.map(({ encoder }) => encoder))], ['tiny@3']);
  // 6 poolings x 4 layers + 2 layer means x 2 + 2 last4, under two protocols
  assert.equal(read.length, (6 * 4 + 4 + 2) * 2);
});

test('run: a second run adds its rows to the first ones', async () => {
  const { folder } = await run([...mine, '--pooling', 'cls']);
  const { status } = await run([...mine, '--pooling', 'mean'], folder);
  assert.equal(status, 0);
  const { rows: read } = await readRows(path.join(folder, 'results.csv'));
  assert.deepEqual(
    read.map(({ pooling, protocol }) => `${pooling} ${protocol}`),
    ['cls complete', 'cls leave-one-out', 'mean complete', 'mean leave-one-out'],
  );
});

test('run: --limit takes a stratified sample and says so in the row', async () => {
  const { status, folder } = await run([...mine, '--limit', '30', '--pooling', 'mean']);
  assert.equal(status, 0);
  const { rows: read } = await readRows(path.join(folder, 'results.csv'));
  assert.deepEqual([read[0]!.n, read[0]!.sample], ['30', 'stratified 30 of 60, seed 1']);
});

test('run: a limit above the positions of an encoder is said, and its texts are cut where they end', async () => {
  const { status, err, folder } = await run([...mine, '--max-length', '60', '--pooling', 'mean']);
  assert.equal(status, 0);
  assert.match(err, /^tiny has 40 positions: texts are truncated to that, not to 60\.\n/);
  const { rows: read } = await readRows(path.join(folder, 'results.csv'));
  assert.equal(read[0]!.max_length, '40');
});

test('run: --dry-run counts cells of encoders and datasets that are not there yet by the registries', async () => {
  const { status, out } = await run([
    '--encoders',
    'all-MiniLM-L12-v2,electra-small',
    '--datasets',
    'trec6,mr',
    '--pooling',
    'cls,layermean,concat',
    '--protocol',
    'leave-one-out,fit-train',
    '--k',
    '1,5',
    '--dry-run',
  ]);
  assert.equal(status, 0);
  // 2 poolings x 2 k x (leave-one-out, train, test of TREC-6; leave-one-out of MR, which only has a train set)
  assert.match(out, /^all-MiniLM-L12-v2 +trec6 +12 +5952 +5952 +\?$/m);
  assert.match(out, /^concat all models +trec6 +12 +5952 +0 +0 s$/m);
  assert.match(out, /^electra-small +mr +4 +10662 +10662 +\?$/m);
  assert.match(
    out,
    /^48 results; embedding \(time unknown until download\): all-MiniLM-L12-v2 \(12 layers\), electra-small \(12 layers\)\.$/m,
  );
  assert.match(out, /^Unavailable \(shown as –\): all-MiniLM-L12-v2, electra-small, trec6, mr\.$/m);
});

test('run: --dry-run counts what a static encoder of the registry has, and asks where only files can tell', async () => {
  const asked = ['--encoders', 'potion-base-8M,electra-small', '--datasets', 'mr', '--protocol', 'leave-one-out', '--dry-run'];
  const { out } = await run([...asked, '--pooling', 'cls,mean,max']);
  assert.match(out, /^potion-base-8M +mr +2 +10662 +10662 +\?$/m);
  assert.match(out, /^5 results; embedding \(time unknown until download\): electra-small \(12 layers\), potion-base-8M\.$/m);
  // Whether a folder declares its own pooling is in the folder.
  const { out: published } = await run([...asked, '--pooling', 'mean,as-published,concat']);
  assert.match(published, /^electra-small +mr +\? +10662 +10662 +\?$/m);
  assert.match(published, /^concat all models +mr +\? +10662 +0 +0 s$/m);
  assert.match(published, /^\? results; /m);
  const { out: partly } = await run([...asked, '--model', tiny, '--pooling', 'mean,as-published']);
  assert.match(partly, /^At least 1 results?; /m);
});

/** Megabytes that a plan would download. */
async function downloadOf(encoders: string): Promise<string> {
  const asked = ['run', '--encoders', encoders, '--dtype', 'q4', '--datasets', 'sms-spam', '--pooling', 'mean', '--dry-run'];
  const { out } = await bench(asked, { cache: path.join(root, 'empty-cache') });
  return /^To download: (\d+\.\d) MB/m.exec(out)![1]!;
}

test('run: --dry-run counts the download of an encoder once, whole and cut', async () => {
  assert.equal(await downloadOf('all-MiniLM-L6-v2,all-MiniLM-L6-v2@3'), await downloadOf('all-MiniLM-L6-v2'));
});

test('run: --dry-run guesses the time of texts that are not there yet', async () => {
  const { status, out } = await run(['--model', tiny, '--datasets', 'trec6', '--pooling', 'cls', '--dry-run']);
  assert.equal(status, 0);
  assert.match(out, /^tiny +trec6 +2 +5952 +5952 +1 s$/m);
  assert.match(out, /^2 results; about 1 s of embedding on /m);
});

test('run: --dry-run prints the plan and writes nothing', async () => {
  const { status, out, folder } = await run([...mine, '--dry-run']);
  assert.equal(status, 0);
  assert.match(out, /8 results/);
  assert.ok(!existsSync(folder));
});

test('run: the plan, as the run, leaves fit-train out where there is a train set alone', async () => {
  const { status, out } = await run([...mine, '--dry-run', '--protocol', 'complete,fit-train']);
  assert.equal(status, 0);
  assert.match(out, /4 results/);
});

test('run: a concatenation of published poolings that an encoder lacks is a dash with the reason', async () => {
  const { status, folder } = await run([...mine, '--model', other, '--pooling', 'mean,as-published,concat']);
  assert.equal(status, 1);
  assert.match(
    readFileSync(path.join(folder, 'results.md'), 'utf8'),
    /concat all models.*: It needs the published pooling of every encoder of the run, but tiny, other have none\./,
  );
});

test('run: concat of one encoder is said to have no rows', async () => {
  const { status, err } = await run([...mine, '--pooling', 'mean,concat']);
  assert.equal(status, 0);
  assert.match(err, /^Only one encoder: no concat results\.$/m);
});

test('run: says last where the results are, and the next command', async () => {
  const folder = fresh();
  const { status, err } = await bench(['run', '--out', folder, '--offline', ...mine], { cache });
  assert.equal(status, 0);
  const files = ['results.csv', 'results.md', 'timings.csv', 'run.json'].map((name) => path.join(folder, name));
  assert.ok(err.endsWith(`\nWritten: ${files.join(', ')}\nAll 8 results: bench show --out ${folder}\nNext: bench report ${folder}\n`), err);
});

const sizeOf = (folder: string, spec: string): number =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(({ name, parentPath }) => name.endsWith('.safetensors') && path.basename(parentPath) === spec)
    .reduce((sum, { name, parentPath }) => sum + statSync(path.join(parentPath, name)).size, 0);

test('run: another pooling of stored texts stores the first one no second time', async () => {
  const own = path.join(root, 'stored-once');
  await run([...mine, '--pooling', 'mean', '--cache', own]);
  const before = sizeOf(own, 'mean@4');
  assert.equal((await run([...mine, '--pooling', 'mean,max', '--token-budget', '9', '--cache', own])).status, 0);
  assert.ok(before > 0);
  assert.equal(sizeOf(own, 'mean@4'), before);
});

test('run: an unavailable registry encoder is a dash with the reason, and status 1', { skip: unlessShared('data/trec') }, async () => {
  const { status, out, folder } = await run([
    '--model',
    tiny,
    '--encoders',
    'bert-base-uncased',
    '--datasets',
    'trec6',
    '--limit',
    '60',
    '--mirror',
    shared('data'),
    '--pooling',
    'mean,concat',
  ]);
  assert.equal(status, 1);
  assert.match(out, /bert-base-uncased/);
  const { rows: read } = await readRows(path.join(folder, 'results.csv'));
  assert.deepEqual([...new Set(read.map(({ encoder }) => encoder))], ['tiny']);
  assert.match(readFileSync(path.join(folder, 'results.md'), 'utf8'), /concat all models/);
});

const short = path.join(root, 'short');
writeTinyEncoder(short);
truncateSync(path.join(short, 'model.onnx'), 4000);
const bag = writeTinyEncoder(path.join(root, 'bag'), { layers: 0 });
const file = (name: string, content: string | Buffer): string => {
  writeFileSync(path.join(root, name), content);
  return path.join(root, name);
};
const oneClass = file('one.csv', 'label,text\na,x\na,y\n');
const empty = file('empty.csv', 'label,text\n');
const badBytes = file('bad.csv', Buffer.concat([Buffer.from('label,text\na,x\nb,'), Buffer.from([0xff, 0x0a])]));

/** One line, exit 2, nothing written. */
for (const [name, args, message] of [
  [
    'an unknown encoder',
    ['--encoders', 'bert-base-uncasd', '--dataset', data],
    /^bench: Unknown encoder "bert-base-uncasd"\. Did you mean "bert-base-uncased"/,
  ],
  ['an unknown dataset', ['--model', tiny, '--datasets', 'trec7'], /^bench: Unknown dataset "trec7"\. Did you mean "trec6"/],
  ['an unknown suite', ['--suite', 'quik'], /^bench: Unknown suite "quik"\. Did you mean "quick"\?/],
  [
    'an unknown pooling',
    [...mine, '--pooling', 'meen'],
    /^bench: --pooling: "meen" is not a valid value\. Did you mean "mean"\? It takes cls, mean, /,
  ],
  [
    'a flag that was renamed',
    [...mine, '--finetune', '--choose', 'macro'],
    /^bench: --choose: It was renamed to --best-epoch-by\. Write --best-epoch-by\.\n$/,
  ],
  ['an unknown flag', [...mine, '--poolings', 'mean'], /^bench: --poolings: `bench run` has no such flag\. Did you mean "--pooling"\?/],
  ['an unknown protocol', [...mine, '--protocol', 'loo'], /^bench: --protocol: "loo" is not a valid value\./],
  [
    'k larger than the corpus',
    [...mine, '--k', '60'],
    /^bench: --k: k = 60 is larger than the corpus: leave-one-out leaves 59 texts of topics\. Use at most 59\.$/m,
  ],
  [
    'k larger than a corpus that is not there yet, in a plan',
    ['--model', tiny, '--datasets', 'trec6', '--k', '9000', '--dry-run'],
    /^bench: --k: k = 9000 is larger than the corpus: leave-one-out leaves 5951 texts of trec6\. Use at most 5951\.$/m,
  ],
  [
    'a plan in another format',
    [...mine, '--dry-run', '--format', 'json'],
    /^bench: --format: The plan of --dry-run is human-readable only\. Omit --format or --dry-run\.$/m,
  ],
  ['a flag without its value', [...mine, '--k'], /^bench: --k: It needs a value\. See `bench run --help`\.$/m],
  ['k that is not a number', [...mine, '--k', 'five'], /^bench: --k: It takes a whole number of at least 1, got "five"\.$/m],
  [
    'a number that is none',
    [...mine, '--limit', 'many'],
    /^bench: --limit: It takes a whole number of at least 1, or numbers of texts by split \(train=1000,dev=0\), got "many"\.$/m,
  ],
  [
    'a limit of what is no split',
    [...mine, '--limit', 'validation=10'],
    /^bench: --limit: "validation=10" limits no split\. Write train=100,dev=100,test=100, or any of them\.$/m,
  ],
  ['two limits of one split', [...mine, '--limit', 'train=10,train=20'], /^bench: --limit: It limits train twice\. Omit one of them\.$/m],
  [
    'a limit that leaves nothing',
    [...mine, '--limit', 'train=0,dev=0,test=0'],
    /^bench: --limit: No text of \S+ is left. Raise the limit\.$/m,
  ],
  ['a list without a value', [...mine, '--metric', ''], /^bench: --metric: It needs a value\. Name at least one, or omit the flag\.$/m],
  ['k without a value', [...mine, '--k', ','], /^bench: --k: It needs a value\./],
  [
    'a number type that the folder does not have',
    [...mine, '--dtype', 'q8'],
    /^bench: --model: .*tiny has no ONNX file of q8 under the usual names \(model_quantized\.onnx\)\. /,
  ],
  [
    'a cache that is not a folder',
    [...mine, '--cache', data],
    /^bench: .*topics\.csv.*: Vectors cannot be written \(ENOTDIR: .*\)\. Free disk space or give another folder with --cache\.$/m,
  ],
  [
    'a layer that is not there',
    [...mine, '--layers', '9'],
    /^bench: --layers: tiny has no layer 9\. It has layers 0 \(embeddings\) to 4\.$/m,
  ],
  ['a cut that is not there', [...mine, '--first-layers', '9'], /^bench: tiny@9: No layer 9\. It has layers 1 to 4\.$/m],
  ['a corpus of one class', ['--model', tiny, '--dataset', oneClass], /^bench: one: All 2 rows have the label "a"\./],
  [
    'a missing column',
    [...mine, '--label-column', 'labl'],
    /^bench: .*topics\.csv: No column "labl"\. Did you mean "label"\? Columns: label, text, part\. Set the label column with --label-column\.$/m,
  ],
  ['bad UTF-8', ['--model', tiny, '--dataset', badBytes], /^bench: .*bad\.csv:3: /],
  ['an empty dataset', ['--model', tiny, '--dataset', empty], /^bench: .*empty\.csv: The dataset has no rows\.$/m],
  ['a graph without hidden states', ['--model', bag, '--dataset', data], /^bench: .*bag.model\.onnx: The graph shows no hidden states: /],
  [
    'a truncated ONNX file',
    ['--model', short, '--dataset', data],
    /^bench: .*short.model\.onnx: The ONNX file ends inside .*: it is truncated or not an ONNX file\. Download it again\.$/m,
  ],
  [
    'a folder that is not there',
    ['--model', path.join(root, 'nowhere'), '--dataset', data],
    /^bench: --model: Folder not found: .*nowhere\./,
  ],
  [
    'a hub id without hf:',
    ['--model', 'BAAI/bge-small-en-v1.5', '--dataset', data],
    /^bench: --model: Folder not found: BAAI\/bge-small-en-v1\.5\. For a hub repository write hf:BAAI\/bge-small-en-v1\.5\./,
  ],
  ['a file that is not there', ['--model', tiny, '--dataset', 'nowhere.csv'], /^bench: --dataset: File not found: nowhere\.csv\./],
  ['no network', ['--model', 'hf:some/encoder', '--dataset', data], /^bench: .*some\/encoder.*offline/i],
  ['fit-train without a split', [...mine, '--protocol', 'fit-train'], /^bench: topics: fit-train needs a dev or test split/],
  [
    'hnswlib without its library',
    [...mine, '--index', 'hnswlib'],
    /^bench: --index hnswlib: hnswlib-node is not installed\. Run `npm install --no-save hnswlib-node@3`/,
  ],
] as const) {
  const skip =
    name.startsWith('hnswlib') && existsSync(path.join(import.meta.dirname, '..', '..', '..', 'node_modules', 'hnswlib-node'))
      ? 'hnswlib-node is installed'
      : false;
  test(`run: ${name} is one line, status 2, nothing written`, { skip }, async () => {
    const { status, out, err, folder } = await run([...args]);
    assert.match(err, message);
    assert.equal(err.trimEnd().split('\n').length, 1, err);
    assert.equal(out, '');
    assert.equal(status, 2);
    assert.ok(!existsSync(folder));
  });
}
