import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { gzipSync } from 'node:zlib';
import { readCorpus, type Corpus } from '../../src/datasets/corpus.ts';
import { fetchHubFiles } from '../../src/datasets/hub/files.ts';
import { parseDatasetReference } from '../../src/sources/hub/dataset.ts';
import type { Sources } from '../../src/sources/sources.ts';
import { parquetBytes } from '../datasets/parquet-bytes.ts';
import { commitOf, serveDatasets, type FakeDataset, type Files } from './dataset-hub.ts';
import { forbidden, open, send, serve, sha256, temporary } from './server.ts';

const csv = (tag: string, rows = 3): string => `text,label\n${Array.from({ length: rows }, (_, i) => `${tag} ${i},${i % 2}\n`).join('')}`;
const dataset = (files: Files, more: Partial<FakeDataset> = {}): FakeDataset => ({ id: 'org/name', revisions: { main: files }, ...more });

/** A dataset of the hub, read as `--dataset` reads it. */
async function read(sources: Sources, text: string): Promise<Corpus> {
  const reference = parseDatasetReference(text);
  return readCorpus({
    hub: {
      key: reference.name,
      fetch: () => fetchHubFiles({ ...reference, open: (revision) => sources.openDataset(reference.id, revision) }),
    },
  });
}

function jsonLines(labels: readonly unknown[]): string {
  return labels.map((label, i) => `${JSON.stringify({ text: `t${i}`, label })}\n`).join('');
}

function refusal(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'read',
    (error: Error) => error.message,
  );
}

function part(text: string): unknown[] {
  const { name, id, config, revision } = parseDatasetReference(text);
  return [name, id, config, revision];
}

const rowsOf = ({ examples }: Corpus): string[] => examples.map(({ split, text, labels }) => `${split} ${text}=${labels.join('+')}`);

async function hubOf(
  t: TestContext,
  ...repos: FakeDataset[]
): Promise<{
  sources: Sources;
  hub: string;
  folder: string;
  env: Record<string, string>;
  server: Awaited<ReturnType<typeof serveDatasets>>;
}> {
  const server = await serveDatasets(t, repos);
  const env = { HF_ENDPOINT: server.url };
  return { ...open(t, { env }), env, server };
}

test('hub dataset: files of a split each, in the cache as Python has it; a second time nothing is asked', async (t) => {
  const { sources, hub, folder, env } = await hubOf(
    t,
    dataset({ 'README.md': '# x', 'train.csv': csv('tr'), 'test.csv': csv('te', 1), 'notes.txt': 'x' }),
  );
  const corpus = await read(sources, 'hf:org/name');
  assert.deepEqual(rowsOf(corpus), ['train tr 0=0', 'train tr 1=1', 'train tr 2=0', 'test te 0=0']);
  const repo = path.join(hub, 'datasets--org--name');
  const commit = commitOf('org/name', 'main');
  assert.equal(readFileSync(path.join(repo, 'refs', 'main'), 'utf8'), commit);
  assert.equal(readFileSync(path.join(repo, 'snapshots', commit, 'train.csv'), 'utf8'), csv('tr'));
  assert.deepEqual(corpus.notes, [
    `hf:org/name is read at commit ${commit.slice(0, 12)}, configuration default: train (1 file), test (1 file).`,
  ]);
  for (const offline of [false, true]) {
    const { fetch, calls } = forbidden();
    assert.deepEqual(rowsOf(await read(open(t, { env, offline, fetch }, folder).sources, 'hf:org/name')), rowsOf(corpus));
    assert.deepEqual(calls, []);
  }
});

test('hub dataset: Parquet, in shards, with a configuration, at a tag, at a branch with slashes, at a commit', async (t) => {
  const files = {
    'one/train-00000-of-00002.parquet': parquetBytes(),
    'one/train-00001-of-00002.parquet': parquetBytes(),
    'two/test-00000-of-00001.parquet': parquetBytes(),
  };
  const { sources } = await hubOf(
    t,
    dataset(files, { revisions: { main: { 'train.csv': csv('main') }, 'v1.0': files, 'refs/pr/1': files } }),
  );
  for (const revision of ['v1.0', 'refs/pr/1', commitOf('org/name', 'v1.0')]) {
    assert.deepEqual((await read(sources, `hf:org/name:one@${revision}`)).examples.length, 8);
    assert.deepEqual(
      rowsOf(await read(sources, `hf:org/name:two@${revision}`)).map((row) => row.split(' ')[0]),
      ['test', 'test', 'test', 'test'],
    );
  }
  assert.equal((await read(sources, 'hf:org/name')).examples.length, 3);
});

