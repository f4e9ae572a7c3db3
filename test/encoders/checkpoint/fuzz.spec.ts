import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { openCheckpoint } from '../../../src/encoders/checkpoint/checkpoint.ts';
import { readFloats } from '../../../src/tensors/read-floats.ts';
import { HarnessError } from '../../../src/errors.ts';
import { mutator, replaceFile } from '../../mutations.ts';
import { ownOracle } from '../../oracles.ts';
import { folderWith } from './folders.ts';
import { SMALL, pickle, safetensors, torchOld, torchZip, zip } from './torch-files.ts';

const ROUNDS = 1000;

const { value: VALUE, first: A, second: B } = SMALL;

interface Kind {
  /** File names for mutated bytes. */
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Other files of the folder. */
  readonly beside?: Readonly<Record<string, Uint8Array>>;
}

const header = {
  __metadata__: { format: 'pt' },
  a: { dtype: 'F32', shape: [2, 3], data_offsets: [0, 24] },
  b: { dtype: 'F16', shape: [4], data_offsets: [24, 32] },
};
const WHOLE = safetensors(header, Buffer.concat([A, B]));
const INDEX = Buffer.from(JSON.stringify({ metadata: { total_size: 32 }, weight_map: { a: 'm.safetensors', b: 'm.safetensors' } }));
const PLAIN_ZIP = torchZip(VALUE, { 0: A, 1: B });
const WIDE_ZIP = zip(
  [
    { name: 'm/data.pkl', bytes: pickle(VALUE) },
    { name: 'm/data/0', bytes: A },
    { name: 'm/data/1', bytes: B },
  ],
  { wide: true },
);
const KINDS: Readonly<Record<string, Kind>> = {
  safetensors: { name: 'model.safetensors', bytes: WHOLE },
  'an index': { name: 'model.safetensors.index.json', bytes: INDEX, beside: { 'm.safetensors': WHOLE } },
  'a shard': { name: 'm.safetensors', bytes: WHOLE, beside: { 'model.safetensors.index.json': INDEX } },
  'torch zip': { name: 'pytorch_model.bin', bytes: PLAIN_ZIP },
  'torch zip64': { name: 'pytorch_model.bin', bytes: WIDE_ZIP },
  'torch older': { name: 'pytorch_model.bin', bytes: torchOld(VALUE, { 0: [6, A], 1: [4, B] }) },
};
const ORACLES = {
  'edge.safetensors': 'model.safetensors',
  'edge_zip.bin': 'pytorch_model.bin',
  'edge_legacy.bin': 'pytorch_model.bin',
  'nested_zip.bin': 'pytorch_model.bin',
};

const everything = Object.values(KINDS).map(({ bytes }) => bytes);

/** Opens the folder and reads all its tensors. True if both succeed, false if it is refused properly; fails otherwise. */
async function opens(folder: string, size: number): Promise<boolean> {
  try {
    const before = process.memoryUsage().arrayBuffers;
    const { tensors } = await openCheckpoint(folder);
    // Freed memory is not counted, so this is a lower bound; a single unchecked length from a file is far above it.
    assert.ok(process.memoryUsage().arrayBuffers - before < 4_000_000 + 16 * size, 'takes more memory than a small multiple of the file');
    for (const stored of tensors.values()) {
      const values = await readFloats(stored);
      assert.ok(values.length <= size, 'more elements than bytes');
    }
    return true;
  } catch (error) {
    if (!(error instanceof HarnessError) || (error.code !== 'FORMAT' && error.code !== 'SOURCE')) throw error;
    // oxlint-disable-next-line no-control-regex
    assert.match(error.message, /^[^\u0000-\u001f\u007f-\u009f]{1,4000}$/u);
    return false;
  }
}

async function fuzz({ name, bytes, beside = {} }: Kind, seed: number): Promise<void> {
  const folder = folderWith({ ...beside, [name]: bytes });
  assert.ok(await opens(folder, 1 << 20), 'the file is good before it is changed');
  const mutate = mutator(seed);
  let refused = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const mutated = mutate(bytes, everything);
    replaceFile(path.join(folder, name), mutated);
    const good = await opens(folder, Math.max(mutated.length, WHOLE.length)).catch((error: unknown) => {
      throw new Error(`round ${round} of ${name}, ${mutated.toString('base64')}`, { cause: error });
    });
    if (!good) refused++;
  }
  assert.ok(refused > ROUNDS / 4, `only ${refused} of ${ROUNDS} changed files were refused`);
}

for (const [i, [what, kind]] of Object.entries(KINDS).entries()) {
  test(`fuzz: ${what}, changed at random, is read or refused in one line`, { timeout: 60_000 }, () => fuzz(kind, i + 1));
}

for (const [i, [file, name]] of Object.entries(ORACLES).entries()) {
  test(`fuzz: ${file}, changed at random, is read or refused in one line`, { timeout: 60_000 }, () =>
    fuzz({ name, bytes: readFileSync(ownOracle('formats', file)) }, i + 101),
  );
}
