import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { ALL_POOLINGS } from '../../src/embed/vectors.ts';
import { checkRequest, REQUESTS } from '../../src/experiment/read-request.ts';
import { resolveFinetune } from '../../src/experiment/resolve/resolve-finetune.ts';
import { resolveMap } from '../../src/experiment/resolve/resolve-map.ts';
import { resolveRank } from '../../src/experiment/resolve/resolve-rank.ts';
import { resolveRun } from '../../src/experiment/resolve/resolve-run.ts';
import { loadDatasets } from '../../src/registry/datasets.ts';
import { loadModels } from '../../src/registry/models.ts';
import { temporaryFolder } from '../temporary.ts';
import { writeTinyEncoder } from '../tiny-encoder.ts';

const root = temporaryFolder();
process.chdir(root);
const registries = { models: loadModels(undefined), datasets: loadDatasets(undefined) };
const resources = { threads: 2, tokenBudget: 64 };
const run = (fields: object = {}) => resolveRun(checkRequest(REQUESTS.run, { command: 'run', ...fields }), registries, resources);
const rank = (fields: object = {}) => resolveRank(checkRequest(REQUESTS.rank, { command: 'rank', ...fields }), registries, resources);
const finetune = (fields: object = {}) =>
  resolveFinetune(checkRequest(REQUESTS.finetune, { command: 'finetune', ...fields }), registries, resources);
const map = (fields: object = {}) => resolveMap(checkRequest(REQUESTS.map, { command: 'map', ...fields }), registries, resources);
const names = (list: readonly { readonly name: string }[]) => list.map(({ name }) => name);

for (const folder of ['tiny', 'a/tiny', 'b/tiny', 'bert-base-cased']) writeTinyEncoder(path.join(root, folder), { layers: 1 });
for (const folder of ['a', 'b', 'trec6']) mkdirSync(folder, { recursive: true });
for (const file of ['mine.csv', 'a/mine.csv', 'b/mine.csv', 'a/mine.tsv', 'trec6/train.csv', 'snips.csv']) {
  writeFileSync(file, 'text,label\nx,y\n');
}

const QUICK_DATA = ['sentiment-amazon', 'sentiment-imdb', 'sentiment-yelp', 'sms-spam', 'cooking', 'wordnet-supersenses'];

test('run: a bare one is the quick suite, with all that it says', () => {
  const { suite, encoders, datasets, settings, reading, opening, training } = run();
  assert.equal(suite, 'quick');
  assert.deepEqual(names(encoders), ['all-MiniLM-L6-v2', 'all-MiniLM-L6-v2@3']);
  assert.deepEqual(names(datasets), QUICK_DATA);
  assert.deepEqual([settings.dtype, opening.dtype, settings.limit, reading.limit], ['q4', 'q4', 2000, 2000]);
  assert.deepEqual([settings.poolings.length, settings.concatNorms, settings.protocols], [10, ['raw'], ['complete', 'leave-one-out']]);
  assert.equal(training, undefined);
});

test('run: of the default suite only what fills a gap', () => {
  const byEncoders = run({ encoders: ['bert-base-cased'] });
  assert.deepEqual([names(byEncoders.datasets), byEncoders.suite], [QUICK_DATA, 'quick']);
  const { settings } = byEncoders;
  assert.deepEqual([settings.dtype, settings.limit, settings.poolings, settings.concatNorms], [undefined, 2000, [...ALL_POOLINGS], []]);
  const byData = run({ datasets: ['trec6'] });
  assert.deepEqual([names(byData.encoders), byData.suite], [['all-MiniLM-L6-v2', 'all-MiniLM-L6-v2@3'], undefined]);
  assert.deepEqual([byData.settings.dtype, byData.settings.limit, byData.reading.limit], ['q4', undefined, undefined]);
  const both = run({ encoders: ['bert-base-cased'], datasets: ['trec6'] });
  assert.deepEqual([both.settings.dtype, both.settings.limit, both.suite], [undefined, undefined, undefined]);
});

