import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { limitValue, secondsOf } from '../bench/flags/values.ts';
import { readSafetensors } from '../src/tensors/read-safetensors.ts';
import { writeSafetensors } from '../src/tensors/write-safetensors.ts';
import { hashFile } from '../src/encoders/encoder.ts';
import { publishedModules } from '../src/encoders/published/modules.ts';
import { openTokenizer } from '../src/encoders/tokenizers/open-tokenizer.ts';
import { packageRoot } from '../src/home.ts';
import { own } from '../src/own.ts';
import { findDataset, loadDatasets } from '../src/registry/datasets.ts';
import { findModel, loadModels } from '../src/registry/models.ts';
import { findSuite, loadSuites } from '../src/registry/suites.ts';
import { npmSettings } from '../src/sources/npm/settings.ts';
import { bench } from './bench/bench.ts';
import { temporaryFolder } from './temporary.ts';
import { tinyTokenizer, writeTinyEncoder } from './tiny-encoder.ts';

/** No word from a user or a file reaches what every object inherits. */

const WORDS = ['constructor', '__proto__', 'toString', 'hasOwnProperty', 'valueOf', '__defineGetter__'];

const root = temporaryFolder();
let folders = 0;
function folderWith(files: Readonly<Record<string, string>>): string {
  const folder = path.join(root, String(folders++));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), text);
  }
  return folder;
}

test('prototypes: a table gives what it has, and nothing that it inherits', () => {
  const table: Record<string, number> = { a: 1 };
  assert.equal(own(table, 'a'), 1);
  for (const word of WORDS) assert.equal(own(table, word), undefined, word);
  assert.equal(own(JSON.parse('{"__proto__": 2}') as Record<string, number>, '__proto__'), 2);
});

for (const word of WORDS) {
  test(`prototypes: ${word} is not a pooling, dtype, part of a tokenizer, encoder, dataset, suite, split, setting`, async () => {
    const modules = JSON.stringify([
      { type: 'sentence_transformers.models.Transformer', path: '' },
      { type: 'sentence_transformers.models.Pooling', path: '1_Pooling' },
    ]);
    for (const config of [`{"pooling_mode":"${word}"}`, `{"pooling_mode_${word}":true}`]) {
      const at = folderWith({ 'modules.json': modules, '1_Pooling/config.json': config });
      const found = await publishedModules({ folder: at, sha256: hashFile });
      const said = config.includes('mode_')
        ? `Its pooling_mode_${word} is true, which is not supported.`
        : `It pools by ${word}, which is not supported.`;
      assert.ok('reason' in found && found.reason.includes(said), JSON.stringify(found));
    }
    const header = Buffer.from(`{"t":{"dtype":"${word}","shape":[],"data_offsets":[0,0]}}`);
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(header.length));
    assert.throws(() => readSafetensors(Buffer.concat([length, header]), 'x'), {
      code: 'FORMAT',
      message: `x: Tensor "t" has type "${word}", which is not supported. Use weights of another precision.`,
    });
    for (const part of ['normalizer', 'pre_tokenizer', 'post_processor', 'model']) {
      const at = folderWith({ 'tokenizer.json': JSON.stringify({ ...(tinyTokenizer() as object), [part]: { type: word } }) });
      await assert.rejects(openTokenizer(at), { code: 'TOKENIZER' }, part);
    }
    assert.throws(() => findModel(loadModels(undefined), word), { code: 'UNKNOWN_NAME' });
    assert.throws(() => findDataset(loadDatasets(undefined), word), { code: 'UNKNOWN_NAME' });
    assert.throws(() => findSuite(loadSuites(undefined), word), { code: 'UNKNOWN_NAME' });
    assert.throws(() => limitValue(`${word}=3`), { code: 'OPTION' });
    assert.throws(() => secondsOf(`3${word}`), { code: 'OPTION' });
    assert.deepEqual(
      Object.keys(npmSettings({ npm_config_globalconfig: path.join(root, 'none'), HOME: folderWith({ '.npmrc': `${word}=x\n` }) }, root)),
      [],
    );
  });
}

