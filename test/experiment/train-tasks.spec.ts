import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { choose, finetune, run } from '../../src/index.ts';
import { readPredictions, predictionsFile } from '../../src/results/predictions.ts';
import { parseCurves } from '../../src/results/curves.ts';
import { regressionScores } from '../../src/statistics/regression-scores.ts';
import { ownOracle } from '../oracles.ts';
import { staticFolder } from '../static-oracle.ts';
import { temporaryFolder } from '../temporary.ts';

/** Training for regression, and on pairs of texts, from a file to a table. */

const root = temporaryFolder();
const model = ownOracle('bert-uncased');
const words = ['river', 'heron', 'ferry', 'bread', 'soup', 'salt', 'lamps', 'clock', 'water', 'noon'];
const text = (i: number): string =>
  [i, i * i + 1, Math.floor(i / 3), Math.floor((i * i) / 7) + 3].map((at) => words[at % words.length]).join(' ');
const rows = Array.from({ length: 80 }, (_, i) => {
  const [a, b] = [text(i), text(i % 2 === 0 ? i + 10 : 3 * i + 4)];
  const number = 2 + (a.includes('river') ? 3 : 0) + (b.includes('salt') ? 1.5 : 0);
  return {
    a,
    b,
    number,
    class: a.includes('river') === b.includes('river') ? 'same' : 'other',
    split: i < 48 ? 'train' : i < 64 ? 'dev' : 'test',
  };
});
const file = path.join(root, 'rows.jsonl');
writeFileSync(file, rows.map((row) => JSON.stringify(row)).join('\n'));
const tables = { encoders: [`tiny=${model}`], datasets: [file], textColumn: 'a', splitColumn: 'split' } as const;
const common = { ...tables, pooling: 'mean', epochs: 3, batchSize: 16, lr: 3e-3 } as const;
const numbers = { ...common, labelColumn: 'number', task: 'regression', epochs: 6, batchSize: 8, lr: 1e-2, dropout: 0 } as const;
const classes = { ...common, labelColumn: 'class' } as const;
const pair = { textPairColumn: 'b' } as const;
/** Nothing is reused from an earlier run. */
const fresh = (name: string) => ({ cache: path.join(root, `cache-${name}`), out: path.join(root, `out-${name}`) });

for (const [kind, given, column] of [
  ['single texts', {}, null],
  ['pairs', pair, 'joint'],
] as const) {
  test(`train tasks: numbers of ${kind} are learnt by a head, and scored with intervals, next to the frozen encoder`, async () => {
    const where = fresh(`numbers-${column}`);
    const { rows: found } = await finetune({ ...numbers, ...given }, where);
    assert.deepEqual(
      found.map(({ objective, protocol, split, task, pair: read, n }) => [objective, protocol, split, task, read, n]),
      [
        [null, 'fit-train', 'dev', 'regression', column, 16],
        ['regression', 'head', 'dev', 'regression', column, 16],
        [null, 'fit-train', 'test', 'regression', column, 16],
        ['regression', 'head', 'test', 'regression', column, 16],
        [null, 'fit-train', 'train', 'regression', column, 48],
        ['regression', 'head', 'train', 'regression', column, 48],
      ].toSorted(
        (x, y) =>
          found.findIndex((row) => row.objective === x[0] && row.split === x[2]) -
          found.findIndex((row) => row.objective === y[0] && row.split === y[2]),
      ),
    );
    const trained = found.filter(({ objective }) => objective !== null);
    for (const row of trained) {
      assert.ok(row.spearman_low! <= row.spearman! && row.spearman! <= row.spearman_high!);
      assert.ok(row.rmse! > 0 && row.rmse_low! <= row.rmse! && row.rmse! <= row.rmse_high!);
      assert.deepEqual([row.micro_f1, row.correct], [null, null]);
    }
    // Predictions of each text are kept, and give the row's scores.
    const { truths, cells } = await readPredictions(predictionsFile(where.out, 'rows'));
    const ofTest = trained.find(({ split }) => split === 'test')!;
    const kept = [...cells.values()].find(({ cell }) => cell['objective'] === 'regression' && cell['split'] === 'test')!;
    const truth = Float64Array.from(truths.get(kept.truth)!.labels.split(' ').map(Number));
    assert.deepEqual(
      [...truth],
      rows.filter(({ split }) => split === 'test').map(({ number }) => number),
    );
    const scores = regressionScores({ truth, predicted: Float64Array.from(kept.given.split(' ').map(Number)) });
    assert.ok(Math.abs(scores.spearman - ofTest.spearman!) < 1e-4 && Math.abs(scores.rmse - ofTest.rmse!) < 1e-4);

    // The epoch is the first with the best Spearman correlation on dev, as in the curve.
    const curve = parseCurves({ text: readFileSync(path.join(where.out, 'training.csv'), 'utf8'), file: 'training.csv' });
    assert.deepEqual(
      curve.map(({ epoch, dev_micro_f1: micro }) => [epoch, micro]),
      Array.from({ length: 7 }, (_, epoch) => [String(epoch), '']),
    );
    const best = curve.slice(1).reduce((a, b) => (Number(b.dev_spearman) > Number(a.dev_spearman) ? b : a));
    assert.equal(String(ofTest.epoch), best.epoch);
    assert.equal(Number(best.dev_spearman), trained.find(({ split }) => split === 'dev')!.spearman);
    assert.ok(curve.every(({ dev_rmse: rmse }) => Number(rmse) > 0));
    assert.ok(Number(curve.at(-1)!.loss) < Number(curve[1]!.loss), 'it learns');

    // The same bytes whatever the threads and chunks.
    const other = fresh(`numbers-${column}-again`);
    await finetune({ ...numbers, ...given }, { ...other, threads: 2 });
    for (const name of ['results.csv', 'training.csv']) {
      assert.equal(readFileSync(path.join(other.out, name), 'utf8'), readFileSync(path.join(where.out, name), 'utf8'), name);
    }
    // A completed run is read, not trained again.
    assert.deepEqual((await finetune({ ...numbers, ...given }, where)).rows, found);
  });
}