test('hub dataset: numbers of classes have the names that the README gives them', async (t) => {
  const card =
    "---\ndataset_info:\n  features:\n  - name: label\n    dtype:\n      class_label:\n        names:\n          '0': no\n          " +
    "'1': '0'\n---\n";
  const labels = async (files: Files): Promise<string> =>
    read((await hubOf(t, dataset({ 'README.md': card, ...files }))).sources, 'hf:org/name')
      .then(rowsOf, (error: Error) => [error.message])
      .then((found) => found.join('; '));
  // As in `datasets` 5.2: in a CSV 0 is a number even if a class has this name, in JSON a text is a name first.
  assert.equal(await labels({ 'train.csv': csv('a') }), 'train a 0=no; train a 1=0; train a 2=no');
  assert.equal(await labels({ 'train.csv': 'text,label\na,no\nb,0\nc,1\n' }), 'train a=no; train b=no; train c=0');
  assert.equal(
    await labels({ 'train.jsonl': jsonLines([0, 1, '0', 'no', '1', [0, 1]]) }),
    'train t0=no; train t1=0; train t2=0; train t3=no; train t4=0; train t5=no+0',
  );
  assert.match(
    await labels({ 'train.jsonl': jsonLines([0, 2]) }),
    /^org\/name\/train\.jsonl:2: The label the number 2 is not one of the 2 classes of the dataset\./,
  );
  assert.match(
    await labels({ 'train.jsonl': jsonLines([0, -1]) }),
    /^org\/name\/train\.jsonl:2: The label is -1, which means unlabelled\./,
  );
  assert.match(
    await labels({ 'train.csv': 'text,label\na,other\n' }),
    /^org\/name\/train\.csv:2: The label "other" is not one of the 2 classes of the dataset\./,
  );
});

test('hub dataset: tabs that a README says are read as tabs', async (t) => {
  const { sources } = await hubOf(
    t,
    dataset({
      'README.md': '---\nconfigs:\n- config_name: default\n  data_files: a.csv\n  sep: "\\t"\n---\n',
      'a.csv': 'text\tlabel\na, b\tx\n',
    }),
  );
  assert.deepEqual(rowsOf(await read(sources, 'hf:org/name')), ['train a, b=x']);
});

test('hub dataset: gzip, JSON lists, named delimiters, several shards compressed', async (t) => {
  const { sources } = await hubOf(
    t,
    dataset({ 'train.csv.gz': gzipSync(csv('a')), 'train.csv': csv('a'), 'test.csv.gz': gzipSync(csv('b', 1)) }),
  );
  assert.deepEqual(rowsOf(await read(sources, 'hf:org/name')), ['train a 0=0', 'train a 1=1', 'train a 2=0', 'test b 0=0']);
  const { sources: json } = await hubOf(
    t,
    dataset({
      'data/train.json': JSON.stringify([
        { text: 'a', label: 1 },
        { text: 'b', label: 0 },
      ]),
    }),
  );
  assert.deepEqual(rowsOf(await read(json, 'hf:org/name')), ['train a=1', 'train b=0']);
  const { sources: semicolons } = await hubOf(
    t,
    dataset({
      'README.md': '---\nconfigs:\n- config_name: default\n  data_files: a.csv\n  sep: ";"\n---\n',
      'a.csv': 'text;label\na, b;x\n',
    }),
  );
  assert.deepEqual(rowsOf(await read(semicolons, 'hf:org/name')), ['train a, b=x']);
});

