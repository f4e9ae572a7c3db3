import assert from 'node:assert/strict';
import { readdirSync, existsSync } from 'node:fs';
import { test } from 'node:test';
import { buildEncoder, buildFedEncoder } from '../../../src/encoders/families/build.ts';
import { openCheckpoint } from '../../../src/encoders/checkpoint/checkpoint.ts';
import { trainableWeights } from '../../../src/graph/trainable.ts';
import { ownOracle } from '../../oracles.ts';
import { decoderCases, writeDecoder } from './decoder-cases.ts';

const FOLDERS = readdirSync(ownOracle()).filter((name) => existsSync(ownOracle(name, 'config.json')));
const CASES = [
  ...FOLDERS.map((name) => ({ name, folder: () => ownOracle(name) })),
  ...decoderCases().cases.map((each) => ({ name: each.name, folder: () => writeDecoder(each) })),
];

for (const { name, folder: made } of CASES) {
  test(`families: of ${name} weights of the file alone are trained, from the checkpoint or its ONNX file: no angle, slope, bucket or scale`, async () => {
    const folder = made();
    const { tensors } = await openCheckpoint(folder);
    const stored = [...tensors.keys()].map(plainName);
    const { weights } = await buildFedEncoder({ folder });
    const fed = [...weights.keys()].toSorted();
    assert.deepEqual(
      fed.filter((weight) => !stored.some((key) => key.endsWith(weight))),
      [],
    );
    const { model } = await buildEncoder({ folder, form: 'standard', widen: true });
    assert.deepEqual(trainableWeights(model.proto.graph!).toSorted(), fed);
  });
}

/** Without the oldest checkpoints' names for norms, and those of checkpoints whose adapters wrap their weights. */
function plainName(key: string): string {
  return key
    .replace(/\.gamma$/, '.weight')
    .replace(/\.beta$/, '.bias')
    .replace('.parametrizations.weight.original', '.weight');
}