test('train tasks: chunks change no more than rounding', async () => {
  const [whole, parts] = [fresh('whole'), fresh('parts')];
  const [a, b] = [
    await finetune({ ...numbers, ...pair, epochs: 1 }, whole),
    await finetune({ ...numbers, ...pair, epochs: 1, chunkTokens: 64 }, parts),
  ];
  for (const [i, row] of a.rows.entries()) {
    assert.ok(Math.abs(row.rmse! - b.rows[i]!.rmse!) < 1e-3, `${row.objective} ${row.split}: ${row.rmse}, ${b.rows[i]!.rmse}`);
  }
});

test('train tasks: classes of pairs are learnt from both texts together, by a head and by alignment', async () => {
  const where = fresh('classes');
  const { rows: found } = await finetune({ ...classes, ...pair, objective: ['classic', 'cea'] }, where);
  assert.ok(found.every(({ pair: read, task }) => read === 'joint' && task === null));
  const scored = (objective: string | null, split: string) => found.filter((row) => row.objective === objective && row.split === split);
  assert.deepEqual([scored(null, 'test').length, scored('classic', 'test').length, scored('cea', 'test').length], [1, 1, 1]);
  assert.equal(scored('classic', 'test')[0]!.protocol, 'head');
  assert.ok(scored('classic', 'train')[0]!.micro_f1! > 60);
  // A pair is more than its first text.
  const single = await finetune({ ...classes, objective: ['classic'] }, fresh('classes-single'));
  const other = single.rows.find(({ objective, split }) => objective === null && split === 'train')!;
  assert.equal(other.pair, null);
  assert.notEqual(other.micro_f1, scored(null, 'train')[0]!.micro_f1);
});

test('train tasks: run trains in addition to frozen pairs that are encoded separately', async () => {
  const { rows: found } = await run(
    {
      ...tables,
      ...pair,
      labelColumn: 'number',
      task: 'regression',
      pooling: ['mean'],
      protocol: ['fit-train'],
      finetune: { epochs: 1, batchSize: 16, lr: 1e-3 },
    },
    fresh('run'),
  );
  const kinds = new Set(found.map(({ objective, pair: read }) => `${objective ?? 'frozen'} ${read}`));
  assert.deepEqual([...kinds].toSorted(), ['frozen joint', 'frozen separate |a-b|, a*b', 'regression joint']);
});

test('train tasks: choose races numbers of pairs by Spearman', async () => {
  const electra = `other=${ownOracle('electra')}`;
  const asked = {
    ...tables,
    ...pair,
    encoders: [...tables.encoders, electra],
    labelColumn: 'number',
    task: 'regression',
    pooling: 'mean',
    epochs: 1,
    seed: [1],
    budgetTexts: 4000,
  } as const;
  const { rows: found, sentences } = await choose(asked, fresh('choose'));
  assert.ok(found.every(({ objective }) => objective === 'regression'));
  assert.ok(found.some(({ dev }) => dev !== null && Math.abs(dev) <= 100));
  const taken = found.find(({ test: score }) => score !== null)!;
  assert.ok(taken.test_low! <= taken.test! && taken.test! <= taken.test_high!);
  assert.match(sentences[0]!, /^Fine-tune .*: -?[\d.]+ \(Spearman × 100\) on test \[/);
});

test('train tasks: static encoders refuse pairs', async () => {
  const table = { ...classes, ...pair, encoders: [`table=${staticFolder('model2vec')}`] } as const;
  await assert.rejects(
    finetune({ ...table, objective: ['classic'] }, fresh('static')),
    /table: It is a static encoder, which cannot encode pairs jointly/,
  );
});

test('train tasks: what has no meaning is refused by name', async () => {
  const where = fresh('refused');
  await assert.rejects(
    finetune({ ...numbers, objective: ['cea'] }, where),
    /The objective cea needs classes, but the labels of rows \(number\) are numbers\. Use regression\./,
  );
  await assert.rejects(
    finetune({ ...classes, objective: ['regression'] }, where),
    /The objective regression needs numbers, but the labels of rows \(class\) are classes\./,
  );
  await assert.rejects(finetune({ ...numbers, balanced: true }, where), /Batches are balanced by class/);
  await assert.rejects(finetune({ ...numbers, vectorsAt: [0] }, where), /Vectors of epochs are kept for maps/);
});
