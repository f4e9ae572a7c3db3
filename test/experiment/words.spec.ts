import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { tokenDataset } from '../../src/datasets/build.ts';
import type { TokenDataset } from '../../src/datasets/dataset.ts';
import { openEncoder } from '../../src/encoders/encoder.ts';
import { EstimatorThreads } from '../../src/estimators/estimator-threads.ts';
import { rankWords } from '../../src/experiment/rank-words.ts';
import { rankedWords, sampledWords, sampledWordsNote } from '../../src/experiment/sampled-words.ts';
import { computeGrid } from '../../src/experiment/score-grid.ts';
import type { RankSettings, Settings } from '../../src/experiment/settings.ts';
import type { Protocol } from '../../src/knn/types.ts';
import { SILENT } from '../../src/progress.ts';
import { outcomesOf, parsePredictions, predictionsOf, textOfPredictions } from '../../src/results/predictions.ts';
import { resultKey } from '../../src/results/merge.ts';
import type { ScoredCell } from '../../src/results/scored.ts';
import { shared, unlessShared } from '../shared.ts';
import { temporaryFolder } from '../temporary.ts';
import { writeTinyEncoder } from '../tiny-encoder.ts';

/** Tagged sentences, from their words to rows. */

const folder = temporaryFolder();

const SETTINGS: Settings = {
  poolings: ['mean', 'layermean'],
  layers: 'last',
  layerMeans: ['0..L', '1..L'],
  wordPoolings: ['first', 'mean'],
  concatNorms: [],
  protocols: ['leave-one-sentence-out'],
  ks: [5],
  metrics: ['euclidean'],
  votes: ['uniform'],
  index: 'exact',
  hnsw: { m: 32, efConstruction: 200, ef: 100, recall: 0, seed: 1 },
  labels: 'first',
  limit: undefined,
  seed: 1,
  maxLength: undefined,
  dtype: undefined,
  threads: 1,
  tokenBudget: 1024,
};

async function scored(model: string, dataset: TokenDataset, more: Partial<Settings> = {}, maxLength?: number): Promise<ScoredCell[]> {
  const encoder = await openEncoder({
    name: 'tiny',
    folder: model,
    onnx: model.startsWith(folder) ? path.join(model, 'model.onnx') : undefined,
    revision: '',
    maxLength,
  });
  const settings = { ...SETTINGS, ...more };
  const cells: ScoredCell[] = [];
  const outcomes = computeGrid(
    {
      encoders: [{ name: 'tiny', encoder }],
      datasets: [{ name: 'd', dataset, protocols: settings.protocols }],
      settings,
      vectorFolder: path.join(folder, 'vectors'),
      progress: SILENT,
      warn: () => undefined,
    },
    [],
  );
  for await (const outcome of outcomes) {
    assert.equal(outcome.kind, 'computed', JSON.stringify(outcome));
    if (outcome.kind === 'computed') cells.push(...outcome.cells);
  }
  return cells;
}

const WORDS = ['what', 'who', 'where', 'is', 'the', 'abc', 'quiz'];
const sentencesOf = (count: number, tag: (word: string, at: number) => string) =>
  Array.from({ length: count }, (_, i) => {
    const words = Array.from({ length: 3 + (i % 4) }, (_word, at) => WORDS[(i * 3 + at * (1 + (i % 3))) % WORDS.length]!);
    return { text: words.join(' '), words, labels: words.map(tag), split: i % 3 === 2 ? ('test' as const) : ('train' as const) };
  });
const entities = tokenDataset({
  key: 'd',
  labelField: 'tag',
  sample: '',
  examples: sentencesOf(45, (word) => (word === 'quiz' ? 'B-X' : word === 'abc' ? 'B-Y' : 'O')),
});
const speech = tokenDataset({
  key: 'd',
  labelField: 'tag',
  sample: '',
  examples: sentencesOf(45, (word) => (word.startsWith('w') ? 'PRON' : 'NOUN')),
});

