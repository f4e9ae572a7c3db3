import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { verb as datasetsVerb } from '../../bench/commands/datasets.ts';
import { verb as modelsVerb } from '../../bench/commands/models.ts';
import type { Verb } from '../../bench/verb.ts';
import { COMMIT, open, serveHub, sha256, temporary } from './server.ts';

const FILES = { 'onnx/model.onnx': 'graph', 'tokenizer.json': '{}' };

interface Ended {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

async function call(verb: Verb, argv: Record<string, unknown>, words: string[] = []): Promise<Ended> {
  const [out, err] = [new PassThrough(), new PassThrough()];
  const status = await verb.run(
    { _: words, format: 'csv', ...argv },
    { out: out as unknown as NodeJS.WriteStream, err: err as unknown as NodeJS.WriteStream, typed: [], width: undefined, color: false },
  );
  return { status, out: String(out.read() ?? ''), err: String(err.read() ?? '') };
}

/** Runs with other values in the environment, as a shell would set them. */
async function within<T>(env: Record<string, string>, work: () => Promise<T>): Promise<T> {
  const before = Object.keys(env).map((name) => [name, process.env[name]] as const);
  Object.assign(process.env, env);
  try {
    return await work();
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }
}

test('bench models: a row a variant', async (t) => {
  const folder = temporary(t);
  const { status, out } = await within({ HF_HOME: folder }, () => call(modelsVerb, { cache: folder, offline: true }, ['all-minilm-l12-v2', 'bigbird-roberta-base', 'concat_all']));
  assert.equal(status, 0);
  assert.equal(
    out,
    [
      'key,aliases,hub,layers,dtype,form,from,where,bytes,answers',
      'all-MiniLM-L12-v2,,sentence-transformers/all-MiniLM-L12-v2,12,fp32,onnx,hf:sentence-transformers/all-MiniLM-L12-v2@main,missing,,',
      'all-MiniLM-L12-v2,,sentence-transformers/all-MiniLM-L12-v2,12,fp32,checkpoint,hf:sentence-transformers/all-MiniLM-L12-v2@main,missing,,',
      'bigbird-roberta-base,bigbird-roberta-base-4096,google/bigbird-roberta-base,12,fp32,checkpoint,hf:google/bigbird-roberta-base@main,missing,,',
      'concat-all,concat all models,,,,concatenation,,,,',
      '',
    ].join('\n'),
  );
});

test('bench models: an unknown key is told', async (t) => {
  await assert.rejects(call(modelsVerb, { cache: temporary(t) }, ['electra-smal']), { code: 'UNKNOWN_NAME' });
});

test('bench models --check: what answers, and why not', async (t) => {
  const { url } = await serveHub(t, { name: 'org/tiny', files: FILES });
  const folder = temporary(t);
  const registry = path.join(folder, 'mine.json');
  const variant = { dtype: 'fp32', from: 'hf:org/tiny', onnx: 'onnx/model.onnx' };
  writeFileSync(registry, JSON.stringify({ models: { good: { variants: [variant] }, bad: { variants: [{ ...variant, onnx: 'model.onnx' }] } } }));
  const ended = await within({ HF_HOME: folder, HF_ENDPOINT: url }, () => call(modelsVerb, { cache: folder, check: true, 'models-file': registry }));
  assert.deepEqual(ended, {
    status: 1,
    out: 'key,aliases,hub,layers,dtype,form,from,where,bytes,answers\ngood,,,,fp32,onnx,hf:org/tiny,download,7,true\nbad,,,,fp32,onnx,hf:org/tiny,download,2,false\n',
    err: `hf:org/tiny: The repository has no model.onnx at ${COMMIT.slice(0, 12)}.\n`,
  });
});

test('bench models --pin: commits and hashes are written, what does not answer stays and is said', async (t) => {
  const { url } = await serveHub(t, { name: 'org/tiny', files: FILES, large: ['onnx/model.onnx'] });
  const folder = temporary(t);
  const registry = path.join(folder, 'mine.json');
  const variant = { dtype: 'fp32', from: 'hf:org/tiny@main', onnx: 'onnx/model.onnx' };
  const gone = { ...variant, from: 'hf:org/gone@main' };
  writeFileSync(registry, JSON.stringify({ models: { tiny: { aliases: ['t'], variants: [variant] }, gone: { variants: [gone] } } }));
  const { status, out, err } = await within({ HF_HOME: folder, HF_ENDPOINT: url }, () =>
    call(modelsVerb, { cache: folder, pin: true, format: 'table', 'models-file': registry }),
  );
  const files = Object.fromEntries(Object.entries(FILES).map(([name, text]) => [name, { sha256: sha256(text), bytes: text.length }]));
  const pinned = { models: { tiny: { aliases: ['t'], variants: [{ ...variant, from: `hf:org/tiny@${COMMIT}`, files }] }, gone: { variants: [gone] } } };
  assert.equal(readFileSync(registry, 'utf8'), `${JSON.stringify(pinned, undefined, 2)}\n`);
  assert.equal(out, `tiny fp32: hf:org/tiny@${COMMIT}, 2 files\n1 pinned in ${registry}\n`);
  assert.equal(err, `gone fp32: hf:org/gone@main: ${new URL(url).host} has no such repository, revision or file (404). Check the name.\n`);
  assert.equal(status, 1);
});

test('bench models --pin: a file that nothing new is known for is not written, however it is laid out', async (t) => {
  const { url } = await serveHub(t, { name: 'org/tiny', files: FILES, large: ['onnx/model.onnx'] });
  const folder = temporary(t);
  const registry = path.join(folder, 'mine.json');
  const files = Object.fromEntries(Object.entries(FILES).map(([name, text]) => [name, { sha256: sha256(text), bytes: text.length }]));
  const variant = { dtype: 'fp32', from: `hf:org/tiny@${COMMIT}`, onnx: 'onnx/model.onnx', files };
  const text = JSON.stringify({ models: { tiny: { variants: [variant] }, gone: { variants: [{ ...variant, from: 'hf:org/gone@main' }] } } });
  writeFileSync(registry, text);
  const { status, out } = await within({ HF_HOME: folder, HF_ENDPOINT: url }, () =>
    call(modelsVerb, { cache: folder, pin: true, format: 'table', 'models-file': registry }),
  );
  assert.deepEqual([status, out.split('\n')[1]], [1, `Nothing new to pin in ${registry}`]);
  assert.equal(readFileSync(registry, 'utf8'), text);
});

test('file: an exported encoder whose entry does not name its ONNX file is told what the entry needs', async (t) => {
  const { sources, folder } = open(t, { offline: true });
  for (const [name, content] of Object.entries(FILES)) {
    mkdirSync(path.join(folder, path.dirname(name)), { recursive: true });
    writeFileSync(path.join(folder, name), content);
  }
  const entry = { key: 'mine', aliases: [], variants: [{ dtype: 'fp32' as const, from: `file:${folder}`, files: {} }] };
  await assert.rejects(sources.fetchModel(entry), (error: Error) => error.message.endsWith('Its ONNX file is taken where the entry names it: add "onnx": "onnx/model.onnx".'));
});

test('bench datasets: rows, classes, label fields, and where the files are', async (t) => {
  const folder = temporary(t);
  const own = path.join(folder, 'a.csv');
  writeFileSync(own, 'text,label\nx,y\n');
  const registry = path.join(folder, 'mine.json');
  const entry = { reader: 'csv', title: 'A', labelFields: ['bias', 'publisher'], rows: { train: 1, test: 2 }, classes: 3 };
  const files = { a: [{ split: 'train', name: 'a.csv', from: ['file:a.csv'] }], b: [{ split: 'train', name: 'b.csv', sha256: 'a'.repeat(64), bytes: 2_000_000, from: ['https://files.test/b.csv'] }] };
  writeFileSync(registry, JSON.stringify({ datasets: { a: { ...entry, files: files.a }, b: { ...entry, files: [...files.a, ...files.b] } } }));
  const argv = { cache: folder, 'datasets-file': registry };
  assert.deepEqual(await call(datasetsVerb, argv), {
    status: 0,
    out: 'key,title,texts,train,dev,test,classes,label_fields,from,where,bytes,answers\na,A,3,1,,2,3,bias; publisher,your own files,local,,\nb,A,3,1,,2,3,bias; publisher,your own files; files.test,download,2000000,\n',
    err: '',
  });
  const offline = await call(datasetsVerb, { ...argv, offline: true, check: true }, ['b']);
  assert.deepEqual(
    [offline.status, offline.out.split('\n')[1], offline.err],
    [
      1,
      'b,A,3,1,,2,3,bias; publisher,your own files; files.test,missing,,false',
      'b: https://files.test/b.csv: --offline is on, it was not asked.\n',
    ],
  );
});

test('bench models --pin: an encoder without files to pin is told where it is named', async (t) => {
  const argv = { cache: temporary(t), pin: true, offline: true };
  await assert.rejects(call(modelsVerb, argv, ['concat-all']), { code: 'OPTION' });
});
