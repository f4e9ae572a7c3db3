import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { writeRunRecord } from '../../src/results/run-record.ts';
import { mergeTimings, readTextMs, readTimings, timingRow, writeTimings, type Timing } from '../../src/results/timings.ts';

test('timings: rates are computed, what does not apply is empty', async (t) => {
  const folder = await mkdtemp(path.join(tmpdir(), 'timings-'));
  t.after(() => rm(folder, { recursive: true }));
  const file = path.join(folder, 'timings.csv');
  await writeTimings({
    file,
    rows: [
      { encoder: 'tiny-bert', stage: 'load', seconds: 0.25 },
      {
        encoder: 'tiny-bert',
        dataset: 'toy',
        stage: 'embed',
        seconds: 4,
        texts: 10,
        tokens: 1001,
        cached: 1 / 3,
        peakMemoryBytes: 123_456_789,
        dtype: 'q4',
        maxLength: '512',
        sample: '10 of 20',
      },
      { encoder: '=tiny', dataset: 'toy', stage: 'knn', detail: 'cls complete', seconds: 0, texts: 10 },
    ].map((timing) => timingRow(timing as Timing)),
  });
  assert.equal(
    await readFile(file, 'utf8'),
    [
      'encoder,dataset,stage,detail,seconds,texts,tokens,texts_per_second,tokens_per_second,cached_percent,peak_memory_mb,dtype,max_length,sample,prompt',
      'tiny-bert,,load,,0.250,,,,,,,,,,',
      'tiny-bert,toy,embed,,4.000,10,1001,2.5,250.3,33.33,123.5,q4,512,10 of 20,',
      "'=tiny,toy,knn,cls complete,0.000,10,,,,,,,,,",
      '',
    ].join('\n'),
  );
});

test('run record: what made the results, the unknown as null', async (t) => {
  const folder = await mkdtemp(path.join(tmpdir(), 'run-'));
  t.after(() => rm(folder, { recursive: true }));
  const file = path.join(folder, 'run.json');
  await writeRunRecord({
    file,
    record: {
      command: ['run', '--k', '5'],
      request: { command: 'run', k: [5] },
      started: new Date(Date.UTC(2026, 0, 2, 3, 4, 5)),
      finished: new Date(Date.UTC(2026, 0, 2, 3, 4, 6, 500)),
      seed: 1,
      versions: { project: '0.1.0', node: '20.19.0', onnxruntime: '1.30.0' },
      machine: { platform: 'linux x64', cpu: 'A CPU', cores: 2, threads: 2, memoryBytes: 8e9, device: 'cpu' },
      cells: { computed: 3, kept: 2, failed: 1 },
      failures: [{ encoder: 'e', dataset: 'd', reason: 'Out of reach.' }],
      plan: { digest: 'abc', shard: '1/2', encoders: ['e'], datasets: ['d'] },
      interrupted: false,
    },
  });
  const text = await readFile(file, 'utf8');
  assert.deepEqual(JSON.parse(text), {
    command: ['run', '--k', '5'],
    request: { command: 'run', k: [5] },
    started: '2026-01-02T03:04:05.000Z',
    finished: '2026-01-02T03:04:06.500Z',
    seconds: 1.5,
    seed: 1,
    versions: { project: '0.1.0', node: '20.19.0', onnxruntime: '1.30.0' },
    commit: null,
    machine: { platform: 'linux x64', cpu: 'A CPU', cores: 2, threads: 2, memoryBytes: 8e9, device: 'cpu' },
    cells: { computed: 3, kept: 2, failed: 1 },
    failures: [{ encoder: 'e', dataset: 'd', reason: 'Out of reach.' }],
    plan: { digest: 'abc', shard: '1/2', encoders: ['e'], datasets: ['d'] },
    interrupted: false,
  });
  assert.equal(text.endsWith('}\n'), true);
});

test('timings: milliseconds a text that was run, of all datasets; stored texts say nothing', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'timings-'));
  try {
    const file = path.join(folder, 'timings.csv');
    assert.deepEqual(await readTextMs(file), new Map());
    await writeTimings({
      file,
      rows: (
        [
          { encoder: 'a', dataset: 'x', stage: 'embed', seconds: 3, texts: 1000, cached: 0 },
          { encoder: 'a', dataset: 'y', stage: 'embed', seconds: 1.5, texts: 1000, cached: 0.25 },
          { encoder: 'a', dataset: 'y', stage: 'knn', seconds: 99, texts: 1000 },
          { encoder: 'a', dataset: 'z', stage: 'embed', seconds: 1, texts: 1000, cached: 0.99 },
          { encoder: 'b', dataset: 'x', stage: 'embed', seconds: 1, texts: 1000, cached: 1 },
        ] satisfies Timing[]
      ).map(timingRow),
    });
    // 4.5 seconds for 1750 texts.
    assert.deepEqual(
      [...(await readTextMs(file))].map(([encoder, ms]) => [encoder, ms.toFixed(6)]),
      [['a', '2.571429']],
    );
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('timings: rows of stages that were not gone through again stay, and stored texts do not replace what an encoder took', async () => {
  const first: Timing[] = [
    { encoder: 'a', dataset: 'x', stage: 'embed', seconds: 3, texts: 1000, cached: 0, dtype: 'fp32' },
    { encoder: 'a', dataset: 'x', stage: 'knn', detail: 'cls last', seconds: 1, dtype: 'fp32' },
    { encoder: 'b', dataset: 'x', stage: 'embed', seconds: 5, texts: 1000, cached: 0, dtype: 'fp32' },
  ];
  const second: Timing[] = [
    { encoder: 'a', dataset: 'x', stage: 'embed', seconds: 0.1, texts: 1000, cached: 1, dtype: 'fp32' },
    { encoder: 'a', dataset: 'x', stage: 'knn', detail: 'cls last', seconds: 2, dtype: 'fp32' },
    { encoder: 'a', dataset: 'x', stage: 'knn', detail: 'mean last', seconds: 2, dtype: 'fp32' },
    { encoder: 'b', dataset: 'x', stage: 'embed', seconds: 4, texts: 1000, cached: 0, dtype: 'q4' },
  ];
  const all = mergeTimings({ old: first.map(timingRow), fresh: second.map(timingRow) });
  assert.deepEqual(
    all.map((row) => [row.encoder, row.stage, row.detail, row.seconds, row.dtype].join(' ')),
    [
      'a embed  3.000 fp32',
      'b embed  5.000 fp32',
      'a embed  0.100 fp32',
      'a knn cls last 2.000 fp32',
      'a knn mean last 2.000 fp32',
      'b embed  4.000 q4',
    ],
  );
  assert.deepEqual(mergeTimings({ old: all, fresh: second.map(timingRow) }).map(String).length, all.length);
  const folder = await mkdtemp(path.join(tmpdir(), 'timings-'));
  try {
    const file = path.join(folder, 'timings.csv');
    assert.deepEqual(await readTimings(file), []);
    await writeTimings({ file, rows: all });
    assert.deepEqual(await readTimings(file), all);
    assert.equal((await readTextMs(file)).get('a'), 3);
  } finally {
    await rm(folder, { recursive: true });
  }
});