test('hub dataset: columns that are not there are listed', async (t) => {
  const { sources } = await hubOf(t, dataset({ 'train.csv': 'sentence,topic\na,b\n' }));
  await assert.rejects(read(sources, 'hf:org/name'), {
    code: 'OPTION',
    message: /^org\/name\/train\.csv: No column "text"\. .*Columns: sentence, topic\. Set the text column with `textColumn`\.$/,
  });
});

test('hub dataset: one that moved, and one of old without an organisation', async (t) => {
  const { sources, hub } = await hubOf(
    t,
    { id: 'imdb', moved: 'stanford/imdb', revisions: {} },
    dataset({ 'train.csv': csv('a') }, { id: 'stanford/imdb' }),
  );
  assert.equal((await read(sources, 'hf:imdb')).key, 'imdb');
  assert.equal(readFileSync(path.join(hub, 'datasets--imdb', 'refs', 'main'), 'utf8'), commitOf('stanford/imdb', 'main'));
});

test('hub dataset: a script is not run: the conversion of the hub is read, and its absence said', async (t) => {
  const { sources, server } = await hubOf(
    t,
    dataset(
      { 'name.py': 'raise', 'raw.txt': 'x' },
      {
        revisions: {
          main: { 'name.py': 'raise', 'raw.txt': 'x' },
          'refs/convert/parquet': { 'default/partial-train/0000.parquet': parquetBytes() },
        },
      },
    ),
    dataset({ 'only.py': 'raise' }, { id: 'org/only' }),
  );
  const { examples, notes } = await read(sources, 'hf:org/name');
  assert.equal(examples.length, 4);
  assert.deepEqual(notes!.slice(1), [
    "It needs its loading script name.py, which is not run: the hub's Parquet conversion is read instead (refs/convert/parquet).",
    'The hub converted only the first 5 GB of train; the other rows are missing.',
  ]);
  await assert.rejects(read(sources, 'hf:org/only'), {
    message:
      'hf:org/only: It needs its loading script (only.py), which is not run, and the hub has no conversion to Parquet. Run ' +
      'the script if you trust it, and pass the files it writes with `dataset`.',
  });
  assert.ok(!server.log.some(({ line }) => line.endsWith('.py')));
  // By the names that users know for that branch.
  for (const revision of ['refs/convert/parquet', commitOf('org/name', 'refs/convert/parquet')]) {
    assert.equal((await read(sources, `hf:org/name:default@${revision}`)).examples.length, 4);
  }
});

test('hub dataset: a missing dataset and one of another kind have different errors', async (t) => {
  const { sources, server } = await hubOf(
    t,
    dataset({ 'train.csv': csv('a') }),
    { id: 'org/model', kind: 'models', revisions: { main: { 'config.json': '{}' } } },
    dataset({}, { id: 'org/secret', token: 'hf_right' }),
  );
  const { host } = new URL(server.url);
  assert.equal(
    await refusal(read(sources, 'hf:org/gone')),
    `hf:org/gone@main: ${host} has no such repository, revision or file (404). Check the name.`,
  );
  assert.equal(
    await refusal(read(sources, 'hf:org/name@v9')),
    `hf:org/name@v9: ${host} has the repository, but no branch, tag or commit "v9". Check the revision.`,
  );
  assert.equal(
    await refusal(read(sources, `hf:org/name@${'0'.repeat(40)}`)),
    `hf:org/name@${'0'.repeat(40)}: ${host} has no such repository, revision or file (404). Check the name.`,
  );
  assert.equal(
    await refusal(read(sources, 'hf:org/model')),
    `hf:org/model@main: ${host} has a model of that name, but no dataset. Use \`model\`.`,
  );
  assert.equal(
    await refusal(sources.fetchHubModel({ source: 'hf:org/name' })),
    `hf:org/name@main: ${host} has a dataset of that name, but no model. Use \`dataset\`.`,
  );
  assert.equal(
    await refusal(read(sources, 'hf:org/secret')),
    `hf:org/secret@main: ${host} has no such repository, or it is private (401). Check the name; for a private one set HF_TOKEN.`,
  );
  const wrong = open(t, { env: { HF_ENDPOINT: server.url, HF_TOKEN: 'hf_wrong' } }).sources;
  assert.equal(
    await refusal(read(wrong, 'hf:org/secret')),
    `hf:org/secret@main: ${host} denies access (403). Accept its terms at ${server.url}/datasets/org/secret and set HF_TOKEN.`,
  );
});

