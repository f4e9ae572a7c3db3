import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { readCosts } from '../../src/results/costs.ts';
import { readEstimates } from '../../src/results/estimates.ts';
import { readRows } from '../../src/results/csv.ts';
import { temporaryFolder } from '../temporary.ts';
import { writeTinyEncoder } from '../tiny-encoder.ts';
import { bench, type Outcome } from './bench.ts';

const root = temporaryFolder();
const cache = path.join(root, 'cache');
const models = [1, 2, 3].map((seed) => writeTinyEncoder(path.join(root, `tiny-${seed}`), { layers: 1 + seed, seed }));
const data = path.join(root, 'topics.csv');
const words = ['what', 'who', 'where', 'is', 'the', 'abc', 'zebra', 'quiz', 'moon', 'tip'];
writeFileSync(
  data,
  `label,text\n${Array.from({ length: 90 }, (_, i) => `${['animal', 'place', 'person'][i % 3]},${words[i % 7]} ${words[(i * 3 + 1) % 10]} ${'xyz'[i % 3]} ${i % 13}?`).join('\n')}\n`,
);
const rank = (out: string, ...more: string[]) =>
  bench(
    [
      'rank',
      ...models.flatMap((model) => ['--model', model]),
      '--dataset',
      data,
      '--quiet',
      '--offline',
      '--out',
      path.join(root, out),
      ...more,
    ],
    { cache },
  );

test('rank: every encoder by every estimator, ties shown, layers compared, estimates kept', async () => {
  const { status, out, err } = await rank('a');
  assert.equal(status, 0, err);
  assert.match(out, /^topics, by k-NN\n/);
  assert.match(out, /exact McNemar tests against the best, Holm-corrected \(2 comparisons\)/);
  assert.match(out, /layer by layer/);
  assert.match(out, /best layer \d \(\d+\.\d\d\), last layer \d+\.\d\d; best layer by k-NN consistency \d, Nearest centroid \d/);
  const rows = await readEstimates(path.join(root, 'a', 'estimates.csv'));
  const whole = rows.filter(({ sample, layers }) => sample === '' && (layers === 'last' || layers === '0..L'));
  assert.equal(whole.length, 3 * 2 * 7);
  // Embeddings and every layer, by every estimator except the fitted one.
  assert.equal(rows.length, 3 * 2 * 7 + (3 + 4 + 5) * 6);
  assert.equal((await rank('named', '--estimator', 'knn,linear-probe')).status, 0);
  assert.equal(
    (await readEstimates(path.join(root, 'named', 'estimates.csv'))).filter(({ estimator }) => estimator === 'linear-probe').length,
    3 * 2 + 3 + 4 + 5,
  );
  for (const { estimator, low, high, score } of whole) {
    if (['knn', 'linear-probe', 'centroid'].includes(estimator)) assert.ok(Number(low) <= Number(score) && Number(score) <= Number(high));
    else assert.equal(low, '');
  }
});

test('rank: KNN is the leave-one-out score of the main job', async () => {
  const out = path.join(root, 'b');
  assert.equal(
    (
      await bench(
        [
          'run',
          ...models.flatMap((model) => ['--model', model]),
          '--dataset',
          data,
          '--quiet',
          '--offline',
          '--pooling',
          'mean,layermean',
          '--protocol',
          'leave-one-out',
          '--out',
          out,
        ],
        { cache },
      )
    ).status,
    0,
  );
  const { rows } = await readRows(path.join(out, 'results.csv'));
  const estimates = (await readEstimates(path.join(root, 'a', 'estimates.csv'))).filter(
    ({ estimator, sample }) => estimator === 'knn' && sample === '',
  );
  for (const row of rows) {
    const same = estimates.find(
      ({ encoder, pooling, layers }) => encoder === row.encoder && pooling === row.pooling && layers === row.layers,
    )!;
    assert.deepEqual([same.score, same.low, same.high], [row.accuracy, row.accuracy_low, row.accuracy_high]);
  }
});

test('rank: the same bytes again, whatever threads and order', async () => {
  const first = readFileSync(path.join(root, 'a', 'estimates.csv'), 'utf8');
  const again = await bench(
    [
      'rank',
      ...models.toReversed().flatMap((model) => ['--model', model]),
      '--dataset',
      data,
      '--quiet',
      '--threads',
      '1',
      '--token-budget',
      '9',
      '--out',
      path.join(root, 'c'),
    ],
    { cache: path.join(root, 'other') },
  );
  assert.equal(again.status, 0, again.err);
  assert.equal(readFileSync(path.join(root, 'c', 'estimates.csv'), 'utf8'), first);
});

