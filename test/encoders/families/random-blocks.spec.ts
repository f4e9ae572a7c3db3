import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { PAPER_LENGTHS, permutation, trainedRandomBlocks, type RandomBlocksParams } from '../../../src/encoders/families/random-blocks.ts';
import { readSafetensors } from '../../../src/tensors/read-safetensors.ts';
import { oracleFolders } from '../../oracles.ts';

/** The rows of a text with this many tokens. */
function ofText(params: RandomBlocksParams, tokens: number): number[] {
  const { heads, block, random } = params;
  const table = trainedRandomBlocks(params);
  const from = PAPER_LENGTHS.includes(tokens) ? table.length / 2 : 0;
  return [...table.subarray(from, from + (tokens / block - 2) * heads * random)];
}

/** [heads, rows, random] -> [rows, heads, random] */
function byRow({ shape: [heads, rows, random], data }: { shape: readonly number[]; data: ArrayLike<number> }): number[] {
  return Array.from({ length: data.length }, (_, i) => {
    const [row, head, column] = [Math.floor(i / (heads! * random!)), Math.floor(i / random!) % heads!, i % random!];
    return data[(head * rows! + row) * random! + column]!;
  });
}

test('permutations are those of numpy under the same seed, one after the other', () => {
  const permute = permutation(0);
  assert.deepEqual(permute([0, 1, 2, 3, 4, 5]), [5, 2, 1, 3, 0, 4]);
  assert.deepEqual(permute([0, 1, 2]), [2, 0, 1]);
});

for (const { name, at, skip } of oracleFolders('bigbird')) {
  test(`${name}: layers of the published base model draw the reference's blocks for every length`, { skip }, () => {
    const { tensors } = readSafetensors(readFileSync(at('expected.safetensors')), name);
    const seen = new Set<number>();
    for (const [key, tensor] of tensors) {
      const [, tokens, layer] = /^published_train_rand\.S(\d+)\.layer(\d+)$/.exec(key)?.map(Number) ?? [];
      if (tokens === undefined) continue;
      seen.add(tokens);
      const params = { seed: layer!, heads: 12, block: 64, random: 3, positions: 4096 };
      assert.deepEqual(ofText(params, tokens), byRow(tensor as never), key);
    }
    // A length that the paper trains at, and one that it does not.
    assert.ok(seen.has(768) && seen.has(4096));
  });
}

test('too few blocks to draw from are refused', () => {
  assert.throws(() => trainedRandomBlocks({ seed: 0, heads: 1, block: 256, random: 3, positions: 4096 }), {
    code: 'FORMAT',
    message: 'Blocks of 256 tokens are too large to draw 3 at random. Use the random blocks of evaluation.',
  });
});
