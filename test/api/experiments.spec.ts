import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { finetune, map, rank, run, type ExperimentEvent } from '../../src/index.ts';
import { temporaryFolder } from '../temporary.ts';
import { writeTinyEncoder } from '../tiny-encoder.ts';

const root = temporaryFolder();
const encoders = [2, 3].map((layers) => writeTinyEncoder(path.join(root, `tiny-${layers}`), { layers, seed: layers }));
const file = path.join(root, 'data.csv');
const words = ['what', 'who', 'where', 'is', 'the', 'abc', 'quiz'];
const line = (i: number): string => `${words[i % 7]} ${words[(i * i) % 5]} ${words[(3 * i + 1) % 7]} ${i},${i % 2 === 0 ? 'even' : 'odd'}`;
writeFileSync(file, ['text,label', ...Array.from({ length: 40 }, (_, i) => line(i))].join('\n'));
const request = { encoders, datasets: [file], pooling: ['mean', 'cls'], protocol: ['leave-one-out'], k: [3] } as const;
const options = { cache: path.join(root, 'cache'), offline: true, threads: 1 };

test('api: a run in memory, with events, is that of a results folder', async () => {
  const events: ExperimentEvent[] = [];
  const { rows, kept, failures } = await run(request, { ...options, onEvent: (event) => void events.push(event) });
  assert.deepEqual(
    [rows.map(({ encoder, pooling }) => `${encoder} ${pooling}`), kept, failures],
    [['tiny-2 cls', 'tiny-2 mean', 'tiny-3 cls', 'tiny-3 mean'], 0, []],
  );
  assert.ok(rows.every(({ n, micro_f1: f1, objective }) => n === 40 && typeof f1 === 'number' && objective === null));
  const begun = events.flatMap((event) => (event.type === 'started' ? [event.task] : []));
  assert.ok(begun.length > 0);
  for (const task of begun) assert.ok(events.some((event) => event.type === 'ended' && event.task === task));
  const out = path.join(root, 'results');
  assert.deepEqual((await run(request, { ...options, out })).rows, rows);
  assert.deepEqual((JSON.parse(readFileSync(path.join(out, 'run.json'), 'utf8')) as { request: { k: unknown } }).request.k, [3]);
});

test('api: an abort rejects with its reason; the same call resumes from the folder', async () => {
  const out = path.join(root, 'aborted');
  const controller = new AbortController();
  const reason = new Error('enough');
  const onEvent = (event: ExperimentEvent): void => {
    if (event.type === 'started' && event.label.includes('tiny-3')) controller.abort(reason);
  };
  const fresh = { ...options, out, cache: path.join(root, 'other-cache') };
  await assert.rejects(run(request, { ...fresh, signal: controller.signal, onEvent }), (error) => error === reason);
  assert.ok(existsSync(path.join(out, 'results.csv')));
  const { rows, kept } = await run(request, fresh);
  assert.deepEqual([rows.length, kept], [4, 2]);
  await assert.rejects(run(request, { ...options, signal: AbortSignal.abort(reason) }), (error) => error === reason);
});

test('api: a ranking says how its encoders are asked for again', async () => {
  const named = [`mine=${encoders[0]}`, encoders[1]!];
  const { rows, encoders: asked } = await rank({ encoders: named, datasets: [file], estimator: ['knn'], curves: false }, options);
  assert.deepEqual(rows.map(({ encoder }) => encoder).toSorted(), ['mine', 'tiny-3']);
  assert.equal(asked['mine'], `mine=${path.join(encoders[0]!, 'model.onnx')}`);
  assert.deepEqual(Object.keys((await rank({ encoders: Object.values(asked), datasets: [file], estimator: ['knn'] }, options)).encoders), [
    'mine',
    'tiny-3',
  ]);
});

test('api: what is wrong is said in its words, before anything is written', async () => {
  const out = path.join(root, 'nothing');
  const refused: [() => Promise<unknown>, string, RegExp][] = [
    [() => run({ ...request, k: [0] }, { ...options, out }), 'OPTION', /^`k`: It takes a whole number of at least 1, got 0\.$/],
    [
      () => run({ ...request, labelColum: 'label' } as never, { ...options, out }),
      'OPTION',
      /^`labelColum`: Unknown option\. Did you mean "labelColumn"\?/,
    ],
    [() => run(request, { ...options, out, thread: 1 } as never), 'OPTION', /^`thread`: Unknown option\. Did you mean "threads"\?/],
    [() => run({ ...request, datasets: ['./none.csv'] }, { ...options, out }), 'OPTION', /^`datasets`: File not found: none\.csv\./],
    [() => rank({ encoders, suite: 'quik' }, { ...options, out }), 'UNKNOWN_NAME', /"quik".*Did you mean "quick"\?/],
    [
      () => finetune({ encoders, datasets: [file] }, { ...options, out, save: 5 as never }),
      'OPTION',
      /^`save`: It takes a string, got 5\.$/,
    ],
    [
      () => map({ encoders, datasets: [file] }, { ...options, out } as never),
      'OPTION',
      /^`out`: Maps are returned, not written to files\./,
    ],
  ];
  for (const [call, code, message] of refused) await assert.rejects(call(), { name: 'HarnessError', code, message });
  assert.ok(!existsSync(out));
});

test('api: a map has two coordinates for each text', async () => {
  const { maps } = await map({ encoders: [encoders[0]!], datasets: [file], sample: 20, k: 3 }, options);
  assert.deepEqual(
    maps.map(({ method, layout, labels, classes }) => [method, layout.length, labels.length, classes]),
    [['tsne', 40, 20, ['even', 'odd']]],
  );
});
