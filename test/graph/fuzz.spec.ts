import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { HarnessError } from '../../src/errors.ts';
import { TensorProto_DataLocation } from '../../src/graph/onnx_pb.ts';
import { readModel } from '../../src/graph/read.ts';
import { mutator, replaceFile } from '../mutations.ts';
import { temporaryFolder } from '../temporary.ts';
import { writeTinyEncoder } from '../tiny-encoder.ts';

const ROUNDS = 1000;
const folder = temporaryFolder();

/** True if the model is read, false if it is refused properly; fails otherwise. */
async function reads(file: string, size: number): Promise<boolean> {
  try {
    const before = process.memoryUsage().arrayBuffers;
    const { proto, folder: where } = await readModel(file);
    assert.ok(process.memoryUsage().arrayBuffers - before < 4_000_000 + 16 * size, 'takes more memory than a small multiple of the file');
    assert.ok(proto.graph!.node.length > 0);
    for (const { dataLocation, externalData } of proto.graph!.initializer) {
      if (dataLocation !== TensorProto_DataLocation.EXTERNAL) continue;
      const { location, offset = '0', length = '0' } = Object.fromEntries(externalData.map(({ key, value }) => [key, value]));
      assert.ok(
        Number(offset) + Number(length) <= statSync(path.join(where, location!)).size,
        `weights from byte ${offset} to ${length} behind it`,
      );
    }
    return true;
  } catch (error) {
    if (!(error instanceof HarnessError) || (error.code !== 'FORMAT' && error.code !== 'SOURCE')) throw error;
    assert.match(error.message, /^[^\r\n]{1,4000}$/u);
    return false;
  }
}

for (const [seed, external] of [
  [1, false],
  [2, true],
] as const) {
  test(
    `fuzz: an ONNX file with ${external ? 'external' : 'its own'} weights, changed at random, is read or refused in one line`,
    { timeout: 60_000 },
    async () => {
      const file = path.join(writeTinyEncoder(path.join(folder, `e${seed}`), { layers: 1, external }), 'model.onnx');
      const bytes = readFileSync(file);
      assert.ok(await reads(file, bytes.length), 'the file is good before it is changed');
      const mutate = mutator(seed);
      let refused = 0;
      for (let round = 0; round < ROUNDS; round++) {
        const mutated = mutate(bytes, [bytes]);
        replaceFile(file, mutated);
        const good = await reads(file, mutated.length).catch((error: unknown) => {
          throw new Error(`round ${round} of seed ${seed}: ${String(error)}`, { cause: error });
        });
        if (!good) refused++;
      }
      assert.ok(refused > ROUNDS / 4, `only ${refused} of ${ROUNDS} changed files were refused`);
    },
  );
}
