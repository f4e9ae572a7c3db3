import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import {
  csvOfCurves,
  curveRow,
  mergeCurves,
  parseCurves,
  readCurves,
  writeCurves,
  type CurveRow,
  type Epoch,
} from '../../src/results/curves.ts';
import { shuffled } from './rows.ts';

const HEADER = 'encoder,dataset,pooling,prompt,objective,seed,epoch,step,lr,loss,gradient_norm,dev_micro_f1,dev_macro_f1,training';
const BROKEN = 'Correct the line, or delete the file to start over.';

function epoch(values: Partial<Epoch> = {}): CurveRow {
  return curveRow({
    encoder: 'tiny-bert',
    dataset: 'toy',
    pooling: 'cls',
    objective: 'cea',
    seed: 1,
    training: 'a1',
    epoch: 1,
    step: 5,
    ...values,
  });
}

const TRAINED = { learningRate: 5e-5, loss: 0.123456789, gradientNorm: 12.5, dev: { microF1: 0.80805, macroF1: 0.5 } } as const;

test('curves: one row per epoch; epoch 0 has the dev score of the frozen encoder and no loss', () => {
  assert.equal(
    csvOfCurves([
      epoch({ epoch: 10, step: 50, ...TRAINED, learningRate: 1.234567e-8 }),
      epoch(TRAINED),
      epoch({ epoch: 0, step: 0, dev: { microF1: 0.4, macroF1: 0 } }),
    ]),
    [
      HEADER,
      'tiny-bert,toy,cls,,cea,1,0,0,,,,40.00,0.00,a1',
      'tiny-bert,toy,cls,,cea,1,1,5,0.00005,0.123457,12.5,80.81,50.00,a1',
      'tiny-bert,toy,cls,,cea,1,10,50,1.23457e-8,0.123457,12.5,80.81,50.00,a1',
      '',
    ].join('\n'),
  );
});

test('curves: the same bytes for rows in any order', () => {
  const rows = ['b', 'a'].flatMap((dataset) =>
    [10, 9, 1].flatMap((seed) => [0, 1, 2, 10].map((at) => epoch({ dataset, seed, epoch: at }))),
  );
  assert.equal(csvOfCurves(shuffled(rows)), csvOfCurves(rows));
  assert.deepEqual(
    parseCurves({ text: csvOfCurves(rows), file: 't.csv' })
      .slice(0, 5)
      .map(({ dataset, seed, epoch: at }) => [dataset, seed, at]),
    [
      ['a', '1', '0'],
      ['a', '1', '1'],
      ['a', '1', '2'],
      ['a', '1', '10'],
      ['a', '9', '0'],
    ],
  );
});

test('curves: a repeated run replaces all its epochs, other runs stay', () => {
  const old = [0, 1, 2].flatMap((at) => [1, 2].map((seed) => epoch({ seed, epoch: at })));
  const merged = mergeCurves({ old, fresh: [epoch({ seed: 2, epoch: 0 }), epoch({ seed: 2, epoch: 1, ...TRAINED })] });
  assert.deepEqual(
    merged.map(({ seed, epoch: at, loss }) => [seed, at, loss]),
    [
      ['1', '0', ''],
      ['1', '1', ''],
      ['1', '2', ''],
      ['2', '0', ''],
      ['2', '1', '0.123457'],
    ],
  );
  for (const other of [{ encoder: 'x' }, { dataset: 'x' }, { pooling: 'x' }, { objective: 'x' }, { seed: 9 }, { training: 'b2' }]) {
    assert.equal(mergeCurves({ old: [epoch()], fresh: [epoch(other)] }).length, 2, JSON.stringify(other));
  }
});

test('curves: formulas are guarded, and any text comes back', () => {
  const rows = ['=1+1', "'@a", 'a,"b"\n', '-1'].map((encoder) => epoch({ encoder, dataset: encoder, gradientNorm: 0.5 }));
  const text = csvOfCurves(rows);
  assert.match(text, /^'=1\+1,'=1\+1,cls/m);
  assert.deepEqual(new Set(parseCurves({ text, file: 't.csv' })), new Set(rows));
});

test('curves: columns in another order, unknown or missing ones do no harm', () => {
  const [row] = parseCurves({
    text: 'epoch,seed,objective,pooling,dataset,encoder,note,loss\n1,2,cea,cls,toy,bert,hello,0.5\n',
    file: 't.csv',
  });
  assert.deepEqual({ ...row }, { ...epoch({ encoder: 'bert', seed: 2, loss: 0.5, training: '' }), step: '' });
  assert.deepEqual(parseCurves({ text: '', file: 't.csv' }), []);
});

test('curves: a broken file is one line with file and line', () => {
  const line = 'tiny-bert,toy,cls,,cea,1,1,5,0.00005,0.1,1,80.00,50.00,a1';
  const cases: readonly [text: string, message: string][] = [
    [
      'a,b\n1,2\n',
      't.csv:1: Not a file of training curves: column encoder, dataset, pooling, objective, seed, epoch is missing. Give another folder with `out`, or correct the first line.',
    ],
    [`${HEADER},lr\n`, `t.csv:1: Duplicate column lr in the header. ${BROKEN}`],
    [`${HEADER}\n${line},1\n`, `t.csv:2: The row has 15 values, the header 14. ${BROKEN}`],
    [`${HEADER}\n${line.replace('cea', '')}\n`, `t.csv:2: Column objective is empty. ${BROKEN}`],
    [`${HEADER}\n${line.replace(',1,1,5', ',1,1.5,5')}\n`, `t.csv:2: Column epoch is "1.5", not a whole number. ${BROKEN}`],
    [`${HEADER}\n${line.replace('0.1,1', 'NaN,1')}\n`, `t.csv:2: Column loss is "NaN", not a number. ${BROKEN}`],
    [`${HEADER}\n${line.replace('80.00', '180')}\n`, `t.csv:2: Column dev_micro_f1 is "180", not a percentage. ${BROKEN}`],
    [`${HEADER}\n${line}\n\n${line}\n`, 't.csv:4: The same epoch of the same run as line 2. Delete one of the two lines.'],
  ];
  for (const [text, message] of cases)
    assert.throws(() => parseCurves({ text, file: 't.csv' }), { name: 'HarnessError', code: 'FORMAT', message }, message);
});

test('curves: written whole, read again; a file that is not there has no rows', async (t) => {
  const folder = await mkdtemp(path.join(tmpdir(), 'curves-'));
  t.after(() => rm(folder, { recursive: true }));
  const file = path.join(folder, 'new', 'training.csv');
  assert.deepEqual(await readCurves(file), []);
  const rows = [epoch({ epoch: 0 }), epoch(TRAINED)];
  await writeCurves({ file, rows });
  assert.deepEqual(await readdir(path.dirname(file)), ['training.csv']);
  assert.equal(await readFile(file, 'utf8'), csvOfCurves(rows));
  assert.deepEqual(await readCurves(file), rows);
});
