import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { openEncoderRef } from '../../src/opening/open.ts';
import type { ModelVariant } from '../../src/registry/schema.ts';
import { openSources } from '../../src/sources/sources.ts';
import { temporaryFolder } from '../temporary.ts';
import { writeTinyCheckpoint } from '../tiny-checkpoint.ts';
import { writeTinyEncoder } from '../tiny-encoder.ts';

const root = temporaryFolder();
const sources = openSources({ cacheDir: path.join(root, 'cache'), offline: true, mirrors: [], env: { HF_HOME: path.join(root, 'home') } });
const VOCABULARY = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]', ...'abcdefghijklmno'].join('\n');

function checkpoint(type: 'F32' | 'F16' | 'BF16', given: ModelVariant['dtype'] = 'fp32'): ModelVariant {
  const folder = writeTinyCheckpoint(path.join(root, type), { type });
  writeFileSync(path.join(folder, 'vocab.txt'), VOCABULARY);
  return { dtype: given, from: `file:${folder}`, files: {} };
}

const exported: ModelVariant = { dtype: 'fp32', from: `file:${path.join(root, 'onnx')}`, onnx: 'model.onnx', files: {} };
writeTinyEncoder(path.join(root, 'onnx'));
const absent: ModelVariant = { dtype: 'fp16', from: `file:${path.join(root, 'absent')}`, onnx: 'model.onnx', files: {} };

for (const [what, variants, dtype, said] of [
  ['a checkpoint in float32', [checkpoint('F32')], undefined, []],
  ['a checkpoint stored in bfloat16', [checkpoint('BF16')], undefined, []],
  ['a checkpoint stored in float16, by the number type it runs in', [checkpoint('F16')], 'q8', []],
  ['an ONNX file', [exported], undefined, []],
  ['a second variant', [absent, exported], undefined, ['fp16 is unavailable, using fp32; `dtype` selects another.']],
  [
    'a checkpoint behind an ONNX file',
    [absent, checkpoint('BF16')],
    undefined,
    ['fp16 is unavailable, using bf16; `dtype` selects another.'],
  ],
  ['a second variant that was asked for', [absent, exported], 'fp32', []],
] as const) {
  test(`entry: that another variant was taken is said where it was: ${what}`, async () => {
    const entry = { key: 'tiny', aliases: [], variants: [...variants] };
    const { notes } = await openEncoderRef({
      ref: { kind: 'entry', name: 'tiny', entry, firstLayers: undefined },
      sources,
      dtype,
      maxLength: undefined,
    });
    assert.deepEqual(
      notes.filter((note) => note.includes('is unavailable')),
      said,
    );
  });
}
