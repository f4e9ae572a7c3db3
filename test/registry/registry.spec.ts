import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { jsonFault } from '../../src/files/json-text.ts';
import { findDataset, loadDatasets } from '../../src/registry/datasets.ts';
import { findModel, loadModels } from '../../src/registry/models.ts';
import { didYouMean } from '../../src/registry/names.ts';
import { writePins } from '../../src/registry/pin-file.ts';
import { findSuite, loadSuites } from '../../src/registry/suites.ts';
import { placesOf } from '../../src/registry/variant-sources.ts';

const VARIANT = { dtype: 'fp32', from: 'hf:org/name@main', onnx: 'onnx/model.onnx' };

/** A models file with one entry, or with the text given. */
function file(t: TestContext, content: unknown): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'registry-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const place = path.join(folder, 'mine.json');
  writeFileSync(place, typeof content === 'string' ? content : JSON.stringify(content));
  return place;
}

for (const [what, models, message] of [
  [
    'a field that is missing',
    { tiny: { variants: [{ dtype: 'fp32', onnx: 'model.onnx' }] } },
    'tiny.variants[0].from must be a text or a list in [ ], got nothing.',
  ],
  ['a field of another kind', { tiny: { layers: 'six', variants: [VARIANT] } }, 'tiny.layers must be a number, got "six".'],
  [
    'a number type that there is not',
    { tiny: { variants: [{ ...VARIANT, dtype: 'fp23' }] } },
    'tiny.variants[0].dtype must be "fp32" or "fp16" or "q8" or "q4", got "fp23".',
  ],
  [
    'a source that is none',
    { tiny: { variants: [{ ...VARIANT, from: 'http://x.test' }] } },
    'tiny.variants[0].from must be hf:org/name@revision, npm:package@version, https://… or file:path, got "http://x.test".',
  ],
  [
    'a path that leaves its folder',
    { tiny: { variants: [{ ...VARIANT, onnx: '../model.onnx' }] } },
    'tiny.variants[0].onnx must be a path inside the source, with "/" and without "..", got "../model.onnx".',
  ],
  [
    'a hash that is too short',
    { tiny: { variants: [{ ...VARIANT, files: { 'tokenizer.json': { sha256: '9e4c' } } }] } },
    'tiny.variants[0].files.tokenizer.json.sha256 must be 64 hex digits, got "9e4c".',
  ],
  ['a field that nobody reads', { tiny: { variants: [VARIANT], layer: 6 } }, 'tiny has an unknown field: "layer".'],
  ['a key that is none', { 'a b': { variants: [VARIANT] } }, '"models" has the key "a b", which must be letters, digits, ".", "_" or "-".'],
  ['an empty family', { tiny: { family: '', variants: [VARIANT] } }, 'tiny.family must not be empty, got "".'],
  ['a size that is a word', { tiny: { parameters: '33M', variants: [VARIANT] } }, 'tiny.parameters must be a number, got "33M".'],
  [
    'a concatenation with variants',
    { tiny: { concat: true, variants: [VARIANT] } },
    'tiny has variants and is a concatenation. Remove "concat" if it is an encoder.',
  ],
  ['an entry with nothing to run', { tiny: {} }, 'tiny has no variants. Add the source of its ONNX file or checkpoint.'],
  [
    'an alias that is another key',
    { tiny: { variants: [VARIANT] }, other: { aliases: ['TI_NY'], variants: [VARIANT] } },
    'other.aliases[0] "TI_NY" is the same name as tiny. Names are matched without regard to case, "-" and "_".',
  ],
  ['two mistakes', { tiny: { layers: -1, variants: [{ ...VARIANT, onnx: 5 }] } }, 'tiny.layers must be more than 0, got -1 (and 1 more).'],
] as const) {
  test(`models: ${what} is named with its key path`, (t) => {
    const place = file(t, { models });
    assert.throws(() => loadModels(place), { code: 'REGISTRY', message: `${place}: ${message}` });
  });
}

test('models: a file that is not an object of models', (t) => {
  const place = file(t, []);
  assert.throws(() => loadModels(place), { message: `${place}: the file must be an object in { }, got [].` });
  assert.throws(() => loadModels('/nowhere.json'), { code: 'REGISTRY', message: '/nowhere.json: File not found.' });
});

test('models: a mistake of JSON is named with its line', (t) => {
  const place = file(t, '{\n  "models": {\n    "tiny": { "layers": six }\n  }\n}\n');
  assert.throws(() => loadModels(place), { code: 'REGISTRY', message: `${place}:3: This is not JSON: expected a value, got "six".` });
});

