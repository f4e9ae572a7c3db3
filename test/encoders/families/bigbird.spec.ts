import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { DEFAULT_OPTIONS } from '../../../src/encoders/families/family.ts';
import type { GraphForm } from '../../../src/encoders/families/text-graph.ts';
import { readSafetensors } from '../../../src/tensors/read-safetensors.ts';
import { mostInFull, oracleFolders, type OracleFolder } from '../../oracles.ts';
import { differenceTogether, Probe, reference, type Reference } from './oracle.ts';
import { reconfigured } from './reconfigured.ts';

const FORMS: readonly GraphForm[] = ['fast', 'standard'];
/** Of float32 hidden states of values up to 4.3; the reference itself differs by 1.7e-6 from its float64 numbers. */
const TOLERANCE = 1e-5;
function largest(got: Float32Array, expected: Float32Array): number {
  assert.equal(got.length, expected.length);
  return got.reduce((most, each, i) => Math.max(most, Math.abs(each - expected[i]!)), 0);
}

async function close(difference: Promise<number> | number): Promise<void> {
  const worst = await difference;
  assert.ok(worst <= TOLERANCE, `differs by ${worst}`);
}

/** Texts that are as long as the longest. */
function filling({ mask, tokens, texts }: Reference): number[] {
  return Array.from({ length: texts }, (_, text) => text).filter((text) => mask[(text + 1) * tokens - 1] === 1);
}

function compare({ name: oracle, folder, at, skip }: OracleFolder): void {
  const numbers = () => readSafetensors(readFileSync(at('expected.safetensors')), oracle).tensors;
  const read = (name: string) => numbers().get(name)!;
  const floats = (name: string) => read(name).data as Float32Array;
  const integers = (name: string) => read(name).data as Int32Array;

  /**
   * Runs the texts one by one, unpadded, and returns the largest difference of the last hidden state from the reference's, padded, [texts,
   * tokens, width].
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

  for (const form of FORMS) {
    test(
      `${oracle}, ${form}: a text alone is attended to by blocks or in full as its length asks, as by a freshly loaded reference`,
      { skip },
      async () => {
        const probe = await Probe.open({ folder: folder, form });
        const edges = [...numbers().keys()].filter((name) => /^edge\d+\.input_ids$/.test(name)).map((name) => name.split('.')[0]!);
        assert.equal(edges.length, 4);
        for (const edge of edges) await close(lastAlone(probe, { ids: integers(`${edge}.input_ids`), last: `${edge}.last_hidden_state` }));
        await close(
          lastAlone(probe, { ids: integers('short.input_ids'), mask: integers('short.attention_mask'), last: 'short.last_hidden_state' }),
        );
        const { ids, tokens } = reference(folder);
        const last = [...numbers().keys()].find((name) => /^alone\d+\.last_hidden_state$/.test(name))!;
        const text = Number(/\d+/.exec(last));
        await close(lastAlone(probe, { ids: ids.subarray(text * tokens, (text + 1) * tokens), last }));
        await probe.close();
      },
    );

    test(`${oracle}, ${form}: every hidden state of a text that fills the reference's batch is the reference's`, { skip }, async () => {
      const probe = await Probe.open({ folder: folder, form });
      const known = reference(folder);
      const { ids, tokens, texts, width, layers, states } = known;
      const whole = filling(known);
      assert.ok(whole.length > 0);
      for (const text of whole) {
        const got = await probe.run(ids.subarray(text * tokens, (text + 1) * tokens), { tokens });
        assert.equal(got.length, layers + 1);
        for (const [layer, state] of got.entries())
          await close(
            largest(state, states.subarray((layer * texts + text) * tokens * width, (layer * texts + text + 1) * tokens * width)),
          );
      }
      await probe.close();
    });

    test(
      `${oracle}, ${form}: a text too short for blocks is what full attention gives, after the first layer and the last`,
      { skip },
      async () => {
        const probe = await Probe.open({ folder: folder, form });
        const { ids, mask, tokens, texts, width } = reference(folder);
        const [first, last] = [floats('full.hidden_states_1'), floats('full.last_hidden_state')];
        let compared = 0;
        for (let text = 0; text < texts; text++) {
          const from = text * tokens;
          const count = mask.subarray(from, from + tokens).reduce((sum, each) => sum + each, 0);
          if (count > mostInFull(folder)) continue;
          const got = await probe.run(ids.subarray(from, from + count), { tokens: count });
          await close(largest(got[1]!, first.subarray(from * width, (from + count) * width)));
          await close(largest(got.at(-1)!, last.subarray(from * width, (from + count) * width)));
          compared++;
        }
        assert.ok(compared >= 4, `${compared} texts`);
        await probe.close();
      },
    );

    test(`${oracle}, ${form}: texts of one length give the same to the last bit together as alone`, { skip }, async () => {
      const probe = await Probe.open({ folder: folder, form });
      const known = reference(folder);
      const { ids, tokens } = known;
      const first = filling(known)[0]! * tokens;
      const most = mostInFull(folder);
      for (const count of [Math.floor(most / 2), most + 1, tokens - 1, tokens]) {
        const long = ids.subarray(first, first + count);
        const other = long.toReversed();
        const together = await probe.run([...long, ...other, ...long], { tokens: count });
        for (const [i, text] of [long, other, long].entries()) {
          const alone = await probe.run(text, { tokens: count });
          for (const [layer, state] of alone.entries())
            assert.deepEqual(together[layer]!.subarray(i * state.length, (i + 1) * state.length), state);
        }
      }
      await probe.close();
    });

    test(`${oracle}, ${form}: original_full attends in full at any length`, { skip }, async () => {
      const probe = await Probe.open({ folder: reconfigured(folder, { attention_type: 'original_full' }), form });
      const { ids, mask } = reference(folder);
      await close(lastAlone(probe, { ids, mask, last: 'full.last_hidden_state' }));
      await probe.close();
    });

    test(`${oracle}, ${form}: published random blocks are those that the reference draws in training`, { skip }, async () => {
      const probe = await Probe.open({ folder: folder, form, options: { ...DEFAULT_OPTIONS, randomBlocks: 'published' } });
      assert.equal(probe.built.attention, 'blocks+random');
      const known = reference(folder);
      const { ids, tokens } = known;
      const whole = filling(known);
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

  test(
    `${oracle}, standard: a padded batch is what the reference makes of it, whose blocks are those of the padded length`,
    { skip },
    async () => {
      const probe = await Probe.open({ folder: folder, form: 'standard' });
      await close(differenceTogether(probe, reference(folder)));
      await close(
        lastTogether(probe, { ids: integers('short.input_ids'), mask: integers('short.attention_mask'), last: 'short.last_hidden_state' }),
      );
      await probe.close();
    },
  );

  test(`${oracle}, standard: published random blocks in a padded batch, too`, { skip }, async () => {
    const probe = await Probe.open({ folder: folder, form: 'standard', options: { ...DEFAULT_OPTIONS, randomBlocks: 'published' } });
    const { ids, mask } = reference(folder);
    await close(lastTogether(probe, { ids, mask, last: 'train_rand.last_hidden_state' }));
    await probe.close();
  });
}

for (const oracle of oracleFolders('bigbird')) compare(oracle);