test('hub dataset: a token goes to the hub and never to where it redirects', async (t) => {
  const cdn = await serve(t, (request, response) => send(request, response, Buffer.from(csv('a'))));
  const { server } = await hubOf(t, dataset({ 'train.csv': csv('a') }, { token: 'hf_secret' }));
  server.routes.set(
    `/datasets/org/name/resolve/${commitOf('org/name', 'main')}/train.csv`,
    (_request, response) => void response.writeHead(302, { location: `${cdn.url}/blob` }).end(),
  );
  const { sources } = open(t, { env: { HF_ENDPOINT: server.url, HF_TOKEN: 'hf_secret' } });
  assert.equal((await read(sources, 'hf:org/name')).examples.length, 3);
  assert.deepEqual(
    cdn.log.map(({ authorization }) => authorization),
    [undefined],
  );
  assert.deepEqual([...new Set(server.log.map(({ authorization }) => authorization))], ['Bearer hf_secret']);
});

test('hub dataset: other bytes than the hub lists are refused: a pointer in place of a large file, a small file that changed', async (t) => {
  for (const rows of [3, 400]) {
    const { server, sources } = await hubOf(t, dataset({ 'train.csv': csv('a', rows) }));
    server.routes.set(
      `/datasets/org/name/resolve/${commitOf('org/name', 'main')}/train.csv`,
      (_request, response) => void response.writeHead(200).end('version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n'),
    );
    await assert.rejects(read(sources, 'hf:org/name'), { code: /CHECKSUM|SOURCE|OFFLINE/ });
  }
});

test('hub dataset: large files come from a mirror by their hash', async (t) => {
  const mirror = temporary(t);
  const text = csv('a', 400);
  writeFileSync(path.join(mirror, sha256(text)), text);
  const { env, server } = await hubOf(t, dataset({ 'train.csv': text }));
  assert.equal((await read(open(t, { env, mirrors: [mirror] }).sources, 'hf:org/name')).examples.length, 400);
  assert.ok(!server.log.some(({ line }) => line.endsWith('/train.csv')));
});

test('hub dataset: what a Python user cached is read offline, and what it lacks is said', async (t) => {
  const { fetch, calls } = forbidden();
  const { sources, hub } = open(t, { offline: true, fetch });
  const repo = path.join(hub, 'datasets--org--name');
  const commit = commitOf('org/name', 'main');
  const snapshot = path.join(repo, 'snapshots', commit);
  mkdirSync(path.join(repo, 'refs'), { recursive: true });
  mkdirSync(path.join(repo, 'blobs'));
  mkdirSync(path.join(snapshot, 'data'), { recursive: true });
  writeFileSync(path.join(repo, 'refs', 'main'), commit);
  for (const [file, blob] of [
    ['README.md', 'a'],
    ['data/train-00000-of-00002.csv', 'b'],
    ['data/train-00001-of-00002.csv', 'c'],
  ] as const) {
    writeFileSync(path.join(repo, 'blobs', blob), file === 'README.md' ? '# x' : csv(blob));
    symlinkSync(path.relative(path.dirname(path.join(snapshot, file)), path.join(repo, 'blobs', blob)), path.join(snapshot, file));
  }
  const { examples, notes } = await read(sources, 'hf:org/name');
  assert.equal(examples.length, 6);
  assert.deepEqual(notes!.slice(1), ['Offline: using the files in the cache, which may be out of date.']);
  const lost = path.join(snapshot, 'data', 'train-00001-of-00002.csv');
  rmSync(path.join(repo, 'blobs', 'c'));
  await assert.rejects(read(sources, 'hf:org/name'), {
    code: 'CHECKSUM',
    message: `${lost}: This cached file is damaged: It is a link to ../../../blobs/c, which does not exist. Run once while online to download it again.`,
  });
  rmSync(lost);
  await assert.rejects(read(sources, 'hf:org/name'), {
    code: 'OFFLINE',
    message: 'hf:org/name: The cache has 1 of 2 shards data/train-*-of-00002. Run once while online.',
  });
  await assert.rejects(read(sources, 'hf:org/other'), {
    code: 'OFFLINE',
    message: `hf:org/other@main: It is not in the cache (${hub}), and \`offline\` is on. Run once while online, or give \`mirror\` DIR with the files.`,
  });
  await assert.rejects(read(sources, `hf:org/name@${'0'.repeat(40)}`), {
    code: 'OFFLINE',
    message: `hf:org/name@${'0'.repeat(40)}: The cache (${hub}) has none of its files, and the hub is not contacted. Run once while online.`,
  });
  assert.deepEqual(calls, []);
});

