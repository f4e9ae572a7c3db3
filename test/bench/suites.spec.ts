import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { packageRoot } from '../../src/home.ts';
import { readRows } from '../../src/results/csv.ts';
import { COMMIT, send, serve, type TestServer } from '../sources/server.ts';
import { shared, unlessShared } from '../shared.ts';
import { temporaryFolder } from '../temporary.ts';
import { writeTinyEncoder } from '../tiny-encoder.ts';
import { bench } from './bench.ts';

/** Files of hub repositories that an encoder does not need: requesting one of these gives an error. */
const UNWANTED = [
  'README.md',
  '.gitattributes',
  'tf_model.h5',
  'flax_model.msgpack',
  'rust_model.ot',
  'coreml/fill-mask/float32_model.mlpackage/Data/weights.bin',
];

const oracle = (folder: string, ...names: string[]): ReadonlyMap<string, string> =>
  new Map(names.map((name) => [name, shared('oracles', folder, name)]));
const SENTENCES = [
  'model.safetensors',
  'config.json',
  'tokenizer_config.json',
  'special_tokens_map.json',
  'tokenizer.json',
  'vocab.txt',
  'sentence_bert_config.json',
  'config_sentence_transformers.json',
  'modules.json',
  '1_Pooling/config.json',
];
const VOCAB = ['config.json', 'tokenizer_config.json', 'tokenizer.json', 'vocab.txt'];

/** Tiny checkpoints under the ids of the registry, each with the files that its repository publishes. */
function repositories(): ReadonlyMap<string, ReadonlyMap<string, string>> {
  const sentences = writeTinyEncoder(path.join(temporaryFolder(), 'sentences'));
  const electra = oracle('electra', ...VOCAB, 'pytorch_model.bin');
  const bigbird = oracle('bigbird', 'config.json', 'tokenizer_config.json', 'special_tokens_map.json', 'spiece.model', 'model.safetensors');
  return new Map([
    [
      'sentence-transformers/all-MiniLM-L12-v2',
      new Map([
        ['onnx/model.onnx', path.join(sentences, 'model.onnx')],
        ['tokenizer.json', path.join(sentences, 'tokenizer.json')],
        ...oracle('minilm', 'model.safetensors', 'modules.json', '1_Pooling/config.json'),
      ]),
    ],
    ['google/electra-small-discriminator', electra],
    ['google/electra-base-discriminator', electra],
    ['google-bert/bert-base-cased', oracle('bert-cased', ...VOCAB, 'model.safetensors')],
    ['google-bert/bert-base-uncased', oracle('bert-uncased', ...VOCAB, 'model.safetensors', 'pytorch_model.bin')],
    [
      'FacebookAI/roberta-base',
      oracle('roberta', 'config.json', 'tokenizer_config.json', 'tokenizer.json', 'vocab.json', 'merges.txt', 'model.safetensors'),
    ],
    ['kiddothe2b/longformer-mini-1024', oracle('longformer-bert', ...VOCAB, 'model.safetensors')],
    ['allenai/longformer-base-4096', oracle('longformer', 'config.json', 'vocab.json', 'merges.txt', 'pytorch_model.bin')],
    ['google/bigbird-roberta-base', bigbird],
    ['google/bigbird-roberta-large', bigbird],
  ]);
}

/** A hub with these repositories at one commit. */
function serveHub(t: Parameters<typeof serve>[0], repos: ReadonlyMap<string, ReadonlyMap<string, string>>): Promise<TestServer> {
  return serve(t, (request, response) => {
    const inside = decodeURIComponent(new URL(request.url!, 'http://x').pathname);
    const json = (value: unknown) => void response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value));
    for (const [name, files] of repos) {
      if (inside === `/api/models/${name}/revision/main`) return json({ _id: '1', id: name, sha: COMMIT, lastModified: '2024-01-01' });
      if (inside === `/api/models/${name}/tree/${COMMIT}`)
        return json([
          ...[...files].map(([file, at]) => listed(file, readFileSync(at))),
          ...UNWANTED.map((file) => listed(file, Buffer.from('big'))),
        ]);
      const at = inside.startsWith(`/${name}/resolve/${COMMIT}/`)
        ? files.get(inside.slice(`/${name}/resolve/${COMMIT}/`.length))
        : undefined;
      if (at !== undefined) return send(request, response, readFileSync(at));
    }
    response.writeHead(404, { 'content-type': 'application/json' }).end('{"error":"not found"}');
  });
}

/** As listed by the hub: large files by their sha256. */
function listed(file: string, content: Buffer): unknown {
  const size = content.length;
  const oid = createHash('sha1').update(`blob ${size}\0`).update(content).digest('hex');
  return {
    type: 'file',
    path: file,
    size,
    oid,
    ...(size > 10_000 && { lfs: { oid: createHash('sha256').update(content).digest('hex'), size, pointerSize: 134 } }),
  };
}

const TABLES = {
  seed: {
    encoders: ['all-MiniLM-L12-v2', 'electra-small', 'electra-base', 'bert-base-cased', 'roberta-base', 'concat-all'],
    datasets: ['trec6', 'trec50', 'communicative-functions', 'sst-binary', 'sst-granular', 'go-emotions'],
    cells: [
      'cls complete all',
      'cls leave-one-out all',
      'layermean complete all',
      'layermean leave-one-out all',
      'mean complete all',
      'mean leave-one-out all',
    ],
  },
  'political-bias': {
    encoders: [
      'all-MiniLM-L12-v2',
      'electra-small',
      'bert-base-cased',
      'bert-base-uncased',
      'longformer-mini-1024',
      'longformer-base-4096',
      'bigbird-roberta-base',
      'bigbird-roberta-large',
    ],
    datasets: ['political-bias-baly'],
    cells: ['cls fit-train dev', 'cls fit-train test', 'cls fit-train train'],
  },
} as const;

