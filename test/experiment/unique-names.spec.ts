import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { withUniqueDatasetNames, withUniqueEncoderNames, type DatasetRef, type EncoderRef } from '../../src/experiment/refs.ts';

const folder = (place: string, more: Partial<Extract<EncoderRef, { kind: 'folder' }>> = {}): EncoderRef => ({
  kind: 'folder',
  name: path.basename(place),
  named: false,
  folder: place,
  onnx: undefined,
  firstLayers: undefined,
  ...more,
});
const hub = (source: string): EncoderRef => ({ kind: 'hub', name: source.slice(3), named: false, source, firstLayers: undefined });
const entry = (name: string): EncoderRef => ({ kind: 'entry', name, entry: { key: name } as never, firstLayers: undefined });
const named = (name: string, place: string) => folder(place, { name, named: true });

const ENCODERS: readonly (readonly [string, readonly EncoderRef[], readonly string[]])[] = [
  ['of different names', [folder('/a/x'), folder('/a/y')], ['x', 'y']],
  ['of one name', [folder('/run1/checkpoint-500'), folder('/run2/checkpoint-500')], ['run1/checkpoint-500', 'run2/checkpoint-500']],
  ['of one name and one parent', [folder('/a/run/ck'), folder('/b/run/ck'), folder('/b/other/ck')], ['a/run/ck', 'b/run/ck', 'other/ck']],
  ['one above the other', [folder('/ck'), folder('/a/ck')], ['/ck', 'a/ck']],
  ['one with a name of its own', [named('base', '/run1/ck'), folder('/run2/ck')], ['base', 'ck']],
  ['one whose name was given to another', [named('ck', '/run1/one'), folder('/run2/ck')], ['ck', 'run2/ck']],
  ['called as a registry key', [entry('bert-base-cased'), folder('/mine/bert-base-cased')], ['bert-base-cased', 'mine/bert-base-cased']],
  [
    'called as a hub repository ends',
    [hub('hf:org/name'), folder('/a/org/name'), folder('/b/org/name')],
    ['org/name', 'a/org/name', 'b/org/name'],
  ],
  [
    'two revisions of a repository',
    [hub('hf:org/name'), hub('hf:org/name@v1'), hub('hf:org/name@v2')],
    ['org/name', 'org/name@v1', 'org/name@v2'],
  ],
  ['the same twice', [folder('/a/x'), folder('/a/x'), hub('hf:org/name'), hub('hf:org/name')], ['x', 'org/name']],
  [
    'two graphs of a folder',
    [folder('/a/x', { onnx: '/a/x/onnx/model.onnx' }), folder('/a/x', { onnx: '/a/x/onnx/model_q8.onnx' })],
    ['x/onnx/model.onnx', 'x/onnx/model_q8.onnx'],
  ],
  ['called as tables call all of them side by side', [folder('/a/concat-all'), folder('/a/x')], ['a/concat-all', 'x']],
  [
    'cut',
    [folder('/run1/ck', { name: 'ck@2', firstLayers: 2 }), folder('/run2/ck', { name: 'ck@2', firstLayers: 2 })],
    ['run1/ck@2', 'run2/ck@2'],
  ],
];

for (const [what, list, names] of ENCODERS) {
  test(`names: encoders ${what}`, () =>
    assert.deepEqual(
      withUniqueEncoderNames(list).map(({ name }) => name),
      names,
    ));
}

test('names: two that were given are not changed, but refused', () => {
  assert.throws(() => withUniqueEncoderNames([named('a', '/x'), named('a', '/y')]), {
    code: 'OPTION',
    message: '`model`: Two have the name "a"; names must be unique. Rename one: `model` NAME=PATH.',
  });
  assert.throws(() => withUniqueEncoderNames([entry('a'), named('a', '/y')]), { code: 'OPTION' });
  assert.throws(() => withUniqueEncoderNames([named('concat-all', '/x')]), {
    code: 'OPTION',
    message: '`model`: "concat-all" is reserved in tables for concatenation of all encoders. Use another name.',
  });
});

const file = (place: string): DatasetRef => ({ kind: 'file', name: path.basename(place).replace(/\.[^.]*$/, ''), file: place });

for (const [what, list, names] of [
  ['of one name', [file('/a/data.csv'), file('/b/data.csv')], ['a/data', 'b/data']],
  ['of one folder', [file('/a/data.csv'), file('/a/data.tsv')], ['a/data.csv', 'a/data.tsv']],
  ['called as a registry key', [{ kind: 'entry', name: 'trec6', entry: {} as never }, file('/a/trec6.csv')], ['trec6', 'a/trec6']],
  ['the same twice', [file('/a/data.csv'), file('/a/data.csv')], ['data']],
] as const satisfies readonly (readonly [string, readonly DatasetRef[], readonly string[]])[]) {
  test(`names: datasets ${what}`, () =>
    assert.deepEqual(
      withUniqueDatasetNames(list).map(({ name }) => name),
      names,
    ));
}