test('words: tags with spans, and tags that are classes, have their own scores; predictions read back are the same', async () => {
  const model = writeTinyEncoder(path.join(folder, 'tiny'), { layers: 2, seed: 2 });
  const protocols: Protocol[] = ['leave-one-out', 'leave-one-sentence-out', 'fit-train'];
  const cells = await scored(model, entities, { protocols });
  assert.equal(cells.length, 2 * 3 * 4, 'two word poolings of three layers, four parts');
  for (const cell of cells) {
    const { row } = cell;
    assert.deepEqual([row.task, row.words_without_vector, row.micro_f1], ['token-classification', '0', '']);
    assert.ok(Number(row.span_f1_low) <= Number(row.span_f1) && Number(row.span_f1) <= Number(row.span_f1_high));
    const text = textOfPredictions(predictionsOf(cell));
    assert.deepEqual(outcomesOf(parsePredictions({ text, file: 'f' }), resultKey(row), 'f'), cell.outcomes);
  }
  assert.deepEqual(
    [...new Set(cells.map(({ row }) => `${row.pooling} ${row.layers} ${row.word_pooling}`))],
    [
      'word last first',
      'word-layermean 0..L first',
      'word-layermean 1..L first',
      'word last mean',
      'word-layermean 0..L mean',
      'word-layermean 1..L mean',
    ],
  );
  for (const { row } of await scored(model, speech)) {
    assert.deepEqual([row.span_f1, row.micro_f1_no_o], ['', ''], 'parts of speech have neither spans nor an O');
    assert.ok(Number(row.accuracy) > 60);
  }
});

test('words: beyond the length limit a word of test is given O, and is no item where words are left out', async () => {
  const model = writeTinyEncoder(path.join(folder, 'short'), { layers: 2, seed: 2 });
  const cells = await scored(
    model,
    entities,
    { protocols: ['leave-one-sentence-out', 'fit-train'], poolings: ['mean'], wordPoolings: ['first'] },
    6,
  );
  const out = cells.find(({ row }) => row.protocol === 'leave-one-sentence-out')!.row;
  assert.equal(Number(out.n) + Number(out.words_without_vector), entities.tags.length);
  assert.ok(Number(out.words_without_vector) > 0);
  const tested = cells.find(({ row }) => row.split === 'test')!;
  const words = entities.words.filter((_, i) => entities.split[i] === 2).flat().length;
  assert.equal(tested.row.n, String(words));
  assert.ok(Number(tested.row.words_without_vector) > 0);
});

test('words: at most N of each tag, which is reported', async () => {
  const model = writeTinyEncoder(path.join(folder, 'few'), { layers: 2, seed: 2 });
  const [cell] = await scored(model, entities, { wordsPerClass: 20, poolings: ['mean'], wordPoolings: ['first'] });
  assert.equal(cell!.row.sample, 'at most 20 words per tag, seed 1');
  assert.equal(cell!.row.n, String(entities.tags.length), 'all words are scored');
  const { words } = sampledWords(entities, 20, 1);
  const counts = entities.classes.map(
    (_, tag) => [...entities.tags.keys()].filter((word) => entities.tags[word] === tag && words![word] === 1).length,
  );
  assert.ok(counts.every((count) => count <= 20));
  const lost = new Uint8Array(entities.tags.length);
  lost[0] = 1;
  assert.equal(rankedWords(entities, { seed: 1, lost }).length, entities.tags.length - 1);
  assert.equal(sampledWordsNote(entities, { seed: 1 }), '');
});

