import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { ownEncoder } from '../../src/opening/choice.ts';
import { temporaryFolder } from '../temporary.ts';
import { writeTinyCheckpoint } from '../tiny-checkpoint.ts';

const root = temporaryFolder();
const folder = writeTinyCheckpoint(path.join(root, 'run', 'checkpoint-500'));
const odd = writeTinyCheckpoint(path.join(root, 'lr=1e-5'));
mkdirSync(path.join(root, 'empty'));
const open = (value: string, firstLayers?: number) => ownEncoder({ value, firstLayers, dtype: undefined });

for (const [value, name] of [
  [folder, 'checkpoint-500'], [`mine=${folder}`, 'mine'], [`a.b_c-9=${folder}`, 'a.b_c-9'], ['mine=hf:org/name', 'mine'], ['mine=hf:org/name@main', 'mine'], ['hf:org/name@main', 'org/name@main'],
  [odd, 'lr=1e-5'], [`odd=${odd}`, 'odd'], [`${folder}/`, 'checkpoint-500'],
] as const) {
  test(`--model ${value.replace(root, '')} is called ${name}`, () => {
    assert.equal(open(value).name, name);
    assert.equal(open(value, 1).name, `${name}@1`);
  });
}

for (const [value, message] of [
  ['my model=./x', '--model: "my model" names no encoder. In NAME=PATH the name has letters, digits, ".", "_" and "-" alone.'],
  ['a:b=./x', '--model: "a:b" names no encoder. In NAME=PATH the name has letters, digits, ".", "_" and "-" alone.'],
  ['=./x', '--model: "" names no encoder. In NAME=PATH the name has letters, digits, ".", "_" and "-" alone.'],
  ['mine=', '--model: "mine=" names "mine" without a path. Write NAME=PATH or NAME=hf:org/name.'],
  ['mine=./nowhere', '--model: There is no folder ./nowhere. It takes a folder or hf:org/name, with NAME= before it to name it; registry keys go with --encoders.'],
  ['./lr=2/x', '--model: There is no folder ./lr=2/x. It takes a folder or hf:org/name, with NAME= before it to name it; registry keys go with --encoders.'],
  ['mine=hf:org', '--model: "hf:org" names no hub repository. Write hf:org/name or hf:org/name@revision.'],
] as const) {
  test(`--model ${value} is refused`, () => assert.throws(() => open(value), { code: 'OPTION', message }));
}