test('rank: ordered by another estimator, as markdown and CSV', async () => {
  const { out } = await rank('d', '--by', 'logme', '--estimator', 'logme,hscore', '--format', 'markdown', '--curves=false');
  assert.match(out, /^### topics, by LogME\n/);
  assert.match(out, /This estimator predicts no classes or numbers/);
  assert.equal((await rank('d', '--format', 'csv')).out.trim().split('\n').length, 4);
  const json = JSON.parse((await rank('d', '--format', 'json')).out) as { rows: Record<string, number>[] };
  assert.ok(json.rows.every((line) => Number.isInteger(line['best_layer']) && line['best_layer_score']! > 0 && line['n'] === 90));
});

test('rank: what encoders cost is kept apart, as long as it was measured', async () => {
  const file = path.join(root, 'a', 'costs.csv');
  const costs = await readCosts(file);
  assert.deepEqual(
    costs.map(({ encoder, dtype, max_length: length }) => [encoder, dtype, length]),
    models.map((model) => [path.basename(model), 'fp32', costs[0]!.max_length]),
  );
  for (const { parameters, text_ms: ms, tokens_per_second: pace, memory_mb: memory } of costs)
    assert.ok(Number(parameters) > 1000 && Number(ms) > 0 && Number(pace) > 0 && Number(memory) >= 0);
  const before = readFileSync(file, 'utf8');
  await rank('a'); // all from the store
  assert.equal(readFileSync(file, 'utf8'), before);
});

test('rank: LEEP where another label is named, and not otherwise', async () => {
  const file = path.join(root, 'fields.csv');
  const rows = readFileSync(data, 'utf8').trim().split('\n').slice(1);
  writeFileSync(file, `kind,label,text\n${rows.map((line, i) => `${i % 2 === 0 ? 'even' : 'odd'},${line}`).join('\n')}\n`);
  const out = path.join(root, 'leep');
  const leep = (...more: string[]) =>
    bench(
      [
        'rank',
        '--model',
        models[0]!,
        '--dataset',
        file,
        '--label-column',
        'label',
        '--quiet',
        '--offline',
        '--curves=false',
        '--out',
        out,
        ...more,
      ],
      { cache },
    );
  const { status, err } = await leep('--estimator', 'knn,leep', '--source-field', 'kind');
  assert.equal(status, 0, err);
  const found = (await readEstimates(path.join(out, 'estimates.csv'))).filter(({ estimator }) => estimator === 'leep');
  assert.equal(found.length, 2);
  assert.ok(found.every(({ score, low }) => Number(score) < 0 && Number(score) > -Math.log(3) - 0.1 && low === ''));
  assert.equal(
    (await leep('--estimator', 'leep')).err,
    'bench: --estimator: leep needs a second label of each text. Give its field with --source-field.\n',
  );
  assert.equal(
    (await leep('--estimator', 'knn', '--source-field', 'kind')).err,
    'bench: --source-field: It applies only to leep. Add leep to --estimator, or omit it.\n',
  );
  assert.match((await leep('--source-field', 'king')).err, /king/);
  assert.equal(
    (await leep('--source-field', 'label')).err,
    'bench: --source-field: "label" is the label that encoders are ranked by. Choose another field.\n',
  );
  assert.equal((await leep('--estimator', 'leep', '--source-field', 'kind', '--seed', '2')).status, 0);
  const both = (await readEstimates(path.join(out, 'estimates.csv'))).filter(({ estimator }) => estimator === 'leep');
  assert.deepEqual(
    both.map(({ seed, source_field: field }) => [seed, field]).toSorted(),
    found
      .flatMap(() => [
        ['1', 'kind'],
        ['2', 'kind'],
      ])
      .toSorted(),
  );
});

test('rank: a budget says what it decided, and --limit takes the same texts', async () => {
  const file = path.join(root, 'many.csv');
  writeFileSync(
    file,
    `label,text\n${Array.from({ length: 700 }, (_, i) => `${['animal', 'place', 'person'][(i * 7) % 3]},${words[i % 7]} ${words[(i * 3 + 1) % 10]} ${'xyz'[i % 3]} ${i}?`).join('\n')}\n`,
  );
  const many = (out: string, ...more: string[]) =>
    bench(
      [
        'rank',
        ...models.flatMap((model) => ['--model', model]),
        '--dataset',
        file,
        '--quiet',
        '--offline',
        '--pooling',
        'mean',
        '--estimator',
        'knn,linear-probe',
        '--curves=false',
        '--out',
        path.join(root, out),
        ...more,
      ],
      { cache },
    );
  const whole = await many('whole');
  const enough = await many('enough', '--budget', '1h');
  assert.equal(enough.status, 0, enough.err);
  assert.match(
    enough.out,
    /Budget 3600 s, used \d+\.\d s\. All 700 texts fitted the budget; results may vary with machine speed\.\nRounds: 3 encoders on 200/,
  );
  const rowsOf = async (out: string) => readEstimates(path.join(root, out, 'estimates.csv'));
  const all = await rowsOf('whole');
  assert.equal(whole.status, 0);
  for (const row of (await rowsOf('enough')).filter(({ sample }) => sample === ''))
    assert.ok(all.some((other) => JSON.stringify(other) === JSON.stringify(row)));

  const short = await many('short', '--budget', '1s', '--format', 'json');
  assert.equal(short.status, 0, short.err);
  const lines = (JSON.parse(short.out) as { rows: Record<string, string | number | null>[] }).rows;
  assert.equal(lines.length, 3);
  for (const line of lines) {
    const n = Number(line['n']);
    assert.ok(n >= 200 && n <= 700 && line['sample'] === (n === 700 ? null : `nested ${n} of 700, seed 1`), JSON.stringify(line));
    await many(`limit-${n}`, '--limit', String(n));
    const [found, again] = [await rowsOf('short'), await rowsOf(`limit-${n}`)].map((rows) =>
      rows.filter(({ encoder, n: texts }) => encoder === line['encoder'] && texts === String(n)),
    );
    assert.equal(found!.length, 2);
    assert.deepEqual(again, found);
  }
  assert.equal(
    (await many('short', '--budget', '500ms')).err,
    'bench: --budget: "500ms" is not a duration of at least one second. Write seconds, minutes or hours: 90s, 2m, 1h.\n',
  );
});

const LACKING = 'large: no layer curves, because their sample of 1000 texts has only one class.\n';

test('rank: a class that the layers’ sample may lack costs the layer curves alone', async () => {
  const file = path.join(root, 'large.csv');
  writeFileSync(
    file,
    `label,text\n${Array.from({ length: 2200 }, (_, i) => `${i === 0 ? 'rare' : 'all'},${words[i % 7]} ${'xyz'[i % 3]} ${i % 50}?`).join('\n')}\n`,
  );
  const found: Outcome[] = [];
  for (const seed of ['1', '2', '3', '4']) {
    found.push(
      await bench(
        [
          'rank',
          '--model',
          models[0]!,
          '--dataset',
          file,
          '--quiet',
          '--offline',
          '--pooling',
          'mean',
          '--estimator',
          'centroid',
          '--seed',
          seed,
          '--out',
          path.join(root, 'large'),
        ],
        { cache },
      ),
    );
  }
  assert.deepEqual(
    found.map(({ status }) => status),
    [0, 0, 0, 0],
    found[0]!.err,
  );
  const lacking = found.filter(({ err }) => err.includes(LACKING));
  assert.ok(lacking.length > 0);
  for (const { out, err } of found) assert.equal(!err.includes(LACKING), out.includes('layer by layer'), err);
});

test('rank: within a budget, classes of one text each', async () => {
  const file = path.join(root, 'rare.csv');
  writeFileSync(
    file,
    `label,text\n${Array.from({ length: 900 }, (_, i) => `${i < 2 ? `rare${i}` : 'all'},${words[i % 7]} ${i}?`).join('\n')}\n`,
  );
  for (const seed of ['1', '2', '3']) {
    const { status, err } = await bench(
      [
        'rank',
        '--model',
        models[0]!,
        '--dataset',
        file,
        '--quiet',
        '--offline',
        '--pooling',
        'mean',
        '--estimator',
        'knn',
        '--budget',
        '2s',
        '--seed',
        seed,
        '--out',
        path.join(root, 'rare'),
      ],
      { cache },
    );
    assert.equal(status, 0, err);
  }
});

test('rank: who is not ranked is said in plain letters, and the others are ranked', async () => {
  const broken = writeTinyEncoder(path.join(root, 'evil\u001B[31mred\u202Eder'), { external: true });
  const weights = path.join(broken, 'model.onnx_data');
  writeFileSync(weights, Buffer.alloc(readFileSync(weights).length, 0xff)); // NaN
  const { status, out, err } = await rank('broken', '--model', broken, '--estimator', 'knn', '--curves=false');
  assert.equal(status, 1);
  assert.match(out, /tiny-3/);
  assert.match(err, /^Not ranked: evilredder on topics: .*NaN.*\n$/);
});

test('rank: bad input is one line', async () => {
  assert.equal(
    (await rank('e', '--by', 'knm')).err,
    'bench: --by: "knm" is not a valid value. Did you mean "knn"? It takes knn, consistency, linear-probe, centroid, hscore, logme, silhouette, leep, ridge, cosine.\n',
  );
  assert.match((await bench(['rank', '--suite', 'quik', '--offline'], { cache })).err, /^bench: .*"quik".*Did you mean "quick"\?/);
  assert.match((await rank('e', '--k', '90')).err, /^bench: --k: k = 90 is larger than the corpus/);
});
