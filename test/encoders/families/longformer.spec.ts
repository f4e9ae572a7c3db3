import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { buildEncoder } from '../../../src/encoders/families/build.ts';
import { DEFAULT_OPTIONS, type FamilyOptions } from '../../../src/encoders/families/family.ts';
import { readSafetensors } from '../../../src/tensors/read-safetensors.ts';
import { oracleFolders, ownOracle } from '../../oracles.ts';
import { differenceAlone, differenceTogether, Probe, reference } from './oracle.ts';
import { reconfigured } from './reconfigured.ts';

/** Of float32 hidden states of values up to 5; the reference itself differs by 3.3e-6 from its float64 numbers. */
const TOLERANCE = 1e-5;
const FIRST: FamilyOptions = { ...DEFAULT_OPTIONS, globalAttention: 'first' };
/** Layers for which the reference has hidden states of texts with a global first token. */
const GLOBAL_STATES: readonly (readonly [layer: number, tensor: string])[] = [
  [1, 'global0.hidden_states_1'],
  [-1, 'global0.last_hidden_state'],
];

for (const { name, folder, skip } of ['longformer', 'longformer-bert'].flatMap((family) => oracleFolders(family))) {
  test(`${name}: every hidden state is the reference's, in both forms, alone and padded`, { skip }, async () => {
    const expected = reference(folder);
    const fast = await Probe.open({ folder, form: 'fast' });
    close('fast, alone', await differenceAlone(fast, expected));
    await fast.close();
    const standard = await Probe.open({ folder, form: 'standard' });
    close('standard, alone', await differenceAlone(standard, expected));
    close('standard, padded', await differenceTogether(standard, expected));
    await standard.close();
  });

  test(`${name}: with a global first token too`, { skip }, async () => {
    const fast = await Probe.open({ folder, form: 'fast', options: FIRST });
    close('fast, alone', await globalAlone(fast, folder));
    await fast.close();
    const standard = await Probe.open({ folder, form: 'standard', options: FIRST });
    close('standard, alone', await globalAlone(standard, folder));
    close('standard, padded', await globalTogether(standard, folder));
    await standard.close();
  });

  test(`${name}: a text's vectors do not depend on others in the batch`, { skip }, async () => {
    const { ids, tokens, texts, mask } = reference(folder);
    const long = Array.from({ length: texts }, (_, text) => text).find((text) => mask[(text + 1) * tokens - 1] === 1)!;
    const text = ids.subarray(long * tokens, (long + 1) * tokens);
    for (const options of [DEFAULT_OPTIONS, FIRST]) {
      const probe = await Probe.open({ folder, form: 'fast', options });
      const alone = (await probe.run(text, { tokens })).at(-1)!;
      const beside = (await probe.run([...text.toReversed(), ...text], { tokens })).at(-1)!;
      await probe.close();
      assert.deepEqual(beside.subarray(alone.length), alone);
    }
  });
}

test('longformer: the built encoder says what its tokens see and how long a text may be', async () => {
  const folder = ownOracle('longformer');
  const [local, first] = [await buildEncoder({ folder }), await buildEncoder({ folder, options: FIRST })];
  assert.deepEqual([local.attention, first.attention, local.positions], ['local', 'local+first', 32]);
});

test('longformer: a window without a half is refused', async () => {
  const folder = reconfigured(ownOracle('longformer-bert'), { attention_window: [12, 13] });
  await assert.rejects(buildEncoder({ folder }), {
    code: 'FORMAT',
    message: `${path.join(folder, 'config.json')}: attention_window: Window size 13 is odd. Check the checkpoint.`,
  });
});

/** Largest difference over real tokens from the reference with a global first token, each text on its own. */
async function globalAlone(probe: Probe, folder: string): Promise<number> {
  const { texts, tokens, width, ids, mask } = reference(folder);
  let worst = 0;
  for (let text = 0; text < texts; text++) {
    const from = text * tokens;
    const count = mask.subarray(from, from + tokens).reduce((sum, each) => sum + each, 0);
    const got = await probe.run(ids.subarray(from, from + count), { tokens: count });
    for (const [layer, name] of GLOBAL_STATES) {
      worst = Math.max(worst, distance(got.at(layer)!, globalState(folder, name).subarray(from * width, (from + count) * width)));
    }
  }
  return worst;
}

/** The same with all texts in the reference's own padded batch. */
async function globalTogether(probe: Probe, folder: string): Promise<number> {
  const { tokens, width, ids, mask } = reference(folder);
  const got = await probe.run(ids, { tokens, mask });
  const real = (values: Float32Array) => values.filter((_, i) => mask[Math.floor(i / width)] === 1);
  return Math.max(...GLOBAL_STATES.map(([layer, name]) => distance(real(got.at(layer)!), real(globalState(folder, name)))));
}

function globalState(folder: string, name: string): Float32Array {
  return readSafetensors(readFileSync(path.join(folder, 'expected.safetensors')), folder).tensors.get(name)!.data as Float32Array;
}

/** NaN counts as an infinite difference. */
function distance(a: Float32Array, b: Float32Array): number {
  assert.equal(a.length, b.length);
  return a.reduce((worst, each, i) => Math.max(worst, Number.isNaN(each) ? Infinity : Math.abs(each - b[i]!)), 0);
}

function close(what: string, difference: number): void {
  assert.ok(difference <= TOLERANCE, `${what}: differs by ${difference}`);
}