for (const [text, fault] of [
  ['{"a": [1, 2.5e-3, "x\\u00e9", true, null, {}, []]}', undefined],
  ['{"a": 1,\n}', { line: 2, what: 'expected a key in double quotes, got "}" after a comma' }],
  ['{"a": 1\n"b": 2}', { line: 2, what: '"," or "}" expected here, got "b"' }],
  ['[1, 2\n', { line: 2, what: '"," or "]" expected here, got the end of the file' }],
  ['{"a" 1}', { line: 1, what: '":" must follow the key "a", got "1"' }],
  ['{"a": 1}\nx', { line: 2, what: 'nothing may follow, got "x"' }],
  ['{"a": 1,\n"b": 2,\n"a": 3}', { line: 3, what: 'the key "a" is given twice' }],
  ['{"a": {"x": 1}, "b": {"x": 1}}', undefined],
  ['["tab\there"]', { line: 1, what: 'expected a value, got "tab\there"' }],
  ['', { line: 1, what: 'expected a value, got the end of the file' }],
  ['[01]', { line: 1, what: '"," or "]" expected here, got "1"' }],
] as const) {
  test(`json: ${JSON.stringify(text)}`, () => {
    assert.deepEqual(jsonFault(text), fault);
    // What it accepts, JSON.parse must accept; what it rejects, JSON.parse must reject (except for duplicate keys).
    if (fault === undefined) JSON.parse(text);
    else if (!fault.what.includes('twice')) assert.throws(() => JSON.parse(text));
  });
}

test('names: matched without regard to case, "-" and "_"; aliases give the key', () => {
  const models = loadModels();
  assert.equal(findModel(models, 'ALL_minilm-l6_V2').entry.key, 'all-MiniLM-L6-v2');
  assert.equal(findModel(models, 'bert_base').entry.key, 'bert-base-cased');
  assert.equal(findModel(models, 'longformer-base').entry.key, 'longformer-base-4096');
  assert.equal(findModel(models, 'bigbird-roberta-large-4096').entry.key, 'bigbird-roberta-large');
  assert.equal(findModel(models, 'concat all models').entry.key, 'concat-all');
});

test('names: KEY@N is the encoder cut after layer N', () => {
  const models = loadModels();
  assert.equal(findModel(models, 'all-MiniLM-L6-v2').firstLayers, undefined);
  assert.deepEqual({ ...findModel(models, 'all-minilm-l6-v2@3'), entry: undefined }, { entry: undefined, firstLayers: 3 });
  assert.equal(findModel(models, 'all-MiniLM-L6-v2@6').firstLayers, 6);
  for (const cut of ['0', '7', 'x', '-1', '1.5', '']) {
    assert.throws(() => findModel(models, `all-MiniLM-L6-v2@${cut}`), {
      code: 'OPTION',
      message: `all-MiniLM-L6-v2@${cut}: No layer "${cut}". all-MiniLM-L6-v2 has layers 1 to 6.`,
    });
  }
  assert.throws(() => findModel(models, 'concat-all@2'), {
    code: 'OPTION',
    message: 'concat-all@2: concat-all is a concatenation and has no layers to cut.',
  });
});

test('names: an unknown one gets the one that was meant, and where to look', () => {
  const models = loadModels();
  assert.throws(() => findModel(models, 'robrta-base'), {
    code: 'UNKNOWN_NAME',
    message: 'Unknown encoder "robrta-base". Did you mean "roberta-base"? See `bench models`; for a folder or hf:org/name use `model`.',
  });
  assert.throws(() => findModel(models, 'zzzzzz'), {
    message: 'Unknown encoder "zzzzzz". See `bench models`; for a folder or hf:org/name use `model`.',
  });
  assert.throws(() => findModel(models, 'BAAI/bge-small-en-v1.5'), {
    message:
      'Unknown encoder "BAAI/bge-small-en-v1.5". Did you mean "bge-small-en-v1.5"? ' +
      'For a hub repository use `model` hf:BAAI/bge-small-en-v1.5.',
  });
  assert.throws(
    () => findDataset(loadDatasets(), 'trec-7'),
    (error: Error) =>
      error.message.startsWith('Unknown dataset "trec-7". Did you mean "trec6"') &&
      error.message.endsWith('See `bench datasets`; for your own file use `dataset`.'),
  );
  assert.throws(() => findSuite(loadSuites(), 'quik'), {
    message:
      'Unknown suite "quik". Did you mean "quick"? Suites: quick, seed, political-bias, all, popular-small, popular-base, multilingual, embedders.',
  });
});

