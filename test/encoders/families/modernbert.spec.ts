import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { buildEncoder } from '../../../src/encoders/families/build.ts';
import { oracleFolders, ownOracle } from '../../oracles.ts';
import { differenceAlone, differenceTogether, Probe, reference } from './oracle.ts';
import { reconfigured } from './reconfigured.ts';

const FOLDER = ownOracle('modernbert');
/**
 * Of float32 hidden states of values up to 12.6; the reference differs by 9e-6 from its float64 numbers, and by 8e-6 between its own
 * kernels.
 */
const TOLERANCE = 2e-5;

for (const { name, folder, skip } of oracleFolders('modernbert')) {
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
}

test('modernbert: a text’s vectors do not depend on others in the batch', async () => {
  const { ids, tokens } = reference(FOLDER);
  const probe = await Probe.open({ folder: FOLDER, form: 'fast' });
  const text = ids.subarray(0, tokens);
  const alone = (await probe.run(text, { tokens })).at(-1)!;
  const beside = (await probe.run([...text.toReversed(), ...text], { tokens })).at(-1)!;
  await probe.close();
  assert.deepEqual(beside.subarray(alone.length), alone);
});

test('modernbert: layers, windows and angles may be spelled in the older or the newer way', async () => {
  const older = await lastState(
    reconfigured(FOLDER, { global_attn_every_n_layers: 2, local_attention: 6, global_rope_theta: 5000, local_rope_theta: 300 }),
  );
  const newer = await lastState(
    reconfigured(FOLDER, {
      global_attn_every_n_layers: undefined,
      local_attention: undefined,
      global_rope_theta: undefined,
      local_rope_theta: undefined,
      layer_types: ['full_attention', 'sliding_attention', 'full_attention', 'sliding_attention'],
      sliding_window: 3,
      rope_parameters: {
        full_attention: { rope_type: 'default', rope_theta: 5000 },
        sliding_attention: { rope_type: 'default', rope_theta: 300 },
      },
    }),
  );
  assert.deepEqual(newer, older);
  assert.notDeepEqual(await lastState(FOLDER), older);
});

test('modernbert: a local theta of null is the global one, one that is missing is ten thousand', async () => {
  const [none, missing] = [
    await lastState(reconfigured(FOLDER, { local_rope_theta: null })),
    await lastState(reconfigured(FOLDER, { local_rope_theta: undefined })),
  ];
  assert.deepEqual(none, await lastState(reconfigured(FOLDER, { local_rope_theta: 160_000 })));
  assert.deepEqual(missing, await lastState(FOLDER));
  assert.notDeepEqual(none, missing);
});

test('modernbert: what it does not know is refused', async () => {
  await refused(
    { rope_parameters: { full_attention: { rope_type: 'yarn' } } },
    'rope_parameters: full_attention: rope_type: Expected "default", got "yarn". Check the checkpoint, or use an ONNX file of the encoder.',
  );
  await refused(
    { rope_scaling: { type: 'linear', factor: 2 } },
    'rope_scaling: Scaled rotary positions are not supported. Use an ONNX file of the encoder.',
  );
  await refused(
    { rope_parameters: { rope_type: 'default', rope_theta: 50 } },
    'rope_parameters.rope_type: Unknown layer type; known: full_attention and sliding_attention. Check the checkpoint, or use an ONNX ' +
      'file of the encoder.',
  );
  await refused(
    { layer_types: Array.from({ length: 5 }, () => 'full_attention') },
    'layer_types: It lists 5 layers, but num_hidden_layers is 4. Check the checkpoint.',
  );
  await refused(
    { layer_types: ['full_attention', 'linear_attention', 'full_attention', 'full_attention'] },
    'layer_types: 1: Expected "full_attention" or "sliding_attention", got "linear_attention". Check the checkpoint, or use an ONNX file of the encoder.',
  );
});

async function refused(change: Readonly<Record<string, unknown>>, message: string): Promise<void> {
  const folder = reconfigured(FOLDER, change);
  await assert.rejects(buildEncoder({ folder }), { code: 'FORMAT', message: `${path.join(folder, 'config.json')}: ${message}` });
}

/** Last hidden state of a text that is longer than any window. */
async function lastState(folder: string): Promise<Float32Array> {
  const { ids, mask, tokens, texts } = reference(FOLDER);
  const long = Array.from({ length: texts }, (_, text) => text).find((text) => mask[(text + 1) * tokens - 1] === 1)!;
  const probe = await Probe.open({ folder, form: 'fast' });
  const states = await probe.run(ids.subarray(long * tokens, (long + 1) * tokens), { tokens });
  await probe.close();
  return states.at(-1)!;
}

function close(what: string, difference: number): void {
  assert.ok(difference <= TOLERANCE, `${what}: differs by ${difference}`);
}
