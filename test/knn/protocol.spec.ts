import assert from 'node:assert/strict';
import { test } from 'node:test';
import { scoreProtocols, type ProtocolParams, type ProtocolScore, type SearchProgress } from '../../src/knn/protocol.ts';
import { usearchMissing } from '../../src/knn/usearch.ts';
import { ofClasses, scoresOf } from '../../src/statistics/outcomes.ts';
import { vote, voteMultiLabel } from '../../src/knn/vote.ts';
import { brute, integers, repeated, uniform } from './brute.ts';
import { toy } from './toy.ts';

/** 120 rows, 90 of them different, at few different distances; three classes; train, dev and test. */
const corpus = () => repeated(integers(120, 5, { seed: 1, most: 2 }), 90);
const labels = Array.from({ length: 120 }, (_, i) => (i * 7 + Math.floor(i / 11)) % 3);
const splits = labels.map((_, i) => (i < 70 ? 'train' : i < 90 ? 'dev' : 'test') as 'train' | 'dev' | 'test');
const labelSets = labels.map((label, i) => [...new Set([label, i % 4])].toSorted());
const rowsOf = (split: string) => Int32Array.from(splits.keys()).filter((i) => split === 'all' || splits[i] === split);

async function scores(params: Partial<ProtocolParams> = {}): Promise<ProtocolScore[]> {
  const all = {
    dataset: toy({ labels, splits, labelSets }),
    vectors: corpus(),
    protocols: ['complete', 'leave-one-out', 'fit-train'],
    ks: [1, 5, 10],
    votes: ['uniform', 'distance'],
    metric: 'euclidean',
    index: 'exact',
    ...params,
  } as const;
  const found: ProtocolScore[] = [];
  for await (const each of scoreProtocols(all)) found.push(each);
  return found;
}

test('protocols: each gives what a search of its own gives, for every k', async () => {
  const found = await scores();
  assert.deepEqual(found.map(({ protocol, split, votes, k }) => `${protocol} ${split} ${votes} ${k}`).slice(0, 14), [
    'complete all uniform 1',
    'complete all uniform 5',
    'complete all uniform 10',
    'complete all distance 1',
    'complete all distance 5',
    'complete all distance 10',
    'leave-one-out all uniform 1',
    'leave-one-out all uniform 5',
    'leave-one-out all uniform 10',
    'leave-one-out all distance 1',
    'leave-one-out all distance 5',
    'leave-one-out all distance 10',
    'fit-train train uniform 1',
    'fit-train train uniform 5',
  ]);
  assert.equal(found.length, 5 * 6);
  for (const { protocol, split, votes, k, outcomes, rows, recall, index } of found) {
    const { n, correct } = scoresOf(ofClasses(outcomes));
    const queryRows = rowsOf(split);
    const neighbours = brute({
      corpus: corpus(),
      k,
      metric: 'euclidean',
      queryRows,
      excludeSelf: protocol === 'leave-one-out',
      corpusRows: rowsOf(protocol === 'fit-train' ? 'train' : 'all'),
    });
    const expected = vote({ neighbours, labels: Int32Array.from(labels), classes: 4, votes });
    assert.deepEqual(outcomes.predicted, expected, `${protocol} ${split} ${votes} ${k}`);
    assert.deepEqual(rows, queryRows);
    assert.deepEqual([n, correct], [queryRows.length, queryRows.filter((row, i) => labels[row] === expected[i]).length]);
    assert.deepEqual([recall, index], [undefined, 'exact']);
  }
});

test('protocols: leave-one-out alone, and k of all but one', async () => {
  const [alone] = await scores({ protocols: ['leave-one-out'], ks: [119], votes: ['uniform'] });
  const neighbours = brute({ corpus: corpus(), k: 119, metric: 'euclidean', excludeSelf: true });
  assert.deepEqual(alone!.outcomes.predicted, vote({ neighbours, labels: Int32Array.from(labels), classes: 4, votes: 'uniform' }));
});

test('protocols: complete with k of the whole corpus', async () => {
  const [complete] = await scores({ protocols: ['complete'], ks: [120], votes: ['distance'] });
  const neighbours = brute({ corpus: corpus(), k: 120, metric: 'euclidean' });
  assert.deepEqual(complete!.outcomes.predicted, vote({ neighbours, labels: Int32Array.from(labels), classes: 4, votes: 'distance' }));
});