test('did you mean: nearest first, three at most, nothing far', () => {
  assert.equal(didYouMean('poling', ['pooling', 'protocol', 'votes'], '--'), ' Did you mean "--pooling"?');
  assert.equal(didYouMean('cl', ['cls', 'mean']), ' Did you mean "cls"?');
  assert.equal(
    didYouMean('electra', ['electra-small', 'electra-base', 'roberta-base']),
    ' Did you mean "electra-small" or "electra-base"?',
  );
  assert.equal(didYouMean('rnu', ['run', 'models', 'cache']), ' Did you mean "run"?');
  assert.equal(didYouMean('xyz', ['cls', 'mean']), '');
});

test('file sources: a relative path is meant from the registry’s folder', (t) => {
  const place = file(t, { models: { own: { variants: [{ ...VARIANT, from: 'file:encoders/own' }] } } });
  assert.equal(loadModels(place).get('own')!.variants[0]!.from, `file:${path.join(path.dirname(place), 'encoders', 'own')}`);
});

test('pins: order, other fields and two spaces stay', async (t) => {
  const before = {
    $schema: 'x',
    models: { b: { title: 'B', variants: [VARIANT, { ...VARIANT, dtype: 'q4' }] }, a: { variants: [VARIANT] } },
  };
  const place = file(t, `${JSON.stringify(before, undefined, 2)}\n`);
  const files = { 'tokenizer.json': { sha256: 'a'.repeat(64), bytes: 2 } };
  await writePins(place, [{ key: 'b', variant: 1, set: { from: 'hf:org/name@commit', integrity: undefined, files } }]);
  const expected = {
    $schema: 'x',
    models: {
      b: { title: 'B', variants: [VARIANT, { dtype: 'q4', from: 'hf:org/name@commit', onnx: VARIANT.onnx, files }] },
      a: { variants: [VARIANT] },
    },
  };
  assert.equal(readFileSync(place, 'utf8'), `${JSON.stringify(expected, undefined, 2)}\n`);
});

const SHA = 'a'.repeat(64);
const PINNED = { 'onnx/model.onnx': { sha256: SHA }, 'tokenizer.json': { sha256: SHA, bytes: 2 } };
const TWO = ['hf:org/name@main', { from: 'npm:name@1.0.0', integrity: 'sha512-AAAA', folder: 'inside' }];

for (const [what, change, message] of [
  ['none', { from: [] }, 'a.variants[0].from must have at least 1 item, got [].'],
  ['a number', { from: 5 }, 'a.variants[0].from must be a text or a list in [ ], got 5.'],
  ['a number among them', { from: ['hf:org/name', 5] }, 'a.variants[0].from[1] must be a text or an object in { }, got 5.'],
  [
    'no source',
    { from: [{ from: 'ftp://x' }] },
    'a.variants[0].from[0].from must be hf:org/name@revision, npm:package@version, https://… or file:path, got "ftp://x".',
  ],
  ['a field that nobody reads', { from: [{ from: 'hf:org/name', path: 'x' }] }, 'a.variants[0].from[0] has an unknown field: "path".'],
  [
    'a folder beside them',
    { folder: 'inside' },
    'a.variants[0].folder does not apply to a list of sources. Move it into its source: { "from": …, "folder": … }.',
  ],
  [
    'an integrity beside them',
    { integrity: 'sha512-AAAA' },
    'a.variants[0].integrity does not apply to a list of sources. Move it into its source: { "from": …, "integrity": … }.',
  ],
  ...[{}, { 'onnx/model.onnx': { sha256: SHA } }, { ...PINNED, 'tokenizer.json': { bytes: 2 } }, { ...PINNED, 'config.json': {} }].map(
    (files, at) =>
      [
        `files without a hash (${at + 1})`,
        { files },
        `a.variants[0].files has no sha256 of ${['onnx/model.onnx', 'tokenizer.json', 'tokenizer.json', 'config.json'][at]}, ` +
          'but there are several sources. Results must not depend on which source answers: pin every file, or use a single source.',
      ] as const,
  ),
] as const) {
  test(`several sources: ${what}`, (t) => {
    const place = file(t, { models: { a: { variants: [{ ...VARIANT, from: TWO, files: PINNED, ...change }] } } });
    assert.throws(() => loadModels(place), { code: 'REGISTRY', message: `${place}: ${message}` });
  });
}

test('several sources: a list is read in its order, with relative paths from the registry’s folder; a checkpoint needs no tokenizer.json', (t) => {
  const from = ['file:own', ...TWO, { from: 'file:other', folder: 'inside' }];
  const files = { 'config.json': { sha256: SHA }, 'model.safetensors': { sha256: SHA }, 'vocab.txt': { sha256: SHA } };
  const place = file(t, { models: { a: { variants: [{ dtype: 'fp32', from, files }] } } });
  const [variant] = loadModels(place).get('a')!.variants;
  const home = path.dirname(place);
  assert.deepEqual(
    placesOf(variant!).map(({ from: source, folder, integrity, exact }) => [source, folder, integrity, exact]),
    [
      [`file:${path.join(home, 'own')}`, undefined, undefined, true],
      ['hf:org/name@main', undefined, undefined, true],
      ['npm:name@1.0.0', 'inside', 'sha512-AAAA', true],
      [`file:${path.join(home, 'other')}`, 'inside', undefined, true],
    ],
  );
});

