import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Device } from '../../src/devices/device.ts';
import { objectiveOptions } from '../../src/training/options.ts';
import { TrainerCore } from '../../src/training/trainer-core.ts';
import { requireCardMemory, requireTrainingMemory, residentBytes } from '../../src/training/training-memory.ts';
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

interface Sizes {
  readonly table: readonly number[];
  readonly layers: number;
  /** Of the matrices of a layer. */
  readonly matrices: readonly (readonly number[])[];
  readonly frozen?: boolean;
}

/** Bytes on a card of an encoder of these sizes, without its vectors. */
function onCard({ table, layers, matrices, frozen = false }: Sizes, device: Device = 'webgpu'): number {
  const all = [{ name: 'table', dims: table }];
  for (let layer = 0; layer < layers; layer++) for (const [i, dims] of matrices.entries()) all.push({ name: `${layer}.${i}`, dims });
  const gradients = all.map(({ name }) => (name === 'table' ? { weight: name, rows: ['ids'] } : { weight: name, dense: name, rows: [] }));
  return residentBytes({
    params: { device, denseEmbeddings: false },
    trainable: { weights: all },
    step: { gradients: frozen ? [] : gradients },
    parameters: [],
  } as unknown as Parameters<typeof residentBytes>[0]);
}

const square = (width: number, count: number) => Array.from({ length: count }, () => [width, width]);
const MINILM: Sizes = { table: [30_522, 384], layers: 6, matrices: [...square(384, 4), [384, 1536], [1536, 384]] };
const BASE: Sizes = { table: [30_522, 768], layers: 12, matrices: [...square(768, 4), [768, 3072], [3072, 768]] };
const MISTRAL: Sizes = {
  table: [32_000, 4096],
  layers: 32,
  matrices: [...square(4096, 2), [4096, 1024], [4096, 1024], [4096, 14_336], [4096, 14_336], [14_336, 4096]],
};

test('memory of training on a card: weights, dense gradients and, where they stay there, moments', () => {
  assert.equal((onCard(MINILM) / 1e9).toFixed(2), '0.31');
  assert.equal((onCard(BASE) / 1e9).toFixed(2), '1.64');
  assert.equal((onCard(BASE, 'cuda') / 1e9).toFixed(2), '0.77');
  assert.equal((onCard(MISTRAL) / 1e9).toFixed(0), '113');
  assert.equal((onCard({ ...MISTRAL, frozen: true }) / 1e9).toFixed(0), '28');
});

test('memory of training on a card: what never fits is refused, on the largest card that it may be', () => {
  const gib = 2 ** 30;
  const required =
    (sizes: Sizes, atMost: number, device: Device = 'webgpu') =>
    () =>
      requireCardMemory({ where: 'e5', device, resident: onCard(sizes, device), memory: { total: gib, free: 0, atMost } });
  required(BASE, 8 * gib)();
  required(MISTRAL, 120 * gib)();
  requireCardMemory({ where: 'e5', device: 'webgpu', resident: 1e15, memory: undefined });
  assert.throws(required(MISTRAL, 8 * gib), {
    code: 'TRAINING',
    message:
      "e5: Fine-tuning takes 113.2 GB on the card (weights, gradients and AdamW's two moments, all float32), which has 8.6 GB of memory. " +
      'Freeze more of it (`freeze`), use a smaller encoder, or `device` cpu.',
  });
  assert.throws(required(MISTRAL, 8 * gib, 'cuda'), { message: /takes 56\.\d GB on the card \(weights and gradients, all float32\), / });
});
