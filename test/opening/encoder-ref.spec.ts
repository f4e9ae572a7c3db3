import assert from 'node:assert/strict';
import { mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { encoderValue, ownEncoder } from '../../src/opening/encoder-ref.ts';
import { temporaryFolder } from '../temporary.ts';
import { writeTinyCheckpoint } from '../tiny-checkpoint.ts';

const root = temporaryFolder();
const folder = writeTinyCheckpoint(path.join(root, 'run', 'checkpoint-500'));
const odd = writeTinyCheckpoint(path.join(root, 'lr=1e-5'));
mkdirSync(path.join(root, 'empty'));
const open = (value: string, firstLayers?: number) => ownEncoder({ value, firstLayers, dtype: undefined });

for (const [value, name] of [
  [folder, 'checkpoint-500'],
  [`mine=${folder}`, 'mine'],
  [`a.b_c-9=${folder}`, 'a.b_c-9'],
  ['mine=hf:org/name', 'mine'],
  ['mine=hf:org/name@main', 'mine'],
  ['hf:org/name@main', 'org/name@main'],
  [odd, 'lr=1e-5'],
  [`odd=${odd}`, 'odd'],
  [`${folder}/`, 'checkpoint-500'],
] as const) {
  test(`--model ${value.replace(root, '')} is called ${name}`, () => {
    assert.equal(open(value).name, name);
    assert.equal(open(value, 1).name, `${name}@1`);
  });
}

for (const [value, message] of [
  ['my model=./x', '`model`: Invalid encoder name "my model". In NAME=PATH, NAME takes letters, digits, ".", "_" and "-".'],
  ['a:b=./x', '`model`: Invalid encoder name "a:b". In NAME=PATH, NAME takes letters, digits, ".", "_" and "-".'],
  ['=./x', '`model`: Invalid encoder name "". In NAME=PATH, NAME takes letters, digits, ".", "_" and "-".'],
  ['mine=', '`model`: "mine=" has a name, but no path. Write NAME=PATH or NAME=hf:org/name.'],
  ['mine=./nowhere', '`model`: Folder not found: nowhere. It takes a folder or hf:org/name; registry keys go with `encoders`.'],
  ['./lr=2/x', '`model`: Folder not found: lr=2/x. It takes a folder or hf:org/name; registry keys go with `encoders`.'],
  ['mine=hf:org', '`model`: "hf:org" is not a hub repository. Write hf:org/name or hf:org/name@revision.'],
] as const) {
  test(`--model ${value} is refused`, () => assert.throws(() => open(value), { code: 'OPTION', message }));
}

function withGraphs(name: string, graphs: readonly string[], checkpoint: boolean): string {
  const at = path.join(root, name);
  mkdirSync(path.join(at, 'onnx'), { recursive: true });
  if (checkpoint) writeTinyCheckpoint(at);
  for (const graph of graphs) writeFileSync(path.join(at, graph), 'a graph');
  return at;
}

for (const [graphs, checkpoint, notes] of [
  [['onnx/model.onnx'], false, undefined],
  [['onnx/model.onnx', 'onnx/model_quantized.onnx'], false, undefined],
  [
    ['onnx/model.onnx'],
    true,
    ['It has two sets of weights: onnx/model.onnx is used, model.safetensors is not. Give one of the files to choose.'],
  ],
  [
    ['model.onnx', 'onnx/model.onnx'],
    false,
    ['It has two sets of weights: onnx/model.onnx is used, model.onnx is not. Give one of the files to choose.'],
  ],
] as const) {
  test(`--model with ${graphs.join(', ')}${checkpoint ? ' and a checkpoint' : ''}: ${notes === undefined ? 'nothing to choose' : 'which one is read is said'}`, () => {
    const at = withGraphs([...graphs, checkpoint].join('+').replaceAll('/', '_'), graphs, checkpoint);
    const choice = open(at);
    assert.deepEqual(choice.kind === 'folder' && choice.notes, notes);
    const named = open(path.join(at, graphs[0]));
    assert.equal(named.kind === 'folder' && named.notes, undefined, 'whoever names a file has chosen');
  });
}

test('--model with what a training saved: its two forms are one encoder, until one of them is rewritten', () => {
  const at = withGraphs('saved', ['onnx/model.onnx'], true);
  writeFileSync(path.join(at, 'training.json'), '{ "training": "0123" }');
  const notes = () => {
    const choice = open(at);
    return choice.kind === 'folder' && choice.notes;
  };
  assert.equal(notes(), undefined);
  const hence = Date.now() / 1000 + 3600;
  utimesSync(path.join(at, 'model.safetensors'), hence, hence);
  assert.deepEqual(notes(), [
    'It has two sets of weights: onnx/model.onnx is used, model.safetensors is not. Give one of the files to choose.',
  ]);
});

test('--model with ONNX files by other names alone: they are named', () => {
  const at = withGraphs('odd-names', ['onnx/model_O2.onnx', 'model_qint8_avx512.onnx'], false);
  assert.throws(() => open(at), {
    code: 'OPTION',
    message: /It has model_qint8_avx512\.onnx, onnx\/model_O2\.onnx: give the \.onnx file itself\.$/,
  });
});

for (const value of [folder, `mine=${folder}`, 'mine=hf:org/name@main', 'hf:org/name@main', odd, `odd=${odd}`]) {
  test(`--model ${value.replace(root, '')} is asked for again by what it was asked for`, () => {
    for (const cut of [undefined, 1]) {
      const ref = open(value, cut);
      assert.equal(encoderValue(ref), value);
      assert.deepEqual(open(encoderValue(ref), cut), ref);
    }
  });
}