test('several sources: an encoder whose modules.json is pinned needs no config.json', (t) => {
  const from = [...TWO];
  const table = { '0_StaticEmbedding/model.safetensors': { sha256: SHA }, '0_StaticEmbedding/tokenizer.json': { sha256: SHA } };
  const load = (files: object) => loadModels(file(t, { models: { a: { variants: [{ dtype: 'fp32', from, files }] } } })).get('a')!;
  assert.equal(load({ 'modules.json': { sha256: SHA }, ...table }).variants.length, 1);
  assert.throws(() => load({ 'modules.json': {}, ...table }), { message: /files has no sha256 of modules\.json/ });
  assert.throws(() => load(table), { message: /files has no sha256 of config\.json/ });
});

test('pins: of several sources each stays in its place, and paths of this disk as they were written', async (t) => {
  const from = ['file:own', ...TWO, { from: 'file:other', folder: 'inside' }];
  const place = file(t, { models: { a: { variants: [{ ...VARIANT, from, files: PINNED }] } } });
  const pinned = ['file:/abs/own', 'hf:org/name@commit', TWO[1], { from: 'file:/abs/other', folder: 'inside' }];
  await writePins(place, [{ key: 'a', variant: 0, set: { from: pinned, integrity: undefined, files: PINNED } }]);
  const written = JSON.parse(readFileSync(place, 'utf8')) as { models: { a: { variants: [{ from: unknown }] } } };
  assert.deepEqual(written.models.a.variants[0].from, ['file:own', 'hf:org/name@commit', TWO[1], { from: 'file:other', folder: 'inside' }]);
  // Nor one that is the only one.
  const one = file(t, { models: { a: { variants: [{ ...VARIANT, from: 'file:own' }] } } });
  assert.equal(await writePins(one, [{ key: 'a', variant: 0, set: { from: 'file:/abs/own' } }]), false);
});

for (const [what, prompts, message] of [
  ['a text alone', { query: 'query: ' }, 'a.prompts.query must be an object in { }, got "query: ".'],
  ['an empty text', { query: { text: '' } }, 'a.prompts.query.text must not be empty, got "".'],
  ['a name that is none', { 'a b': { text: 'x' } }, 'a.prompts has the key "a b", which must be letters, digits, ".", "_" or "-".'],
  ['a field that nobody reads', { query: { text: 'x', default: true } }, 'a.prompts.query has an unknown field: "default".'],
] as const) {
  test(`prompts: ${what}`, (t) => {
    const place = file(t, { models: { a: { prompts, variants: [VARIANT] } } });
    assert.throws(() => loadModels(place), { code: 'REGISTRY', message: `${place}: ${message}` });
  });
}

test('prompts: a text is kept as it stands, with its source', (t) => {
  const prompts = { classification: { text: 'Instruct: x\nQuery: ', source: 'https://x.test' }, 'retrieval.query': { text: 'q: ' } };
  assert.deepEqual(loadModels(file(t, { models: { a: { prompts, variants: [VARIANT] } } })).get('a')!.prompts, prompts);
});

test('pins: a file with a byte order mark is read as it is everywhere else', async (t) => {
  const place = file(t, `\ufeff${JSON.stringify({ models: { a: { variants: [VARIANT] } } })}`);
  assert.deepEqual([...loadModels(place).keys()], ['a']);
  await writePins(place, [{ key: 'a', variant: 0, set: { from: 'hf:org/name@commit' } }]);
  assert.equal(JSON.parse(readFileSync(place, 'utf8')).models.a.variants[0].from, 'hf:org/name@commit');
});

test('paths: none leads out of its source, whatever stands in it', (t) => {
  for (const onnx of ['../x', 'a/../../x', '/x', 'a\n/../../x', 'a\u2028/../x', 'a\\..\\x']) {
    assert.throws(() => loadModels(file(t, { models: { a: { variants: [{ ...VARIANT, onnx }] } } })), { code: 'REGISTRY' }, onnx);
  }
});

test('registry: a string of millions of letters or escapes is read', () => {
  for (const letter of ['a', '\\n', '\\u0041']) assert.equal(jsonFault(`["${letter.repeat(3_000_000)}"]`), undefined);
  assert.deepEqual(jsonFault(`["${'a'.repeat(3_000_000)}`), { line: 1, what: `expected a value, got "${'a'.repeat(39)}` });
});