test('protocols: every label is voted on where all are asked for', async () => {
  const found = await scores({ labels: 'all', protocols: ['leave-one-out', 'fit-train'], ks: [5], metric: 'cosine' });
  for (const { protocol, split, votes, outcomes } of found) {
    const { n, microF1, accuracy } = scoresOf(ofClasses(outcomes));
    const neighbours = brute({
      corpus: corpus(),
      k: 5,
      metric: 'cosine',
      queryRows: rowsOf(split),
      excludeSelf: protocol === 'leave-one-out',
      corpusRows: rowsOf(protocol === 'fit-train' ? 'train' : 'all'),
    });
    assert.deepEqual(
      outcomes.predicted,
      voteMultiLabel({ neighbours, labelSets: labelSets.map((set) => Int32Array.from(set)), classes: 4, votes }),
    );
    assert.equal(n, rowsOf(split).length);
    assert.ok(microF1 > accuracy);
  }
});

test('protocols: a corpus without a dev set has no dev row', async () => {
  const found = await scores({
    dataset: toy({ labels, splits: splits.map((split) => (split === 'dev' ? 'test' : split)) }),
    protocols: ['fit-train'],
    ks: [1],
    votes: ['uniform'],
  });
  assert.deepEqual(
    found.map(({ split, rows }) => [split, rows.length]),
    [
      ['train', 70],
      ['test', 50],
    ],
  );
});

test('protocols: complete and leave-one-out share a search', async () => {
  const seen: SearchProgress[] = [];
  await scores({ onProgress: (progress) => seen.push(progress) });
  const ended = seen.filter(({ done, total }) => done === total).map(({ protocols, total }) => [protocols, total]);
  assert.deepEqual(ended, [
    [['complete', 'leave-one-out'], 120],
    [['fit-train'], 120],
  ]);
});

const noUsearch = usearchMissing() ?? false;

test('protocols: an approximate index is searched again if a sample has less than the wanted recall', { skip: noUsearch }, async () => {
  const rows = 3000;
  const dataset = toy({ labels: Array.from({ length: rows }, (_, row) => row % 3) });
  const params = {
    dataset,
    vectors: uniform(rows, 16, 1),
    protocols: ['complete', 'leave-one-out'],
    ks: [1, 5],
    votes: ['uniform'],
    index: 'hnsw',
  } as const;
  const poor = { m: 4, efConstruction: 10, ef: 16, seed: 1 };
  const least = async (recall: number): Promise<number> =>
    Math.min(...(await scores({ ...params, hnsw: { ...poor, recall } })).map((each) => each.recall!));
  const [once, some, all] = [await least(0), await least(0.9), await least(1)];
  assert.ok(once < 0.9 && some >= 0.9 && all > some, `${once} ${some} ${all}`);
  // An approximation that is good enough at once is not refined.
  const good = { m: 16, efConstruction: 200, ef: 100, seed: 1 };
  const found = async (recall: number): Promise<object[]> =>
    (await scores({ ...params, hnsw: { ...good, recall } })).map(({ hnsw: _options, ...score }) => score);
  assert.deepEqual(await found(0), await found(0.9));
});

test('protocols: an approximate index states its recall', { skip: noUsearch }, async () => {
  const params = {
    vectors: uniform(120, 16, 1),
    protocols: ['complete', 'leave-one-out', 'fit-train'],
    ks: [1, 5],
    votes: ['uniform'],
  } as const;
  const wide = await scores({ ...params, index: 'hnsw', hnsw: { m: 16, efConstruction: 200, ef: 200, recall: 0, seed: 1 } });
  assert.deepEqual(
    wide.map(({ recall, index }) => [recall, index]),
    wide.map(() => [1, 'hnsw']),
  );
  const plain = await scores(params);
  assert.deepEqual(
    wide.map(({ outcomes }) => outcomes.predicted),
    plain.map(({ outcomes }) => outcomes.predicted),
  );
  const narrow = await scores({ ...params, index: 'hnsw', hnsw: { m: 2, efConstruction: 2, ef: 1, recall: 0, seed: 1 } });
  assert.ok(narrow.every(({ recall }) => recall! > 0 && recall! <= 1) && narrow.some(({ recall }) => recall! < 1));
});

test('protocols: refuses vectors of other texts, and labels that are not there', async () => {
  await assert.rejects(scores({ vectors: uniform(5, 4, 1) }), { code: 'SHAPE', message: 'toy: 5 vectors for 120 texts.' });
  await assert.rejects(scores({ dataset: toy({ labels, splits }), labels: 'all' }), {
    code: 'OPTION',
    message: 'toy: Its texts have one label each: multi-label voting does not apply. Score the first label.',
  });
});
