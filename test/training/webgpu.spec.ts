import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { readTensors } from '../../src/tensors/tensor-file.ts';
import { ownOracle } from '../oracles.ts';
import { noWebgpu } from '../webgpu.ts';
import { assertAlike, fewSteps } from './device-runs.ts';
import type { FewSteps, FewStepsResult } from './few-steps.ts';

const BERT = ownOracle('bert-uncased');
const RUNS = {
  'twenty steps': { steps: 20 },
  'accumulated gradients': { steps: 4, params: { accumulate: 2 } },
  chunks: { steps: 3, params: { chunkTokens: 25 } },
  'chunks of accumulated batches': { steps: 4, params: { accumulate: 2, chunkTokens: 25 } },
  'dense embeddings': { steps: 3, params: { denseEmbeddings: true } },
  'frozen embeddings': { steps: 3, params: { freeze: ['embeddings'] } },
  'a head, decay of matrices only': { steps: 3, params: { objective: 'classic', decayMatricesOnly: true } },
} as const satisfies Record<string, Omit<FewSteps, 'folder'>>;
type RunName = keyof typeof RUNS;
const NAMES = Object.keys(RUNS) as RunName[];

/** Runs of which only the card's result matters. */
const CARD_RUNS = {
  resumed: { steps: 4, resumeAfter: 2 },
  'not resumed': { steps: 4 },
  // The backward pass of the second batch's second chunk: that of the first has left its gradients. It was over 16 tokens.
  'out of memory': { steps: 3, params: { chunkTokens: 40, accumulate: 2, dropout: 0 }, failing: 7 },
  // An eighth of it holds one text.
  'a small card': { steps: 3, params: { cardMemory: { total: 130_000, free: 0, atMost: 130_000 }, accumulate: 2, dropout: 0 } },
  'in small chunks': { steps: 3, params: { chunkTokens: 8, accumulate: 2, dropout: 0 } },
} as const satisfies Record<string, Omit<FewSteps, 'folder'>>;

function ofBert(runs: Readonly<Record<string, Omit<FewSteps, 'folder'>>>): FewSteps[] {
  return Object.values(runs).map((few) => ({ folder: BERT, ...few }));
}

describe('trainer on webgpu', { skip: noWebgpu }, () => {
  const [cpu, card] = [new Map<string, FewStepsResult>(), new Map<string, FewStepsResult>()];
  const all = { ...RUNS, ...CARD_RUNS };

  before(async () => {
    for (const [i, result] of (await fewSteps('cpu', ofBert(RUNS))).entries()) cpu.set(NAMES[i]!, result);
    for (const [i, result] of (await fewSteps('webgpu', ofBert(all))).entries()) card.set(Object.keys(all)[i]!, result);
  });

  for (const name of NAMES) {
    test(`losses and gradient norms are those on the cpu: ${name}`, () => assertAlike(card.get(name)!, cpu.get(name)!));

    test(`weights and moments afterwards are those on the cpu: ${name}`, async () => {
      for (const kind of ['weights', 'moments'] as const) {
        const [ours, theirs] = [await readTensors(card.get(name)!.files[kind]), await readTensors(cpu.get(name)!.files[kind])];
        assert.deepEqual([...ours.keys()], [...theirs.keys()]);
        for (const [tensor, values] of theirs) {
          // Its true gradient is zero, and Adam makes whole steps of the rounding.
          if (tensor.endsWith('key.bias')) continue;
          const size = values.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
          const worst = values.reduce((most, value, i) => Math.max(most, Math.abs(value - ours.get(tensor)![i]!)), 0);
          assert.ok(worst <= 1e-4 * size + 1e-12, `${tensor}: ${worst} of ${size}`);
        }
      }
    });
  }

  test('no weight, gradient or moment leaves the card in a step, and none is sent to it', () => {
    const weights = 4 * 24_000; // bytes of the encoder, about
    const { sent, received } = card.get('twenty steps')!;
    assert.ok(received < 10_000 && received < weights / 8, `${received}`);
    assert.ok(sent < 200_000, `${sent}`);
  });

  test('a resumed run ends with the same bits', () => {
    const [resumed, whole] = [card.get('resumed')!, card.get('not resumed')!];
    assert.deepEqual([resumed.losses, resumed.norms], [whole.losses, whole.norms]);
  });

  test("chunks suit the card's memory, which is said once, in every run alike", () => {
    const [suited, small] = [card.get('a small card')!, card.get('in small chunks')!];
    assert.deepEqual(suited.forCard, [{ chunks: 6, bytes: 130_000 / 8 }]);
    assert.deepEqual([suited.losses, suited.norms], [small.losses, small.norms]);
    assert.deepEqual(small.forCard, []);
  });

  test('where memory runs out, the batch begins again in smaller chunks, and so do later ones', () => {
    const [failed, small] = [card.get('out of memory')!, card.get('in small chunks')!];
    assert.equal(failed.chunkTokens, 8);
    assertAlike(failed, small);
  });
});