const suite = (poolings: string[]) => ({ title: 'x', encoders: ['bert-base-cased'], datasets: ['trec6'], poolings });

test('run: a suite that names a pooling that is none is refused, whatever the request says', () => {
  writeFileSync(
    'strange.json',
    JSON.stringify({ suites: { good: suite(['all', 'concat', 'as-published']), bad: suite(['cls', 'meen']) } }),
  );
  assert.deepEqual(run({ suite: 'good', suitesFile: 'strange.json' }).settings.poolings, [...ALL_POOLINGS, 'as-published']);
  for (const fields of [{}, { pooling: ['mean'] }]) {
    assert.throws(() => run({ suite: 'bad', suitesFile: 'strange.json', ...fields }), {
      code: 'REGISTRY',
      message:
        'strange.json: bad.poolings has an unknown pooling "meen". Poolings: cls, mean, max, last, weighted-mean, word-mean, cls-layermean, ' +
        'layermean, cls-last4, mean-last4, as-published, all, concat.',
    });
  }
});

test('run: of a suite that is named all counts but what the request says', () => {
  const seed = run({ suite: 'seed', encoders: ['bert-base-cased'] });
  assert.deepEqual([seed.datasets.length, seed.settings.poolings, seed.settings.concatNorms], [6, ['cls', 'mean', 'layermean'], ['raw']]);
  const own = run({ suite: 'quick', pooling: ['max'], protocol: ['complete'], dtype: 'fp32', limit: { train: 5 }, maxLength: 9 });
  assert.deepEqual([own.settings.poolings, own.settings.concatNorms, own.settings.protocols], [['max'], [], ['complete']]);
  assert.deepEqual([own.opening.dtype, own.opening.maxLength, own.reading.limit], ['fp32', 9, { train: 5 }]);
  writeFileSync(
    'suites.json',
    JSON.stringify({ suites: { quick: { title: 'My own', encoders: ['bert-base-cased'], datasets: ['trec6'], maxLength: 7 } } }),
  );
  const mine = run({ suitesFile: 'suites.json' });
  assert.deepEqual(
    [names(mine.encoders), mine.opening.maxLength, mine.settings.protocols],
    [['bert-base-cased'], 7, ['leave-one-out', 'complete']],
  );
  assert.throws(() => run({ suite: 'constructor' }), { code: 'UNKNOWN_NAME' });
});

const said = (fields: object) => {
  const { encoders, datasets, opening, pooling, choice } = finetune(fields);
  return [...names(encoders), ...names(datasets), opening.dtype, pooling, choice.settings.epochs];
};

test('finetune: a bare one is small; either half alone is completed', () => {
  assert.deepEqual(said({}), ['all-MiniLM-L6-v2', 'sentiment-yelp', 'q4', 'mean', 3]);
  assert.deepEqual(said({ encoders: ['bert-base-cased'] }), ['bert-base-cased', 'sentiment-yelp', undefined, undefined, 10]);
  assert.deepEqual(said({ datasets: ['trec6'] }), ['all-MiniLM-L6-v2', 'trec6', 'q4', undefined, 10]);
  assert.deepEqual(said({ epochs: 1, pooling: 'max', dtype: 'fp32' }), ['all-MiniLM-L6-v2', 'sentiment-yelp', 'fp32', 'max', 1]);
});

const pooled = (pooling?: string[]) => run({ ...(pooling && { pooling }), finetune: {}, seed: [3, 2, 3] }).training!;

test('run: trained with the first pooling that is named, with every seed', () => {
  assert.deepEqual(
    [['mean', 'cls'], ['concat'], ['concat', 'max'], ['all'], undefined].map((pooling) => pooled(pooling).pooling),
    ['mean', 'cls', 'max', 'cls', undefined],
  );
  assert.deepEqual([pooled().choice.seeds, pooled().choice.settings.epochs, pooled().choice.trainer.threads], [[3, 2], 10, 2]);
});

