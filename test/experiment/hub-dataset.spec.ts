import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { readRows } from '../../src/results/csv.ts';
import { commitOf, serveDatasets, type FakeDataset } from '../sources/dataset-hub.ts';
import { temporaryFolder } from '../temporary.ts';
import { writeTinyEncoder } from '../tiny-encoder.ts';
import { bench, type Outcome } from '../bench/bench.ts';

const root = temporaryFolder();
const cache = path.join(root, 'cache');
const tiny = writeTinyEncoder(path.join(root, 'tiny'), { layers: 2 });
const words = ['moon', 'quiz', 'tip'];
const csv = (rows: number, from: number): string =>
  `text,label\n${Array.from({ length: rows }, (_, i) => `"${words[i % 3]} w${(i * 7 + from) % 50}, abc ${i + from}",${i % 3}\n`).join('')}`;
const card = `---
configs:
- config_name: en
  data_files:
  - split: train
    path: en/train.csv
  - split: test
    path: en/test.csv
- config_name: fr
  data_files: fr/*.csv
dataset_info:
- config_name: en
  features:
  - name: label
    dtype:
      class_label:
        names: [animal, place, person]
---
`;
const main = { 'README.md': card, 'en/train.csv': csv(60, 0), 'en/test.csv': csv(20, 100), 'fr/a.csv': csv(30, 200) };
const repos: FakeDataset[] = [{ id: 'org/name', revisions: { main } }];

test('bench with a dataset of the hub: planned without its files, scored, split, reported at the commit that was scored', async (t) => {
  const server = await serveDatasets(t, repos);
  const run = (args: readonly string[], env: Record<string, string> = {}): Promise<Outcome> =>
    bench(args, { cache, env: { HF_ENDPOINT: server.url, ...env }, online: true });
  const score = ['run', '--model', tiny, '--dataset', 'hf:org/name:en', '--pooling', 'mean', '--k', '1', '--quiet'];

  const plan = await run([...score, '--dry-run']);
  assert.equal(plan.status, 0, plan.err);
  assert.match(plan.out, /tiny +org\/name:en/);
  assert.match(plan.out, /To download: 0\.0 MB\. "\?" is unknown until download\./);
  assert.deepEqual(
    server.log.filter(({ line }) => line.endsWith('.csv')),
    [],
  );

  const out = path.join(root, 'results');
  const scored = await run([...score, '--out', out]);
  assert.equal(scored.status, 0, scored.err);
  const { rows } = await readRows(path.join(out, 'results.csv'));
  assert.deepEqual([...new Set(rows.map(({ dataset, label_field: field }) => `${dataset} ${field}`))], ['org/name:en label']);
  assert.ok(existsSync(path.join(out, 'examples', 'org-name-en.jsonl')));
  assert.match(readFileSync(path.join(out, 'examples', 'org-name-en.jsonl'), 'utf8'), /"classes":\["animal","person","place"\]/);
  const commit = commitOf('org/name', 'main');
  assert.deepEqual((JSON.parse(readFileSync(path.join(out, 'run.json'), 'utf8')) as { sources: unknown }).sources, {
    'org/name:en': `hf:org/name:en@${commit}`,
  });

  const offline = await run([...score, '--offline', '--out', path.join(root, 'offline')]);
  assert.equal(offline.status, 0, offline.err);
  assert.equal(readFileSync(path.join(root, 'offline', 'results.csv'), 'utf8'), readFileSync(path.join(out, 'results.csv'), 'utf8'));

  const cut = await run(['split', '--dataset', 'hf:org/name:en', '--out', path.join(root, 'cut')]);
  assert.ok(
    cut.err.endsWith(
      `54 rows in ${path.join(root, 'cut', 'train.csv')}, 6 rows in ${path.join(root, 'cut', 'dev.csv')}, 20 rows in ` +
        `${path.join(root, 'cut', 'test.csv')}\n`,
    ),
    cut.err,
  );

  // If main has other files by now, the page shows those that were scored.
  rmSync(path.join(cache, 'hub'), { recursive: true });
  server.routes.set('/api/datasets/org/name/revision/main', (_request, response) => void response.writeHead(404).end());
  const report = await run(['report', out, '--quiet']);
  assert.equal(report.status, 0, report.err);
  assert.match(readFileSync(path.join(out, 'report', 'index.html'), 'utf8'), /moon w0, abc 0/);
});

test('bench with a dataset of the hub: what is wrong is one line', async (t) => {
  const server = await serveDatasets(t, repos);
  const said = async (value: string): Promise<string> =>
    (
      await bench(['run', '--model', tiny, '--dataset', value, '--quiet', '--out', path.join(root, 'none')], {
        cache: path.join(root, 'other'),
        env: { HF_ENDPOINT: server.url },
        online: true,
      })
    ).err;
  assert.equal(await said('hf:org/name'), 'bench: hf:org/name: It has 2 configurations: en, fr. Choose one: hf:org/name:en\n');
  assert.match(
    await said('org/name:en'),
    /^bench: --dataset: File not found: org\/name:en\. For a dataset of the hub write hf:org\/name:en\. Give the path of a [^\n]+\n$/,
  );
});
