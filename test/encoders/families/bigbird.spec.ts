import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { DEFAULT_OPTIONS } from '../../../src/encoders/families/family.ts';
import type { GraphForm } from '../../../src/encoders/families/text-graph.ts';
import { readSafetensors } from '../../../src/tensors/read-safetensors.ts';
import { shared, unlessShared } from '../../shared.ts';
import { differenceTogether, Probe, reference } from './oracle.ts';
import { reconfigured } from './reconfigured.ts';

const FOLDER = 'bigbird';
const skip = unlessShared('oracles', FOLDER);
const FORMS: readonly GraphForm[] = ['fast', 'standard'];
/** Of float32 hidden states of size up to 4.3; the reference itself is 1.7e-6 away from its float64 numbers. */
const TOLERANCE = 1e-5;
/** (5 + 2 random blocks twice) blocks of 4 tokens: a longer text is attended to by blocks. */
const MOST_IN_FULL = 36;

const read = (name: string) => readSafetensors(readFileSync(shared('oracles', FOLDER, 'expected.safetensors')), FOLDER).tensors.get(name)!;
const floats = (name: string) => read(name).data as Float32Array;
const integers = (name: string) => read(name).data as Int32Array;

/**
 * Runs text by text, unpadded, and takes the largest difference of the last hidden state to the reference's, padded, [texts, tokens,
 * width].
 */
async function lastAlone(probe: Probe, { ids, mask, last }: { ids: Int32Array; mask?: Int32Array; last: string }): Promise<number> {
  const [texts, tokens, width] = read(last).shape;
  const data = floats(last);
  let worst = 0;
  for (let text = 0; text < texts!; text++) {
    const [from, to] = [text * tokens!, (text + 1) * tokens!];
    const count = mask === undefined ? tokens! : mask.subarray(from, to).reduce((sum, each) => sum + each, 0);
    const got = (await probe.run(ids.subarray(from, from + count), { tokens: count })).at(-1)!;
    assert.equal(got.length, count * width!);
    got.forEach((each, i) => (worst = Math.max(worst, Math.abs(each - data[from * width! + i]!))));
  }
  return worst;
}

/** The same with all texts in one batch, over real tokens. */
async function lastTogether(probe: Probe, { ids, mask, last }: { ids: Int32Array; mask: Int32Array; last: string }): Promise<number> {
  const [, tokens, width] = read(last).shape;
  const data = floats(last);
  const got = (await probe.run(ids, { tokens: tokens!, mask })).at(-1)!;
  assert.equal(got.length, data.length);
  return got.reduce((worst, each, i) => (mask[Math.floor(i / width!)] === 1 ? Math.max(worst, Math.abs(each - data[i]!)) : worst), 0);
}

function largest(got: Float32Array, expected: Float32Array): number {
  assert.equal(got.length, expected.length);
  return got.reduce((most, each, i) => Math.max(most, Math.abs(each - expected[i]!)), 0);
}

async function close(difference: Promise<number> | number): Promise<void> {
  const worst = await difference;
  assert.ok(worst <= TOLERANCE, `differs by ${worst}`);
}

