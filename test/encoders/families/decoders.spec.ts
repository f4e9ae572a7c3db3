import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { GraphForm } from '../../../src/encoders/families/text-graph.ts';
import { oracleFolders } from '../../oracles.ts';
import { decoderCases, writeDecoder } from './decoder-cases.ts';
import { differenceAlone, differenceTogether, Probe, reference } from './oracle.ts';
import { readSafetensors } from '../../../src/tensors/read-safetensors.ts';
import { readFileSync } from 'node:fs';
import { reconfigured } from './reconfigured.ts';
import path from 'node:path';

/** Of float32 hidden states of values up to 14, plus the reference's own error of up to 1e-5. */
const TOLERANCE = 1e-4;
const WIDTH = 16;
const { texts, cases } = decoderCases();

/** Largest difference of states 1 to L of a text from the reference's. `from`: columns before it in the batch. */
function difference(
  got: readonly Float32Array[],
  want: Float32Array,
  { tokens, row = 0, padded = tokens, from = 0 }: { tokens: number; row?: number; padded?: number; from?: number },
): number {
  let worst = 0;
  for (const [i, state] of got.slice(1).entries()) {
    const start = (row * padded + from) * WIDTH;
    for (let j = 0; j < tokens * WIDTH; j++) worst = Math.max(worst, Math.abs(state[start + j]! - want[i * tokens * WIDTH + j]!) || 0);
    assert.ok(state.every(Number.isFinite));
  }
  return worst;
}

/** Lengths at which the fast form attends in another way: all scores at once, part by part, block by block. */
const LENGTHS = [1, 2, 128, 129, 131, 512, 513];

for (const name of ['mistral-whole', 'qwen3-yarn', 'llama-all']) {
  test(`${name}: texts of every length have the states that operators of the standard give them`, async () => {
    const folder = writeDecoder(
      cases.find((each) => each.name === name)!,
      { change: { max_position_embeddings: 1024 } },
    );
    const [fast, even] = [await Probe.open({ folder, form: 'fast' }), await Probe.open({ folder, form: 'even' })];
    for (const tokens of LENGTHS) {
      const ids = Array.from({ length: 2 * tokens }, (_, i) => 3 + ((i * 7919) % 37));
      const [got, want] = [await fast.run(ids, { tokens }), await even.run(ids, { tokens })];
      for (const [layer, state] of got.entries()) {
        const worst = state.reduce((most, value, i) => Math.max(most, Math.abs(value - want[layer]![i]!)), 0);
        assert.ok(worst <= TOLERANCE, `${tokens} tokens, state ${layer}: ${worst}`);
      }
    }
    await fast.close();
    await even.close();
  });
}

for (const each of cases) {
  for (const form of ['fast', 'standard', 'even'] as const satisfies GraphForm[]) {
    test(`${each.name}: every hidden state is the reference's, each text alone, in the ${form} form`, async () => {
      const probe = await Probe.open({ folder: writeDecoder(each), form });
      for (const [i, text] of texts.entries()) {
        const found = difference(await probe.run(text, { tokens: text.length }), each.states[i]!, { tokens: text.length });
        assert.ok(found <= TOLERANCE, `text ${i} differs by ${found}`);
      }
      await probe.close();
    });
  }

  test(`${each.name}: padding on the right or on the left changes nothing`, async () => {
    const probe = await Probe.open({ folder: writeDecoder(each, { shards: 2 }), form: 'standard' });
    const padded = Math.max(...texts.map((text) => text.length)) + 3;
    for (const left of [false, true]) {
      const fill = (text: readonly number[], value: (id: number) => number) => {
        const rest = Array.from({ length: padded - text.length }, () => 0);
        return left ? [...rest, ...text.map(value)] : [...text.map(value), ...rest];
      };
      const [ids, mask] = [texts.flatMap((text) => fill(text, (id) => id)), texts.flatMap((text) => fill(text, () => 1))];
      const got = await probe.run(ids, { tokens: padded, mask });
      for (const [row, { length: tokens }] of texts.entries()) {
        const found = difference(got, each.states[row]!, { tokens, row, padded, from: left ? padded - tokens : 0 });
        assert.ok(found <= TOLERANCE, `text ${row}, padded on the ${left ? 'left' : 'right'}, differs by ${found}`);
      }
    }
    await probe.close();
  });
}

const SHARED = ['qwen3', 'qwen2', 'mistral', 'llama', 'eurobert', 'embeddinggemma'];

for (const { name, folder, skip } of SHARED.flatMap((family) => oracleFolders(family))) {
  test(`${name}: every hidden state is the reference's, alone and in a padded batch`, { skip }, async () => {
    const fast = await Probe.open({ folder, form: 'fast' });
    const standard = await Probe.open({ folder, form: 'standard' });
    const expected = reference(folder);
    for (const found of [
      await differenceAlone(fast, expected),
      await differenceAlone(standard, expected),
      await differenceTogether(standard, expected),
    ])
      assert.ok(found <= TOLERANCE, `differs by ${found}`);
    await fast.close();
    await standard.close();
  });
}

for (const [family, batch, change] of [
  ['embeddinggemma', 'causal', { use_bidirectional_attention: false }],
  ['qwen2', 'bidirectional', { is_causal: false }],
] as const) {
  for (const { name, folder, skip } of oracleFolders(family)) {
    test(`${name}: the last hidden state is the reference's where ${Object.keys(change)[0]!} is false`, { skip }, async () => {
      const { tensors } = readSafetensors(readFileSync(path.join(folder, 'expected.safetensors')), name);
      const expected = { ...reference(folder), layers: 0, states: tensors.get(`${batch}.last_hidden_state`)!.data as Float32Array };
      for (const form of ['fast', 'standard'] as const) {
        const probe = await Probe.open({ folder: reconfigured(folder, change), form });
        const last = {
          built: probe.built,
          run: async (...args: Parameters<Probe['run']>) => [(await probe.run(...args)).at(-1)!],
          close: () => probe.close(),
        };
        const found = await (form === 'fast' ? differenceAlone : differenceTogether)(last as unknown as Probe, expected);
        await probe.close();
        assert.ok(found <= TOLERANCE, `${form}: differs by ${found}`);
      }
    });
  }
}