test('prototypes: tensors and tokens may have such names', async () => {
  const tensors = WORDS.map((name, i) => ({ name, dtype: 'I32', shape: [1], data: Int32Array.of(i) }) as const);
  const { tensors: read } = readSafetensors(writeSafetensors(tensors), 'x');
  assert.deepEqual([...read.values()], tensors);
  const json = tinyTokenizer() as { model: { vocab: Record<string, number> } };
  const vocab = Object.entries(json.model.vocab);
  const text = JSON.stringify({ ...json, model: { ...json.model, vocab: 'VOCAB' } }).replace(
    '"VOCAB"',
    `{${[...vocab.map(([token, id]) => `${JSON.stringify(token)}:${id}`), ...['constructor', 'tostring'].map((word, i) => `"${word}":${vocab.length + i}`)].join(',')}}`,
  );
  const tokenizer = await openTokenizer(folderWith({ 'tokenizer.json': text }));
  assert.deepEqual([...tokenizer.encode('constructor tostring', 20).ids].slice(1, -1), [vocab.length, vocab.length + 1]);
  assert.equal(tokenizer.encode('valueof', 20).ids.length > 3, true);
});

test('prototypes: an entry of a registry cannot be called __proto__', () => {
  const at = path.join(folderWith({ 'models.json': '{"models": {"__proto__": {"variants": []}}}' }), 'models.json');
  assert.throws(() => loadModels(at), { code: 'REGISTRY', message: `${at}: The key "__proto__" cannot be used. Use another name.` });
});

test('prototypes: commands, flags, labels and columns on the command line', async () => {
  const cache = path.join(root, 'cache');
  for (const word of ['constructor', '__proto__']) {
    assert.deepEqual(await bench([word], { cache }), {
      status: 2,
      out: '',
      err: `bench: Unknown command "${word}". See \`bench --help\`.\n`,
    });
    const { status, err } = await bench(['run', `--${word}`, 'x'], { cache });
    assert.equal(status, 2);
    assert.match(err, new RegExp(`^bench: --${word}: \`bench run\` has no such flag\\..*See \`bench run --help\`\\.\n$`));
  }
  const model = writeTinyEncoder(path.join(root, 'tiny'));
  const classes = WORDS.slice(0, 3);
  const texts = Array.from({ length: 30 }, (_, i) => ({ text: `${['what', 'who', 'where'][i % 3]} ${i}`, label: classes[i % 3]! }));
  const files = folderWith({
    'a.csv': `constructor,__proto__\n${texts.map(({ text, label }) => `${text},${label}`).join('\n')}\n`,
    'a.jsonl': texts.map(({ text, label }) => `{"constructor": "${text}", "__proto__": "${label}"}`).join('\n'),
  });
  for (const name of ['a.csv', 'a.jsonl']) {
    const out = path.join(root, `out-${name}`);
    const { status, err } = await bench(
      [
        'run',
        '--model',
        model,
        '--dataset',
        path.join(files, name),
        '--text-column',
        'constructor',
        '--label-column',
        '__proto__',
        '--pooling',
        'mean',
        '--protocol',
        'leave-one-out',
        '--quiet',
        '--offline',
        '--out',
        out,
      ],
      { cache },
    );
    assert.equal(status, 0, err);
    assert.deepEqual(
      (JSON.parse(readFileSync(path.join(out, 'examples', 'a.jsonl'), 'utf8').split('\n')[0]!) as { classes: string[] }).classes,
      classes.toSorted(),
    );
  }
});

test('prototypes: tables of words are not indexed by brackets, nor words looked up by `in`', () => {
  const sources = ['src', 'bench'].flatMap((room) =>
    readdirSync(path.join(packageRoot(), room), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts') && !name.endsWith('onnx_pb.ts'))
      .map((name) => path.join(room, name)),
  );
  for (const file of sources) {
    const source = readFileSync(path.join(packageRoot(), file), 'utf8')
      .replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '')
      .replace(/`(?:[^`\\]|\\.)*`|'(?:[^'\\\n]|\\.)*'/g, (text) => (text.startsWith("'") ? "'…'" : text));
    for (const [, table] of source.matchAll(/^(?:export )?const ([A-Z][A-Z_]*): (?:Readonly<)?Record<string,/gm)) {
      assert.ok(
        !new RegExp(`\\b${table}\\[(?!'[^']*'\\])`).test(source),
        `${file}: ${table} is looked up by brackets: own(${table}, word)`,
      );
    }
    for (const [found] of source.matchAll(/(?<!for \((?:const|let) [^)]*)[\w)\]]+ in [\w#.]+(?=\)| &&| \|\||;| \?)/g)) {
      assert.ok(found.startsWith("'…' in "), `${file}: "${found}": Object.hasOwn, or own()`);
    }
  }
});