test('hub dataset: a listing cannot write outside the cache, and one without end is refused', async (t) => {
  const { sources } = await hubOf(
    t,
    dataset({
      'train.csv': csv('a'),
      '../../../../train-2.csv': csv('evil'),
      '/etc/train-3.csv': csv('evil'),
      'a/../train-4.csv': csv('evil'),
    }),
  );
  assert.equal((await read(sources, 'hf:org/name')).examples.length, 3);
  const many = Object.fromEntries(Array.from({ length: 20_001 }, (_, i) => [`${i}.csv`, '']));
  const { sources: other } = await hubOf(t, dataset(many));
  await assert.rejects(read(other, 'hf:org/name'), {
    message: 'hf:org/name: It has more than 20000 files and is no dataset of tables. Check the name.',
  });
});

test('hub dataset: a README of many megabytes is not fetched', async (t) => {
  const { sources, server } = await hubOf(t, dataset({ 'README.md': 'x'.repeat(9e6), 'train.csv': csv('a') }));
  await assert.rejects(read(sources, 'hf:org/name'), {
    code: 'FORMAT',
    message:
      'hf:org/name README.md: It has 9000000 bytes; the limit is 8000000. Download the files of the dataset and pass ' +
      'them with `dataset`.',
  });
  assert.ok(!server.log.some(({ line }) => line.endsWith('README.md')));
});

test('hub dataset: how it is written', () => {
  assert.deepEqual(part('hf:org/name'), ['org/name', 'org/name', undefined, 'main']);
  assert.deepEqual(part('hf:imdb'), ['imdb', 'imdb', undefined, 'main']);
  assert.deepEqual(part('hf:imdb@v1.0'), ['imdb@v1.0', 'imdb', undefined, 'v1.0']);
  assert.deepEqual(part('hf:org/a.b_c-d:20220301.en@refs/convert/parquet'), [
    'org/a.b_c-d:20220301.en@refs/convert/parquet',
    'org/a.b_c-d',
    '20220301.en',
    'refs/convert/parquet',
  ]);
  assert.deepEqual(part('hf:org/name:with blank'), ['org/name:with blank', 'org/name', 'with blank', 'main']);
  const form = 'Write hf:org/name, hf:org/name:CONFIG or hf:org/name:CONFIG@revision.';
  for (const text of [
    'hf:',
    'hf:/name',
    'hf:org/',
    'hf:a/b/c',
    'hf:org/name:',
    'hf:org/name@',
    'hf:org/name:a:b',
    'hf:org/name@a@b',
    'hf:../x',
    'hf:org/..',
    'hf:org/name@../x',
    'hf:org/name@/x',
    'hf:org/na me',
    'hf:org/name:a/b',
    'hf:org/name:a\u0000b',
  ]) {
    assert.throws(
      () => parseDatasetReference(text),
      (error: Error) => error.message.startsWith('`dataset`: ') && error.message.endsWith(`is not a dataset of the hub. ${form}`),
      text,
    );
  }
  assert.throws(() => parseDatasetReference('hf:org/name@v1:en'), {
    message: '`dataset`: "hf:org/name@v1:en" has the revision before the configuration. Write hf:org/name:en@v1.',
  });
  for (const text of ['hf:datasets/org/name', 'hf://datasets/org/name/train.csv', 'hf:datasets/imdb']) {
    assert.throws(() => parseDatasetReference(text), { message: new RegExp(`is a hub URL\\. Write hf:(org/name|imdb)\\.$`) });
  }
});
