import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { readRows } from '../../src/results/csv.ts';
import { temporaryFolder } from '../temporary.ts';
import { cell, expected, openFolder } from './cells.ts';

const root = temporaryFolder();
let count = 0;
const fresh = () => path.join(root, `r${count++}`);
const CLS = { pooling: 'cls' };
const MEAN = { pooling: 'mean' };
const read = (folder: string, file = 'results.csv') => readFileSync(path.join(folder, file), 'utf8');

test('results folder: cells are there after each, with their predictions, and no lock is left', async () => {
  const folder = fresh();
  const results = await openFolder(folder);
  await results.add([cell(CLS)]);
  assert.deepEqual(
    (await readRows(results.file)).rows.map(({ pooling }) => pooling),
    ['cls'],
  );
  await results.add([cell(MEAN)]);
  assert.deepEqual(
    (await readRows(results.file)).rows.map(({ pooling }) => pooling),
    ['cls', 'mean'],
  );
  assert.deepEqual(readdirSync(folder).toSorted(), ['.running-plan', 'examples', 'results.csv']);
  await results.end();
  assert.deepEqual(readdirSync(folder).toSorted(), ['examples', 'results.csv']);
});

test('results folder: of a run that goes on a cell from the same files is kept, any other is not', async () => {
  const folder = fresh();
  await (await openFolder(folder)).add([cell(CLS)]);
  const results = await openFolder(folder);
  await results.check([expected(CLS)]);
  assert.equal((await results.kept([expected(CLS)]))?.length, 1);
  assert.equal(await results.kept([expected(MEAN)]), undefined);
  assert.equal(await results.kept([expected(CLS), expected(MEAN)]), undefined);
  // Another commit with the same bytes is not another input, but the row must name it.
  assert.equal(await results.kept([expected({ ...CLS, revision: 'abc' })]), undefined);
  assert.equal(await (await openFolder(folder, 'overwrite')).kept([expected(CLS)]), undefined);
  // A completed run is made again.
  await results.end();
  assert.equal(await (await openFolder(folder)).kept([expected(CLS)]), undefined);
  assert.equal((await (await openFolder(folder, 'only-missing')).kept([expected(CLS)]))?.length, 1);
});

test('results folder: approximate cells are kept if their search had the same options', async () => {
  const options = 'M 32, efConstruction 200, ef 100, recall 0.98, seed 1';
  const approximate = { ...CLS, index: 'hnsw', index_options: options };
  const folder = fresh();
  await (await openFolder(folder)).add([cell(approximate), cell({ ...MEAN, index: 'hnsw' })]);
  const results = await openFolder(folder);
  assert.equal((await results.kept([expected(approximate)]))?.[0]?.index_options, options);
  for (const other of [options.replace('32', '16'), '']) {
    assert.equal(await results.kept([expected({ ...approximate, index_options: other })]), undefined, other);
  }
  // A table of before has no options.
  assert.equal(await results.kept([expected({ ...MEAN, index: 'hnsw' })]), undefined);
});

test('results folder: cells from another encoder file end the run, each flag does what it says', async () => {
  const folder = fresh();
  await (await openFolder(folder)).add([cell(CLS), cell(MEAN), cell({ ...CLS, encoder: 'other' })]);
  const before = [read(folder), read(folder, 'examples/toy-topics.jsonl')];
  const now = { file_hash: 'f2' };
  await assert.rejects((await openFolder(folder)).check([expected({ ...CLS, ...now })]), {
    code: 'OUTPUT',
    message: `${path.join(folder, 'results.csv')}: 1 of its results was computed from other inputs (tiny-bert on toy-topics: encoder file f1 then, f2 now). \`overwrite\` recomputes everything, \`pruneStale\` recomputes only these, \`onlyMissing\` keeps them; or give another folder with \`out\`.`,
  });
  assert.deepEqual([read(folder), read(folder, 'examples/toy-topics.jsonl')], before);

  const missing = await openFolder(folder, 'only-missing');
  await missing.check([expected({ ...CLS, ...now })]);
  assert.equal((await missing.kept([expected({ ...CLS, ...now })]))![0]!.file_hash, 'f1');

  const prune = await openFolder(folder, 'prune-stale');
  await prune.check([expected({ ...CLS, ...now })]);
  await prune.add([]);
  assert.equal(prune.dropped, 2, 'the other pooling of that encoder is as stale');
  assert.deepEqual(
    (await readRows(prune.file)).rows.map(({ encoder }) => encoder),
    ['other'],
  );
  assert.equal(read(folder, 'examples/toy-topics.jsonl').trim().split('\n').length, 2);
});

