import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fewSteps } from './device-runs.ts';
import type { FewStepsResult } from './few-steps.ts';
import { readTensors } from '../../src/tensors/tensor-file.ts';
import { ownOracle } from '../oracles.ts';
import { noWebgpu } from '../webgpu.ts';

const RUN = { folder: ownOracle('bert-uncased'), steps: 1, params: { dropout: 0, weightDecay: 0 } } as const;
const HALF = { ...RUN, params: { ...RUN.params, mixedPrecision: 'fp16' } } as const;

test('mixed precision: loss and gradients differ from those in float32 by the rounding of float16, with and without chunks', async () => {
  const small = { ...HALF, params: { ...HALF.params, chunkTokens: 25 } };
  const [whole, half, chunks] = (await fewSteps('cpu', [RUN, HALF, small])) as [FewStepsResult, FewStepsResult, FewStepsResult];
  for (const found of [half, chunks]) {
    for (const kind of ['losses', 'norms'] as const) {
      const difference = Math.abs(found[kind][0]! / whole[kind][0]! - 1);
      assert.ok(difference > 1e-7 && difference < 5e-3, `${kind} differ by ${difference}`);
    }
    const [ours, theirs] = [await readTensors(found.files.moments), await readTensors(whole.files.moments)];
    for (const [name, values] of theirs) {
      // The true gradient of a key's bias is zero.
      if (!name.startsWith('exp_avg.') || name.endsWith('key.bias')) continue;
      const [largest, worst] = values.reduce(
        ([most, far], value, i) => [Math.max(most, Math.abs(value)), Math.max(far, Math.abs(value - ours.get(name)![i]!))],
        [0, 0],
      );
      assert.ok(worst < 0.02 * largest, `${name}: ${worst} of ${largest}`);
    }
  }
});

test('mixed precision: a card that has no float16 is refused in one line', { skip: noWebgpu }, async () => {
  const found = await fewSteps('webgpu', [HALF]).catch((error: unknown) => String(error));
  // A card that has it computes what the CPU emulates.
  if (typeof found !== 'string') assert.ok(Number.isFinite(found[0]!.losses[0]));
  else assert.match(found, /HarnessError: `mixedPrecision`: The card cannot compute in float16: its driver has no shader-f16\./);
});
