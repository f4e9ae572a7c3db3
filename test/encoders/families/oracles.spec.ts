import assert from 'node:assert/strict';
import { copyFileSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { readSafetensors } from '../../../src/tensors/read-safetensors.ts';
import { oracleFolders, ownOracle } from '../../oracles.ts';
import { temporaryFolder } from '../../temporary.ts';
import { differenceAlone, differenceTogether, Probe, reference } from './oracle.ts';

/** Of float32 hidden states of values 1 to 4, plus the reference's own error of about 1e-6 between its two attention kernels. */
const TOLERANCE = 1e-5;
/**
 * Values reach 8 and scores are not scaled, so that rounding has a larger effect: the reference in float32 differs by up to 4e-5 from
 * itself in float64. A gelu in place of its tanh form would differ by 1e-3.
 */
const BY_SCORES = 1e-4;

const FAMILIES: Readonly<Record<string, number>> = {
  ...Object.fromEntries(
    [
      'bert-uncased',
      'bert-cased',
      'minilm',
      'electra',
      'roberta',
      'distilbert',
      'mpnet',
      'deberta-v2',
      'deberta-v3',
      'albert',
      'nomic-bert',
      'gte',
      'jina-v3',
      'jina-v2',
      'jina-v2-code',
    ].map((family) => [family, TOLERANCE]),
  ),
  t5: BY_SCORES,
  mt5: BY_SCORES,
  umt5: BY_SCORES,
};

/** The project's own: published-oracles.spec.ts has all shared ones. */
const FOLDERS = Object.entries(FAMILIES).flatMap(([family, tolerance]) =>
  oracleFolders(family)
    .filter(({ folder }) => folder === ownOracle(family))
    .map((each) => ({ ...each, tolerance })),
);

for (const { name, folder, skip, tolerance } of FOLDERS) {
  for (const form of ['fast', 'standard'] as const) {
    test(`${name}: every hidden state is the reference's, each text alone, in the ${form} form`, { skip }, async () => {
      const probe = await Probe.open({ folder: folder, form });
      const difference = await differenceAlone(probe, reference(folder));
      await probe.close();
      assert.ok(difference <= tolerance, `differs by ${difference}`);
    });
  }

  test(`${name}: every hidden state is the reference's, in one padded batch`, { skip }, async () => {
    const probe = await Probe.open({ folder: folder, form: 'standard' });
    const difference = await differenceTogether(probe, reference(folder));
    await probe.close();
    assert.ok(difference <= tolerance, `differs by ${difference}`);
  });
}

for (const { name, folder, skip, tolerance } of FOLDERS.filter(({ name: each }) => /^(mpnet|m?t5|umt5)/.test(each))) {
  for (const form of ['fast', 'standard'] as const) {
    test(`${name}: a text of 160 tokens, whose distances fall into every bucket, is the reference's (${form})`, { skip }, async () => {
      const { tensors } = readSafetensors(readFileSync(path.join(folder, 'expected.safetensors')), 'mpnet');
      const ids = tensors.get('long160.input_ids')!.data as Int32Array;
      const last = tensors.get('long160.last_hidden_state')!.data as Float32Array;
      const probe = await Probe.open({ folder: folder, form });
      const got = (await probe.run(ids, { tokens: ids.length })).at(-1)!;
      await probe.close();
      assert.equal(got.length, last.length);
      const difference = got.reduce((worst, value, i) => Math.max(worst, Math.abs(value - last[i]!)), 0);
      assert.ok(difference <= tolerance, `differs by ${difference}`);
    });
  }
}

for (const { name: oracle, folder: from, skip } of oracleFolders('bert-uncased')) {
  test(`${oracle}: its pytorch_model.bin gives what its model.safetensors gives, to the last bit`, { skip }, async () => {
    const folder = temporaryFolder();
    for (const name of ['config.json', 'pytorch_model.bin']) copyFileSync(path.join(from, name), path.join(folder, name));
    const { ids, mask, tokens } = reference(from);
    const states: Float32Array[][] = [];
    for (const each of [folder, from]) {
      const probe = await Probe.open({ folder: each, form: 'standard' });
      states.push(await probe.run(ids, { tokens, mask }));
      const files = probe.built.model.files.map((file) => path.basename(file));
      assert.deepEqual(files, [each === folder ? 'pytorch_model.bin' : 'model.safetensors']);
      await probe.close();
    }
    assert.deepEqual(states[0], states[1]);
  });
}