for (const form of FORMS) {
  test(`${form}: a text alone is attended to by blocks or in full as its length asks, as by a freshly loaded reference`, { skip }, async () => {
    const probe = await Probe.open({ folder: shared('oracles', FOLDER), form });
    for (const tokens of [36, 37, 40, 80]) await close(lastAlone(probe, { ids: integers(`edge${tokens}.input_ids`), last: `edge${tokens}.last_hidden_state` }));
    await close(lastAlone(probe, { ids: integers('short.input_ids'), mask: integers('short.attention_mask'), last: 'short.last_hidden_state' }));
    const { ids, tokens } = reference(FOLDER);
    await close(lastAlone(probe, { ids: ids.subarray(9 * tokens, 10 * tokens), last: 'alone9.last_hidden_state' }));
    await probe.close();
  });

  test(`${form}: every hidden state of a text that fills the reference's batch is the reference's`, { skip }, async () => {
    const probe = await Probe.open({ folder: shared('oracles', FOLDER), form });
    const { ids, mask, tokens, texts, width, layers, states } = reference(FOLDER);
    const whole = Array.from({ length: texts }, (_, text) => text).filter((text) => mask[(text + 1) * tokens - 1] === 1);
    assert.ok(whole.length > 0);
    for (const text of whole) {
      const got = await probe.run(ids.subarray(text * tokens, (text + 1) * tokens), { tokens });
      assert.equal(got.length, layers + 1);
      for (const [layer, state] of got.entries()) await close(largest(state, states.subarray((layer * texts + text) * tokens * width, (layer * texts + text + 1) * tokens * width)));
    }
    await probe.close();
  });

  test(`${form}: a text too short for blocks is what full attention gives, after the first layer and the last`, { skip }, async () => {
    const probe = await Probe.open({ folder: shared('oracles', FOLDER), form });
    const { ids, mask, tokens, texts, width } = reference(FOLDER);
    const [first, last] = [floats('full.hidden_states_1'), floats('full.last_hidden_state')];
    let compared = 0;
    for (let text = 0; text < texts; text++) {
      const from = text * tokens;
      const count = mask.subarray(from, from + tokens).reduce((sum, each) => sum + each, 0);
      if (count > MOST_IN_FULL) continue;
      const got = await probe.run(ids.subarray(from, from + count), { tokens: count });
      await close(largest(got[1]!, first.subarray(from * width, (from + count) * width)));
      await close(largest(got.at(-1)!, last.subarray(from * width, (from + count) * width)));
      compared++;
    }
    assert.ok(compared >= 5, `${compared} texts`);
    await probe.close();
  });

  test(`${form}: texts of one length give the same to the last bit together as alone`, { skip }, async () => {
    const probe = await Probe.open({ folder: shared('oracles', FOLDER), form });
    const { ids, tokens } = reference(FOLDER);
    for (const count of [20, 38, 77, 78]) {
      const long = ids.subarray(9 * tokens, 9 * tokens + count);
      const other = long.toReversed();
      const together = await probe.run([...long, ...other, ...long], { tokens: count });
      for (const [i, text] of [long, other, long].entries()) {
        const alone = await probe.run(text, { tokens: count });
        for (const [layer, state] of alone.entries()) assert.deepEqual(together[layer]!.subarray(i * state.length, (i + 1) * state.length), state);
      }
    }
    await probe.close();
  });

  test(`${form}: original_full attends in full at any length`, { skip }, async () => {
    const probe = await Probe.open({ folder: reconfigured(FOLDER, { attention_type: 'original_full' }), form });
    const { ids, mask } = reference(FOLDER);
    await close(lastAlone(probe, { ids, mask, last: 'full.last_hidden_state' }));
    await probe.close();
  });

  test(`${form}: published random blocks are those that the reference draws in training`, { skip }, async () => {
    const probe = await Probe.open({ folder: shared('oracles', FOLDER), form, options: { ...DEFAULT_OPTIONS, randomBlocks: 'published' } });
    assert.equal(probe.built.attention, 'blocks+random');
    const { ids, mask, tokens } = reference(FOLDER);
    const whole = Array.from({ length: mask.length / tokens }, (_, text) => text).filter((text) => mask[(text + 1) * tokens - 1] === 1);
    assert.ok(whole.length > 0);
    const data = floats('train_rand.last_hidden_state');
    const width = read('train_rand.last_hidden_state').shape[2];
    for (const text of whole) {
      const got = (await probe.run(ids.subarray(text * tokens, (text + 1) * tokens), { tokens })).at(-1)!;
      const worst = got.reduce((most, each, i) => Math.max(most, Math.abs(each - data[text * tokens * width! + i]!)), 0);
      assert.ok(worst <= TOLERANCE, `text ${text} differs by ${worst}`);
    }
    await probe.close();
  });
}

test('standard: a padded batch is what the reference makes of it, whose blocks are those of the padded length', { skip }, async () => {
  const probe = await Probe.open({ folder: shared('oracles', FOLDER), form: 'standard' });
  await close(differenceTogether(probe, reference(FOLDER)));
  await close(lastTogether(probe, { ids: integers('short.input_ids'), mask: integers('short.attention_mask'), last: 'short.last_hidden_state' }));
  await probe.close();
});

test('standard: published random blocks in a padded batch, too', { skip }, async () => {
  const probe = await Probe.open({ folder: shared('oracles', FOLDER), form: 'standard', options: { ...DEFAULT_OPTIONS, randomBlocks: 'published' } });
  const { ids, mask } = reference(FOLDER);
  await close(lastTogether(probe, { ids, mask, last: 'train_rand.last_hidden_state' }));
  await probe.close();
});
