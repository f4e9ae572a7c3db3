import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { titlesOf } from '../../src/report/registry-titles.ts';
import { packageRoot } from '../../src/home.ts';
import { loadDatasets } from '../../src/registry/datasets.ts';
import { loadModels } from '../../src/registry/models.ts';
import { markdownOf } from '../../src/report/markdown.ts';
import { readPublished } from '../../src/report/published.ts';
import { readAllPredictions } from '../../src/results/all-predictions.ts';
import { readRows } from '../../src/results/csv.ts';

const results = path.join(packageRoot(), 'results');
const tables = readdirSync(results, { recursive: true, encoding: 'utf8' }).filter((file) => path.basename(file) === 'results.csv');

for (const name of tables.map((file) => path.dirname(file)).toSorted()) {
  test(`committed: results/${name}: results.md is what its rows and examples come to`, async () => {
    const folder = path.join(results, name);
    const { rows } = await readRows(path.join(folder, 'results.csv'));
    const predictions = await readAllPredictions({ folder, rows, warn: (line) => assert.fail(line) });
    const titles = titlesOf({ models: loadModels(undefined), datasets: loadDatasets(undefined) });
    assert.equal(
      readFileSync(path.join(folder, 'results.md'), 'utf8'),
      markdownOf({ rows, titles, published: await readPublished(), predictions }),
    );
  });
}
