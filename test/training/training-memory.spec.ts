import assert from 'node:assert/strict';
import { test } from 'node:test';
import { objectiveOptions } from '../../src/training/options.ts';
import { TrainerCore } from '../../src/training/trainer-core.ts';
import { requireTrainingMemory } from '../../src/training/training-memory.ts';
import { temporaryFolder } from '../temporary.ts';
import { writeTinyCheckpoint } from '../tiny-checkpoint.ts';

// A table, and ten matrices of 100 million numbers.
const MATRICES = Array.from({ length: 10 }, () => [10_000, 10_000]);
const WEIGHTS = [[100_000, 1000], ...MATRICES];

test('memory of training: gradients and both moments of what is trained count in addition to the weights, rows of tables do not', () => {
  requireTrainingMemory({ where: 'e5', weights: WEIGHTS, trained: MATRICES, memory: 16.4e9 });
  requireTrainingMemory({ where: 'e5', weights: WEIGHTS, trained: [], memory: 4.4e9 });
  assert.throws(() => requireTrainingMemory({ where: 'e5', weights: WEIGHTS, trained: MATRICES, memory: 16e9 }), {
    code: 'TRAINING',
    message:
      "e5: Fine-tuning takes 16.4 GB (weights, gradients and AdamW's two moments, all float32), and this machine has 16.0 GB of memory. " +
      'Freeze more of it (`freeze`), use a smaller encoder, or a machine with more memory.',
  });
});

for (const type of ['F32', 'BF16'] as const) {
  test(`memory of training: an encoder in ${type} whose weights alone fit is refused before they are read, and trains where layers are frozen`, async () => {
    const folder = writeTinyCheckpoint(temporaryFolder(), { type });
    // Matrices of 448 numbers in each of two layers, tables of 304: 5 kB of weights, 15 with gradients and moments.
    const open = (freeze: (string | number)[]) =>
      TrainerCore.open({
        files: { name: 'tiny', folder, onnx: undefined },
        spec: { token: 'mean', layers: [2], combine: 'one' },
        objective: 'classic',
        objectiveOptions: objectiveOptions(),
        classes: 2,
        seed: 1,
        freeze,
        weightDecay: 0,
        decayMatricesOnly: false,
        denseEmbeddings: false,
        dropout: 0,
        accumulate: 1,
        chunkTokens: 1 << 20,
        padId: 0,
        threads: 1,
        device: 'cpu',
        memory: 10_000,
      });
    await assert.rejects(open([]), { code: 'TRAINING', message: /^tiny: Fine-tuning takes 0\.0 MB \(weights, / });
    await open([0, 1]);
  });
}