test('concat-all is not an encoder: it joins the others where vectors are scored', () => {
  assert.deepEqual(run({ encoders: ['bert-base-cased', 'concat-all'], pooling: ['cls'] }).settings.concatNorms, ['raw']);
  assert.deepEqual(
    run({ encoders: ['bert-base-cased', 'concat-all'], pooling: ['cls', 'concat'], concatNorm: ['l2'] }).settings.concatNorms,
    ['l2'],
  );
  assert.throws(() => run({ encoders: ['concat-all'] }), {
    message: '`encoders`: No encoder given. "concat-all" concatenates the other encoders of the run: give them too.',
  });
  const both = { encoders: ['bert-base-cased', 'concat-all'], datasets: ['trec6'] };
  assert.throws(() => rank(both), { message: /^`encoders`: Concatenations cannot be ranked\./ });
  assert.throws(() => finetune(both), { message: /^`encoders`: Concatenations cannot be trained\./ });
  assert.equal(map(both).concat, true);
});

test('names: a registry key is one even where a folder or file is called so; a path is none', () => {
  const { encoders, datasets } = run({
    encoders: ['bert-base-cased', './tiny'],
    datasets: ['trec6', 'TREC6', './trec6', 'mine.csv', './mine.csv'],
  });
  assert.deepEqual(
    encoders.map(({ kind, name }) => [kind, name]),
    [
      ['entry', 'bert-base-cased'],
      ['folder', 'tiny'],
    ],
  );
  assert.deepEqual(
    datasets.map(({ kind }) => kind),
    ['entry', 'file', 'file'],
  );
  assert.equal(new Set(names(datasets)).size, 3);
});

const list = (encoders: string[]) => run({ encoders, datasets: ['trec6'] }).encoders;

test('names: the same thing, however it is written, is taken once; two of one name get different names', () => {
  assert.deepEqual(names(list(['./tiny', 'tiny', path.join(root, 'tiny')])), ['tiny']);
  assert.deepEqual(names(list(['./a/tiny', './b/tiny'])), ['a/tiny', 'b/tiny']);
  assert.deepEqual(names(list(['one=./tiny', 'two=./tiny', './tiny'])), ['one', 'two', 'tiny']);
  assert.throws(() => list(['one=./a/tiny', 'one=./b/tiny']), { code: 'OPTION', message: /^`model`: Two have the name "one"/ });
  assert.throws(() => list(['concat all models=./tiny']), { code: 'UNKNOWN_NAME' });
  const data = (datasets: string[]) => names(run({ datasets }).datasets);
  assert.deepEqual(data(['./a/mine.csv', './b/mine.csv']), ['a/mine', 'b/mine']);
  assert.deepEqual(new Set(data(['./a/mine.csv', './a/mine.tsv'])).size, 2);
});

test('names: of the hub, with revision and configuration', () => {
  const { encoders, datasets } = run({
    encoders: ['hf:org/name@v1', 'mine=hf:org/name', 'hf:org/name'],
    datasets: ['hf:org/data:en@abc', 'hf:org/data'],
  });
  assert.deepEqual(
    encoders.map(({ kind, name }) => [kind, name]),
    [
      ['hub', 'org/name@v1'],
      ['hub', 'mine'],
      ['hub', 'org/name'],
    ],
  );
  assert.deepEqual(
    datasets.map(({ kind, name }) => [kind, name]),
    [
      ['hub', 'org/data:en@abc'],
      ['hub', 'org/data'],
    ],
  );
  assert.throws(() => run({ encoders: ['hf:name'] }), { code: 'OPTION', message: /^`model`: "hf:name" is not a hub repository\./ });
});