test('results folder: a score that was edited by hand ends the run', async () => {
  const folder = fresh();
  const results = await openFolder(folder);
  await results.add([cell(CLS)]);
  await results.end();
  writeFileSync(results.file, read(folder).replace(',37,92.50,92.50,', ',38,95.00,95.00,'));
  await assert.rejects((await openFolder(folder)).check([expected(CLS)]), {
    message: `${results.file}: tiny-bert on toy-topics, cls last, leave-one-out: the scores do not match the texts in examples/toy-topics.jsonl. Was the file edited? Restore the original files, or give \`overwrite\`.`,
  });
  await (await openFolder(folder, 'overwrite')).check([expected(CLS)]);
});

test('results folder: a run that was ended between predictions and row makes the cell again', async () => {
  const folder = fresh();
  const results = await openFolder(folder);
  await results.add([cell(CLS)]);
  const before = read(folder);
  await results.add([cell(CLS, [1])]);
  writeFileSync(results.file, before);
  const again = await openFolder(folder);
  await again.check([expected(CLS)]);
  assert.equal(await again.kept([expected(CLS)]), undefined);
});

test('results folder: a row of an older version, without predictions, is recomputed, and differences are reported', async () => {
  const folder = fresh();
  const results = await openFolder(folder);
  await results.add([cell(CLS)]);
  rmSync(path.join(folder, 'examples'), { recursive: true });
  const again = await openFolder(folder);
  await again.check([expected(CLS)]);
  assert.equal(await again.kept([expected(CLS)]), undefined);
  await again.add([cell(CLS, [1])]);
  assert.deepEqual(again.replaced, ['tiny-bert on toy-topics, cls last, leave-one-out said 92.50, is 97.50']);
});

test('results folder: columns of another version would be lost, and end the run', async () => {
  const folder = fresh();
  await (await openFolder(folder)).add([cell(CLS)]);
  const file = path.join(folder, 'results.csv');
  writeFileSync(
    file,
    read(folder)
      .split('\n')
      .filter((line) => line !== '')
      .map((line, i) => `${line},${i === 0 ? 'carbon' : '7'}\n`)
      .join(''),
  );
  await assert.rejects(openFolder(folder), {
    message: `${file}:1: Columns carbon are from another version and would be lost. Give another folder with \`out\`, or \`overwrite\`.`,
  });
  await (await openFolder(folder, 'overwrite')).add([cell(CLS)]);
  assert.doesNotMatch(read(folder), /carbon/);
});

test('results folder: two runs that add at once lose nothing of each other', async () => {
  const folder = fresh();
  const [one, two] = [await openFolder(folder), await openFolder(folder)];
  for (let i = 0; i < 12; i++)
    await Promise.all([one.add([cell({ layers: String(i), pooling: 'cls' })]), two.add([cell({ layers: String(i), pooling: 'mean' })])]);
  const { rows } = await readRows(one.file);
  assert.equal(rows.length, 24);
  const last = await openFolder(folder);
  assert.equal((await last.kept(rows))?.length, 24);
});

test('results folder: a cell that another run wrote meanwhile from other files is not overwritten', async () => {
  const folder = fresh();
  const [one, two] = [await openFolder(folder), await openFolder(folder)];
  await one.add([cell(CLS)]);
  await assert.rejects(two.add([cell({ ...CLS, file_hash: 'f2' })]), {
    message: `${one.file}: Another run has meanwhile written tiny-bert on toy-topics, cls last, leave-one-out from other inputs. Give another folder with \`out\`.`,
  });
});

test('results folder: a lock whose owner is gone is taken over', async () => {
  const folder = fresh();
  const results = await openFolder(folder);
  writeFileSync(path.join(folder, '.lock'), `999999999 ${(await import('node:os')).hostname()}`);
  await results.add([cell(CLS)]);
  assert.ok(!existsSync(path.join(folder, '.lock')));
});