for (const [suite, { encoders, datasets, cells }] of Object.entries(TABLES)) {
  test(
    `suite ${suite}: every row of the CEA tables is filled from a hub`,
    { skip: unlessShared('oracles') || unlessShared('data') },
    async (t) => {
      const hub = await serveHub(t, repositories());
      const folder = temporaryFolder();
      const out = path.join(folder, 'results');
      const { status, err } = await bench(['run', '--suite', suite, '--limit', '90', '--mirror', shared('data'), '--out', out, '--quiet'], {
        cache: path.join(folder, 'cache'),
        env: { HF_ENDPOINT: hub.url },
        online: true,
      });
      assert.equal(status, 0, err);
      const { rows } = await readRows(path.join(out, 'results.csv'));
      for (const encoder of encoders) {
        for (const dataset of datasets) {
          const own = rows.filter((row) => row.encoder === encoder && row.dataset === dataset);
          assert.deepEqual(
            own.map(({ pooling, protocol, split }) => `${pooling} ${protocol} ${split}`).toSorted(),
            cells,
            `${encoder} on ${dataset}`,
          );
          assert.ok(own.every(({ n, accuracy }) => Number(n) > 0 && accuracy !== ''));
        }
      }
      assert.equal(rows.length, encoders.length * datasets.length * cells.length);
      assert.deepEqual(
        hub.log.filter(({ line }) => UNWANTED.some((file) => line.endsWith(file))),
        [],
      );
    },
  );
}

test(
  'run: all-MiniLM-L12-v2 of the registry is scored from its checkpoint where the hub has no ONNX file of it',
  { skip: unlessShared('oracles') || unlessShared('data') },
  async (t) => {
    await scoredFrom(t, { key: 'all-MiniLM-L12-v2', repo: oracle('minilm', ...SENTENCES), took: 'model.safetensors' });
  },
);

test(
  'run: a hub repository with its transformer in a folder of its own is scored',
  { skip: unlessShared('oracles') || unlessShared('data') },
  async (t) => {
    const modules = path.join(temporaryFolder(), 'modules.json');
    writeFileSync(
      modules,
      readFileSync(shared('oracles', 'minilm', 'modules.json'), 'utf8').replace('"path": ""', '"path": "0_Transformer"'),
    );
    const inner = [...oracle('minilm', ...SENTENCES)]
      .filter(([file]) => !/^(modules|1_|config_)/.test(file))
      .map(([file, at]) => [`0_Transformer/${file}`, at] as const);
    const repo = new Map([...inner, ['modules.json', modules] as const, ...oracle('minilm', '1_Pooling/config.json')]);
    await scoredFrom(t, { key: 'all-MiniLM-L12-v2', repo, took: '0_Transformer/model.safetensors' });
  },
);

test(
  'run: all-MiniLM-L6-v2 of the registry is scored from its ONNX file on the hub',
  { skip: unlessShared('oracles') || unlessShared('data') },
  async (t) => {
    const folder = temporaryFolder();
    const sentences = writeTinyEncoder(path.join(folder, 'sentences'));
    const repo = new Map([
      ['onnx/model.onnx', path.join(sentences, 'model.onnx')],
      ['tokenizer.json', path.join(sentences, 'tokenizer.json')],
      ...oracle('minilm', 'modules.json', '1_Pooling/config.json'),
    ]);
    // The registry has hashes of the real files, which tiny ones do not match: its entry without hashes, at the current commit.
    const models = JSON.parse(readFileSync(path.join(packageRoot(), 'models.json'), 'utf8')) as {
      models: Record<string, { hub: string; variants: { from: string; files?: object }[] }>;
    };
    const entry = models.models['all-MiniLM-L6-v2']!;
    entry.variants = entry.variants.slice(0, 1);
    delete entry.variants[0]!.files;
    entry.variants[0]!.from = `hf:${entry.hub}@main`;
    const modelsFile = path.join(folder, 'models.json');
    writeFileSync(modelsFile, JSON.stringify(models));
    await scoredFrom(t, { key: 'all-MiniLM-L6-v2', repo, took: 'onnx/model.onnx', more: ['--models-file', modelsFile] });
  },
);

async function scoredFrom(
  t: Parameters<typeof serve>[0],
  { key, repo, took, more = [] }: { key: string; repo: ReadonlyMap<string, string>; took: string; more?: readonly string[] },
): Promise<void> {
  const hub = await serveHub(t, new Map([[`sentence-transformers/${key}`, repo]]));
  const folder = temporaryFolder();
  const out = path.join(folder, 'results');
  const { status, err } = await bench(
    [
      'run',
      '--encoders',
      key,
      '--datasets',
      'trec6',
      '--limit',
      '60',
      '--pooling',
      'mean,as-published',
      '--protocol',
      'leave-one-out',
      '--mirror',
      shared('data'),
      '--out',
      out,
      '--quiet',
      ...more,
    ],
    { cache: path.join(folder, 'cache'), env: { HF_ENDPOINT: hub.url }, online: true },
  );
  assert.equal(status, 0, err);
  const { rows } = await readRows(path.join(out, 'results.csv'));
  assert.deepEqual(
    rows.map(({ encoder, pooling, dtype }) => `${encoder} ${pooling} ${dtype}`),
    [`${key} as-published fp32`, `${key} mean fp32`],
  );
  assert.ok(
    hub.log.some(({ line }) => line.endsWith(took)),
    hub.log.map(({ line }) => line).join('\n'),
  );
}