test('words: a ranking leaves a word’s sentence out of its votes and of the fit of its probe', async () => {
  const model = writeTinyEncoder(path.join(folder, 'ranked'), { layers: 2, seed: 2 });
  const encoder = await openEncoder({
    name: 'tiny',
    folder: model,
    onnx: model.startsWith(folder) ? path.join(model, 'model.onnx') : undefined,
    revision: '',
    maxLength: undefined,
  });
  const threads = new EstimatorThreads(1);
  const settings: RankSettings = {
    estimators: ['knn', 'linear-probe', 'hscore', 'logme', 'consistency', 'centroid', 'silhouette'],
    by: 'knn',
    poolings: ['mean'],
    layerMeans: ['0..L'],
    k: 5,
    seed: 1,
    threads: 1,
    tokenBudget: 1024,
    curveTexts: 20,
    curveEstimators: ['knn'],
  };
  const { ranked } = await rankWords({
    dataset: entities,
    encoder,
    settings,
    vectorFolder: path.join(folder, 'vectors'),
    threads,
    progress: SILENT,
    warn: () => undefined,
  });
  await threads.close();
  const [{ estimates, pooling, wordPooling }] = ranked.poolings as [(typeof ranked.poolings)[number]];
  assert.deepEqual([pooling, wordPooling, ranked.curve.map(({ layers }) => layers)], ['word', 'first', ['0', '1', '2']]);
  const [cell] = await scored(model, entities, { poolings: ['mean'], wordPoolings: ['first'] });
  const knn = estimates.find(({ estimator }) => estimator === 'knn')!;
  assert.equal((100 * knn.score).toFixed(2), Number(cell!.row.micro_f1_no_o).toFixed(2), 'what a run scores');
  assert.ok(estimates.every(({ score }) => Number.isFinite(score)));
});

const skip = unlessShared('tasks', 'scores.json') || unlessShared('oracles', 'bert-cased');

test('words: the reference’s scores of parts of speech by tiny checkpoints', { skip }, async (t) => {
  interface Reference {
    readonly dataset: string;
    readonly encoder?: string;
    readonly tool: string;
    readonly word_pooling: string;
    readonly convention: string;
    readonly estimator: string;
    readonly protocol: string;
    readonly value: number;
    readonly macro_f1: number;
  }
  const { rows, tiny_rows_ewt: numbers } = JSON.parse(readFileSync(shared('tasks', 'scores.json'), 'utf8')) as {
    rows: Reference[];
    tiny_rows_ewt: number[];
  };
  const { readTagged } = await import('./tagged-files.ts');
  const all = readTagged(shared('tasks', 'data', 'ud_english_ewt', 'en_ewt-ud-dev.first500.conllu'));
  const dataset = tokenDataset({
    key: 'd',
    labelField: 'upos',
    sample: '',
    examples: numbers.map((i) => ({ ...all[i]!, split: 'train' as const })),
  });
  for (const name of ['bert-cased', 'deberta-v3']) {
    const found = await scored(
      shared('oracles', name),
      dataset,
      { ks: [3, 5], protocols: ['leave-one-out', 'leave-one-sentence-out'] },
      48,
    );
    const own = rows.filter((row) => row.dataset === 'ewt_upos short' && row.encoder === name && row.tool === 'independent');
    assert.ok(own.length >= 24, name);
    for (const row of own) {
      const cell = found.find(
        ({ row: { layers, word_pooling: pooling, protocol, k } }) =>
          layers === (row.convention === 'lastlayer' ? 'last' : row.convention) &&
          pooling === row.word_pooling &&
          protocol === row.protocol.replaceAll('_', '-') &&
          `knn${k}` === row.estimator,
      );
      assert.ok(
        Math.abs(Number(cell?.row.accuracy) - row.value) <= 0.1,
        `${name} ${row.word_pooling} ${row.convention} ${row.protocol} ${row.estimator}: ${cell?.row.accuracy} beside ${row.value}`,
      );
      assert.ok(Math.abs(Number(cell?.row.macro_f1) - row.macro_f1) <= 0.1);
    }
    t.diagnostic(`${name}: ${own.length} scores within 0.1 points`);
  }
});
