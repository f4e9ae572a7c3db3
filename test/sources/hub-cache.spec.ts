import assert from 'node:assert/strict';
import { cpSync, lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { shared, unlessShared } from '../shared.ts';
import { COMMIT, open, serveHub, sha256 } from './server.ts';
import { gitOid, writeSnapshot, type Snapshot } from './snapshot.ts';

/** A complete sentence-transformers encoder. */
const WHOLE: Readonly<Record<string, string>> = {
  'config.json': '{"model_type":"bert"}',
  'tokenizer.json': '{"a":1}',
  'tokenizer_config.json': '{"b":2}',
  'vocab.txt': '[PAD]\n',
  'model.safetensors': 'weights',
  'modules.json': JSON.stringify([
    { path: '', type: 'sentence_transformers.models.Transformer' },
    { path: '1_Pooling', type: 'sentence_transformers.models.Pooling' },
    { path: '2_Normalize', type: 'sentence_transformers.models.Normalize' },
  ]),
  'sentence_bert_config.json': '{"max_seq_length":40}',
  'config_sentence_transformers.json': '{"c":3}',
  '1_Pooling/config.json': '{"pooling_mode_mean_tokens":true}',
};
const {
  'modules.json': _modules,
  'sentence_bert_config.json': _sentence,
  'config_sentence_transformers.json': _version,
  '1_Pooling/config.json': _pooling,
  ...PLAIN
} = WHOLE;
const SHARDED = {
  ...without(WHOLE, 'model.safetensors'),
  'model.safetensors.index.json': '{"weight_map":{"a":"model-00001-of-00002.safetensors","b":"model-00002-of-00002.safetensors"}}',
  'model-00001-of-00002.safetensors': 'one',
  'model-00002-of-00002.safetensors': 'two',
};
const EXPORTED = { ...WHOLE, 'onnx/model.onnx': 'graph' };
const AGAIN = 'Run once while online to download it again.';
const HINT = 'Run once while online, or give `mirror` DIR with the files.';

function without(files: Readonly<Record<string, string>>, ...names: string[]): Record<string, string> {
  return Object.fromEntries(Object.entries(files).filter(([name]) => !names.includes(name)));
}

interface Asked {
  readonly snapshot: Snapshot;
  readonly hub: string;
  /** Result of an offline fetch: the files, or the message. */
  readonly fetch: () => Promise<{ said: string; notes: readonly string[] }>;
}

function asked(t: TestContext, files: Readonly<Record<string, string>>, layout?: { links: boolean }): Asked {
  const notes: string[] = [];
  const { sources, hub } = open(t, { offline: true, onNote: (note) => void notes.push(note) });
  const snapshot = writeSnapshot(hub, files, layout);
  const fetch = async () => ({
    said: await sources.fetchHubModel({ source: 'hf:org/tiny' }).then(
      ({ files: found }) => [...found.keys()].toSorted().join(' '),
      (error: Error) => error.message,
    ),
    notes,
  });
  return { snapshot, hub, fetch };
}

const ALL = Object.keys(WHOLE).toSorted().join(' ');

test('hub cache: a whole snapshot is taken without a word, with links and without', async (t) => {
  for (const links of [true, false]) assert.deepEqual(await asked(t, WHOLE, { links }).fetch(), { said: ALL, notes: [] });
});

for (const [file, files] of [
  ...[
    'config.json',
    'tokenizer.json',
    'tokenizer_config.json',
    'vocab.txt',
    'model.safetensors',
    'modules.json',
    'sentence_bert_config.json',
    'config_sentence_transformers.json',
    '1_Pooling/config.json',
  ].map((name) => [name, WHOLE] as const),
  ...['model.safetensors.index.json', 'model-00002-of-00002.safetensors'].map((name) => [name, SHARDED] as const),
  ['onnx/model.onnx', EXPORTED],
] as const) {
  const faults: Readonly<Record<string, (snapshot: Snapshot, target: string) => string>> = {
    'a link that leads nowhere': (snapshot, target) => {
      snapshot.dangle(file);
      return `It is a link to ${target}, which does not exist.`;
    },
    'a link to a download that broke off': (snapshot, target) => {
      snapshot.dangle(file);
      snapshot.put(`blobs/${snapshot.blobOf(file)}.incomplete`, 'half');
      return `It is a link to ${target}, which does not exist: a download was interrupted (${snapshot.blobOf(file)}.incomplete, 4 bytes).`;
    },
    'a link to a download of a newer library that broke off': (snapshot, target) => {
      snapshot.dangle(file);
      snapshot.put(`blobs/${snapshot.blobOf(file)}.0a1b2c3d.incomplete`, '');
      return `It is a link to ${target}, which does not exist: a download was interrupted (${snapshot.blobOf(file)}.0a1b2c3d.incomplete, 0 bytes).`;
    },
    'a link to an empty blob': (snapshot, target) => {
      snapshot.put(`blobs/${snapshot.blobOf(file)}`, '');
      return `It is a link to ${target}, which is empty.`;
    },
    'a blob of other bytes': (snapshot) => {
      snapshot.put(`blobs/${snapshot.blobOf(file)}`, 'other');
      return snapshot.blobOf(file).length === 64
        ? `Its sha256 is ${sha256('other')}, expected ${snapshot.blobOf(file)}.`
        : `Its git hash is ${gitOid('other')}, expected ${snapshot.blobOf(file)}.`;
    },
    'the text of a link': (snapshot, target) => {
      rmSync(path.join(snapshot.folder, file));
      writeFileSync(path.join(snapshot.folder, file), target);
      return `It holds the text of a link (${target}): links were not followed when it was copied.`;
    },
    'an empty file': (snapshot) => {
      rmSync(path.join(snapshot.folder, file));
      writeFileSync(path.join(snapshot.folder, file), '');
      return 'It is empty.';
    },
    'a pointer of Git LFS': (snapshot) => {
      rmSync(path.join(snapshot.folder, file));
      writeFileSync(path.join(snapshot.folder, file), 'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n');
      return 'It is a Git LFS pointer, not the file.';
    },
  };
  for (const [fault, spoil] of Object.entries(faults)) {
    test(`hub cache: ${file} as ${fault} is named as that, and nothing is taken in its place`, async (t) => {
      const { snapshot, fetch } = asked(t, files);
      const said = spoil(snapshot, `${'../'.repeat(2 + file.split('/').length - 1)}blobs/${snapshot.blobOf(file)}`);
      assert.deepEqual(await fetch(), {
        said: `${path.join(snapshot.folder, file)}: This cached file is damaged: ${said} ${AGAIN}`,
        notes: [],
      });
    });
  }
}

test('hub cache: what is damaged is fetched again where the hub can be asked', async (t) => {
  const server = await serveHub(t, { name: 'org/tiny', files: WHOLE, large: ['model.safetensors'] });
  const { sources, hub } = open(t, { env: { HF_ENDPOINT: server.url } });
  const snapshot = writeSnapshot(hub, WHOLE);
  snapshot.dangle('tokenizer.json');
  snapshot.put(`blobs/${snapshot.blobOf('model.safetensors')}`, 'wei');
  rmSync(path.join(snapshot.folder, 'modules.json'));
  symlinkSync('../../blobs/gone', path.join(snapshot.folder, 'modules.json'));
  writeFileSync(path.join(snapshot.repo, 'blobs', snapshot.blobOf('config.json')), '');
  const { files } = await sources.fetchHubModel({ source: 'hf:org/tiny' });
  for (const [file, text] of Object.entries(WHOLE)) assert.equal(readFileSync(files.get(file)!.path, 'utf8'), text, file);
});

for (const { name, files, change = () => undefined, said, notes = [] } of [
  {
    name: 'its modules.json names a pooling that it lacks',
    files: without(WHOLE, '1_Pooling/config.json'),
    said: 'It lacks 1_Pooling/config.json, which its modules.json needs',
  },
  {
    name: 'its modules.json names a Dense whose weights it lacks',
    files: {
      ...WHOLE,
      'modules.json':
        '[{"type":"sentence_transformers.models.Transformer","path":""},{"type":"sentence_transformers.models.Dense","path":"2_Dense"}]',
      '2_Dense/config.json': '{}',
    },
    said: 'It lacks 2_Dense/model.safetensors or 2_Dense/pytorch_model.bin, which its modules.json needs',
  },
  {
    name: 'its index names a shard that it lacks',
    files: without(SHARDED, 'model-00002-of-00002.safetensors'),
    said: 'It lacks model-00002-of-00002.safetensors, listed in its model.safetensors.index.json',
  },
  {
    name: 'it has a sentence_bert_config.json and no modules.json',
    files: without(WHOLE, 'modules.json', 'config_sentence_transformers.json', '1_Pooling/config.json'),
    said: 'It lacks modules.json, which belongs to its sentence_bert_config.json',
  },
  {
    name: 'it has a config_sentence_transformers.json and no modules.json',
    files: { ...PLAIN, 'config_sentence_transformers.json': '{}' },
    said: 'It lacks modules.json, which belongs to its config_sentence_transformers.json',
  },
  {
    name: 'it has a pooling and no modules.json',
    files: { ...PLAIN, '1_Pooling/config.json': '{}' },
    said: 'It lacks modules.json, which belongs to its 1_Pooling/config.json',
  },
  {
    name: 'its README names sentence-transformers and it has no modules.json',
    files: { ...PLAIN, 'README.md': '---\ntags:\n- mteb\nlibrary_name: sentence-transformers\n---\n# x\n' },
    said: 'It lacks modules.json, and its README.md says that it is of sentence-transformers',
  },
  {
    name: 'it has no weights',
    files: without(WHOLE, 'model.safetensors'),
    said: 'It has neither an ONNX file nor checkpoint weights',
  },
  {
    name: 'a download of its weights broke off before there was a link',
    files: without(WHOLE, 'model.safetensors'),
    change: ({ put }: Snapshot) => put(`blobs/${'0'.repeat(64)}.incomplete`, 'half'),
    said: `It has neither an ONNX file nor checkpoint weights, and a download was interrupted (${'0'.repeat(64)}.incomplete, 4 bytes)`,
  },
  {
    name: 'it has no tokenizer',
    files: without(WHOLE, 'tokenizer.json', 'vocab.txt'),
    said: 'It has no tokenizer.json, and no vocabulary to build a tokenizer from',
  },
  { name: 'it has no config.json', files: without(PLAIN, 'config.json'), said: 'It has no config.json' },
  {
    name: 'it has no config.json beside its modules.json',
    files: without(WHOLE, 'config.json'),
    said: 'It lacks config.json, which its modules.json needs',
  },
] as { name: string; files: Record<string, string>; change?: (snapshot: Snapshot) => void; said: string; notes?: string[] }[]) {
  test(`hub cache: a snapshot is said to be partial where ${name}`, async (t) => {
    const { snapshot, fetch } = asked(t, files);
    change(snapshot);
    assert.deepEqual(await fetch(), {
      said: `hf:org/tiny: The cached snapshot (${snapshot.folder}) is partial. ${said}; the hub is not contacted. ${HINT}`,
      notes,
    });
  });
}

const STATIC = [
  { path: '', type: 'sentence_transformers.models.StaticEmbedding' },
  { path: '1_Normalize', type: 'sentence_transformers.models.Normalize' },
];
/** Only the files that sentence-transformers requests for a static encoder. */
const TABLE = { 'modules.json': JSON.stringify(STATIC), 'tokenizer.json': '{"a":1}', 'model.safetensors': 'table' };
const INSIDE = {
  'modules.json': JSON.stringify([{ ...STATIC[0], path: '0_StaticEmbedding' }]),
  '0_StaticEmbedding/tokenizer.json': '{"a":1}',
  '0_StaticEmbedding/model.safetensors': 'table',
};

for (const [place, files] of [
  ['in the folder', TABLE],
  ['in 0_StaticEmbedding', INSIDE],
] as const) {
  test(`hub cache: a static encoder ${place} as sentence-transformers leaves it is whole, and said to be partial without its table`, async (t) => {
    const whole = Object.keys(files).toSorted().join(' ');
    assert.deepEqual(await asked(t, { ...files, 'README.md': 'x' }).fetch(), { said: whole, notes: [] });
    const table = Object.keys(files).find((name) => name.endsWith('.safetensors'))!;
    // Other weights in its folder do not make it an encoder.
    const { said } = await asked(t, {
      ...without(files, table),
      ...(place === 'in the folder' ? {} : { 'model.safetensors': 'other' }),
    }).fetch();
    assert.match(said, /^hf:org\/tiny: The cached snapshot \(.+\) is partial\. It /);
  });
}

const note = (files: string, them = 'them') =>
  `hf:org/tiny: the cached snapshot may be partial: it lacks ${files}; the repository may have ${them}. If ` +
  'so, length limit, tokens or published pooling may differ. Run once while online to find out.';
const absent =
  (...names: string[]) =>
  ({ put }: Snapshot) =>
    names.forEach((name) => put(`.no_exist/${COMMIT}/${name}`, ''));

for (const { name, files, change = () => undefined, notes } of [
  { name: 'what transformers cached', files: PLAIN, notes: [note('modules.json, sentence_bert_config.json')] },
  { name: 'without tokenizer_config.json', files: without(WHOLE, 'tokenizer_config.json'), notes: [note('tokenizer_config.json', 'it')] },
  {
    name: 'what sentence-transformers asked for and was told that there is none',
    files: PLAIN,
    change: absent('modules.json', 'sentence_bert_config.json'),
    notes: [],
  },
  {
    name: 'a modules.json that the repository does not have',
    files: { ...PLAIN, '1_Pooling/config.json': '{}' },
    change: absent('modules.json', 'sentence_bert_config.json'),
    notes: [],
  },
  {
    name: 'a README of another library',
    files: { ...PLAIN, 'README.md': '---\nlibrary_name: transformers.js\n---\nlibrary_name: sentence-transformers\n' },
    notes: [note('modules.json, sentence_bert_config.json')],
  },
] as { name: string; files: Record<string, string>; change?: (snapshot: Snapshot) => void; notes: string[] }[]) {
  test(`hub cache: of a snapshot it is said what is not known of it: ${name}`, async (t) => {
    const { snapshot, fetch } = asked(t, files);
    change(snapshot);
    const { said, notes: heard } = await fetch();
    assert.deepEqual(
      [said, heard],
      [
        Object.keys(files)
          .filter((file) => file !== 'README.md')
          .toSorted()
          .join(' '),
        notes,
      ],
    );
  });
}

const tree = (files: Readonly<Record<string, string>>, version = 1) =>
  JSON.stringify({
    format_version: version,
    files: Object.fromEntries(
      Object.entries(files).map(([file, text]) => [
        file,
        file.endsWith('.safetensors')
          ? { size: text.length, blob_id: gitOid('pointer'), lfs_sha256: sha256(text), lfs_size: text.length, xet_hash: 'f'.repeat(64) }
          : { size: Buffer.byteLength(text), blob_id: gitOid(text) },
      ]),
    ),
  });

for (const { name, files, listing, said, notes = [] } of [
  { name: 'tells a whole one', files: PLAIN, listing: tree(PLAIN), said: Object.keys(PLAIN).toSorted().join(' ') },
  {
    name: 'names what is missing',
    files: PLAIN,
    listing: tree(WHOLE),
    said: `hf:org/tiny@${COMMIT}: 1_Pooling/config.json is not in the cache (HUB), and \`offline\` is on. ${HINT}`,
  },
  {
    name: 'of another version is not followed',
    files: PLAIN,
    listing: tree(WHOLE, 2),
    said: Object.keys(PLAIN).toSorted().join(' '),
    notes: [note('modules.json, sentence_bert_config.json')],
  },
  { name: 'that is not JSON is not followed', files: WHOLE, listing: '{', said: ALL },
  { name: 'that leads out of the folder is not followed', files: WHOLE, listing: tree({ ...WHOLE, '../x.json': 'x' }), said: ALL },
]) {
  test(`hub cache: the listing that huggingface_hub keeps ${name}`, async (t) => {
    const { snapshot, hub, fetch } = asked(t, files);
    snapshot.put(`trees/${COMMIT}.json`, listing);
    // The order of a listing is its own.
    const heard = await fetch();
    assert.deepEqual(
      [heard.said.replace(/\S+ is not in the cache/, '1_Pooling/config.json is not in the cache'), heard.notes],
      [said.replace('HUB', hub), notes],
    );
  });
}

test('hub cache: files of an adapter next to published weights are not required offline, its listing known: Python fetches none', async (t) => {
  const lora = { 'lora/adapter_config.json': '{"r":1}', 'lora/adapter_model.safetensors': 'a' };
  const { snapshot, fetch } = asked(t, WHOLE);
  snapshot.put(`trees/${COMMIT}.json`, tree({ ...WHOLE, ...lora }));
  assert.deepEqual((await fetch()).said.split(' ').toSorted().join(' '), ALL);
  const alone = asked(t, PLAIN);
  alone.snapshot.put(`trees/${COMMIT}.json`, tree({ ...PLAIN, ...lora }));
  assert.match((await alone.fetch()).said, /lora\/adapter_config\.json is not in the cache/);
});

for (const [name, ref, said] of [
  [
    'no refs/main',
    undefined,
    'hf:org/tiny@main: The cache (HUB) has snapshots of it, but no refs/main to select one, and `offline` is on. ' +
      `Run once while online, or name one: hf:org/tiny@${COMMIT}.`,
  ],
  [
    'an empty refs/main',
    '',
    'hf:org/tiny@main: The cache (HUB) has snapshots of it, but no refs/main to select one, and `offline` is on. ' +
      `Run once while online, or name one: hf:org/tiny@${COMMIT}.`,
  ],
  [
    'a refs/main of a snapshot that is not there',
    'f'.repeat(40),
    `hf:org/tiny: Snapshot ffffffffffff is not in the cache (HUB); the hub is not contacted. ${HINT}`,
  ],
] as const) {
  test(`hub cache: ${name} is named as that`, async (t) => {
    const { snapshot, hub, fetch } = asked(t, WHOLE);
    if (ref === undefined) rmSync(path.join(snapshot.repo, 'refs'), { recursive: true });
    else snapshot.put('refs/main', ref);
    assert.equal((await fetch()).said, said.replace('HUB', hub));
  });
}

test('hub cache: a file of a dataset that is a link to nowhere is named as that', async (t) => {
  const { sources, hub } = open(t, { offline: true });
  const snapshot = writeSnapshot(hub, { 'a.csv': 'text,label\n' }, { links: true, name: 'org/data' });
  snapshot.dangle('a.csv');
  await assert.rejects(sources.fetchFile({ name: 'a.csv', path: 'a.csv', from: ['hf:org/data@main'] }), {
    code: 'CHECKSUM',
    message: `a.csv from ${path.join(snapshot.folder, 'a.csv')}: This cached file is damaged: It is a link to ../../blobs/${snapshot.blobOf('a.csv')}, which does not exist. ${AGAIN}`,
  });
});

test('hub cache: a dataset without refs/main is named by its commits, as --dataset takes them', async (t) => {
  const { sources, hub } = open(t, { offline: true });
  mkdirSync(path.join(hub, 'datasets--org--name', 'snapshots', COMMIT), { recursive: true });
  await assert.rejects(sources.openDataset('org/name', 'main'), {
    code: 'OFFLINE',
    message:
      `hf:org/name@main: The cache (${hub}) has snapshots of it, but no refs/main to select one, and \`offline\` is on. ` +
      `Run once while online, or name one: hf:org/name@${COMMIT}.`,
  });
});

/** Copies a hub's cache whose links became texts during the copy, and makes them links again. */
function withLinks(t: TestContext, from: string): string {
  const { hub } = open(t);
  cpSync(from, hub, { recursive: true });
  for (const name of readdirSync(hub, { recursive: true, encoding: 'utf8' })) {
    const place = path.join(hub, name);
    if (!name.includes('snapshots') || !lstatSync(place).isFile()) continue;
    const text = readFileSync(place, 'utf8');
    if (!/^(?:\.\.\/)+blobs\/[0-9a-f]+$/.test(text)) continue;
    rmSync(place, { force: true });
    symlinkSync(text, place);
  }
  return hub;
}

for (const [set, name, said] of [
  ['13-offline-cache-without-sentence-files', 'full', /^1_Pooling\/config\.json config\.json .*modules\.json/],
  [
    '13-offline-cache-without-sentence-files',
    'tr',
    /^config\.json model\.safetensors [^]*may be partial: it lacks modules\.json, sentence_bert_config\.json/,
  ],
  ['14-broken-cache-link', 'broken', /tokenizer\.json: This cached file is damaged: It is a link to \S+, which does not exist\./],
  ['14-broken-cache-link', 'brokenw', /model\.safetensors: This cached file is damaged: It is a link to \S+, which does not exist\./],
  [
    '14-broken-cache-link',
    'incomplete',
    /model\.safetensors: This cached file is damaged: It is a link to \S+, which does not exist: a download was interrupted \(c09c\w+\.incomplete, 213160 bytes\)\./,
  ],
  ['14-broken-cache-link', 'norefs', /has snapshots of it, but no refs\/main/],
  ['14-broken-cache-link', 'trunc', /model\.safetensors: This cached file is damaged: Its sha256 is \w+, expected c09c/],
] as const) {
  test(`hub cache: ${set}: ${name}`, { skip: unlessShared('cases', set) }, async (t) => {
    const notes: string[] = [];
    const HF_HUB_CACHE = withLinks(t, shared('cases', set, 'hf', name));
    const { sources } = open(t, { offline: true, env: { HF_HUB_CACHE }, onNote: (line) => void notes.push(line) });
    const end = await sources.fetchHubModel({ source: 'hf:acme/tiny' }).then(
      ({ files }) => [...files.keys()].toSorted().join(' '),
      (error: Error) => error.message,
    );
    assert.match([end, ...notes].join('\n'), said);
  });
}