for (const [name, message] of [
  ['./none', /Folder not found: none\./],
  ['org/name', /^Unknown encoder/],
  ['C:\\models\\x', /Folder not found: C:\\models\\x/],
  ['..\\x', /Folder not found/],
  ['x=', /"x=" has a name, but no path/],
  ['x=./none', /Folder not found: none/],
  ['constructor', /Unknown encoder "constructor"/],
  ['__proto__@3', /Unknown encoder "__proto__/],
  ['bert-base-cased@0', /bert-base-cased@0|layer/],
] as const) {
  test(`encoders: ${name} is one line`, () => {
    assert.throws(
      () => run({ encoders: [name] }),
      (error: Error & { code: string }) => {
        assert.match(error.code, /^(?:OPTION|UNKNOWN_NAME)$/);
        assert.match(error.message, message);
        return !error.message.includes('\n');
      },
    );
  });
}

for (const [name, message] of [
  ['./none.csv', /File not found: none\.csv\./],
  ['C:\\data\\x.csv', /File not found: C:\\data\\x\.csv/],
  ['none.parquet', /File not found: none\.parquet/],
  ['org/name', /For a dataset of the hub write hf:org\/name\./],
  ['constructor', /Unknown dataset "constructor"|There is no data set "constructor"/],
] as const) {
  test(`datasets: ${name} is one line`, () => assert.throws(() => run({ datasets: [name] }), { message }));
}

/** Errors of requests that are found without data, and the option that they name. */
const REFUSED: readonly (readonly [string, () => unknown])[] = [
  ['delimiter', () => run({ datasets: ['trec6'], delimiter: ';' })],
  ['encoding', () => rank({ encoders: ['bert-base-cased'], datasets: ['trec6'], encoding: 'latin1' })],
  ['skipInvalid', () => finetune({ datasets: ['trec6'], skipInvalid: true })],
  ['temperature', () => finetune({ objective: ['classic'], temperature: 0.5 })],
  ['margin', () => finetune({ margin: 1 })],
  ['secondLabelField', () => finetune({ objective: ['cea', 'classic'], secondLabelField: 'source' })],
  ['firstLayers', () => run({ encoders: ['bert-base-cased'], firstLayers: 2 })],
  ['seed', () => run({ seed: [1, 2] })],
  ['k', () => run({ k: [1, 2], finetune: {} })],
  ['metric', () => run({ metric: ['cosine', 'euclidean'], finetune: {} })],
  ['vectorsAt', () => run({ finetune: { vectorsAt: [4], epochs: 3 } })],
  ['vectorsAt', () => finetune({ vectorsAt: [4] })],
  ['batchSize', () => finetune({ batchSize: 1 })],
  ['multiLabel', () => finetune({ multiLabel: true })],
  ['estimator', () => rank({ encoders: ['bert-base-cased'], datasets: ['trec6'], estimator: ['leep'] })],
  ['estimator', () => rank({ encoders: ['bert-base-cased'], datasets: ['trec6'], by: 'leep' })],
  ['sourceField', () => rank({ encoders: ['bert-base-cased'], datasets: ['trec6'], estimator: ['knn'], sourceField: 'x' })],
  ['sample', () => map({ encoders: ['bert-base-cased'], datasets: ['trec6'], sample: 10_001 })],
];

for (const [name, wrong] of REFUSED) {
  test(`resolve: ${wrong.toString().slice(6)} is refused by ${name}`, () =>
    assert.throws(wrong, { code: 'OPTION', message: new RegExp(`^\`${name}\`: `) }));
}

test('tables: options of theirs are taken with a file, a hub dataset, and where they are off', () => {
  assert.equal(run({ datasets: ['./mine.csv', 'trec6'], delimiter: ';' }).reading.tables.delimiter, ';');
  assert.equal(run({ datasets: ['hf:org/data'], encoding: 'latin1' }).reading.tables.encoding, 'latin1');
  assert.equal(run({ datasets: ['trec6'], skipInvalid: false }).reading.tables.skipInvalid, false);
});

test('rank: of several labels the first counts, and all are refused', () => {
  const asked = { command: 'rank', encoders: ['bert-base-cased'], datasets: ['trec6'] };
  assert.throws(() => resolveRank(checkRequest(REQUESTS.rank, { ...asked, labels: 'all' }), registries, resources), {
    code: 'OPTION',
    message: /^`labels`: Estimators take one class per text\./,
  });
});
