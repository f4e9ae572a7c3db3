import assert from 'node:assert/strict';
import { copyFileSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { readSafetensors } from '../../../src/tensors/read-safetensors.ts';
import { shared, unlessShared } from '../../shared.ts';
import { temporaryFolder } from '../../temporary.ts';
import { differenceAlone, differenceTogether, Probe, reference } from './oracle.ts';

/** Of float32 hidden states of size 1 to 4, beside the reference's own slack of about 1e-6 between its two attention kernels. */
const TOLERANCE = 1e-5;

for (const folder of ['bert-uncased', 'bert-cased', 'minilm', 'electra', 'roberta', 'distilbert', 'mpnet', 'deberta-v2', 'deberta-v3']) {
  const where = ['oracles', folder];
  for (const form of ['fast', 'standard'] as const) {
    test(`${folder}: every hidden state is the reference's, each text alone, in the ${form} form`, { skip: unlessShared(...where) }, async () => {
      const probe = await Probe.open({ folder: shared(...where), form });
      const difference = await differenceAlone(probe, reference(folder));
      await probe.close();
      assert.ok(difference <= TOLERANCE, `differs by ${difference}`);
    });
  }

  test(`${folder}: every hidden state is the reference's, in one padded batch`, { skip: unlessShared(...where) }, async () => {
    const probe = await Probe.open({ folder: shared(...where), form: 'standard' });
    const difference = await differenceTogether(probe, reference(folder));
    await probe.close();
    assert.ok(difference <= TOLERANCE, `differs by ${difference}`);
  });
}

for (const form of ['fast', 'standard'] as const) {
  test(`mpnet: a text of 160 tokens, whose distances fall into every bucket, is the reference's in the ${form} form`, { skip: unlessShared('oracles', 'mpnet') }, async () => {
    const { tensors } = readSafetensors(readFileSync(shared('oracles', 'mpnet', 'expected.safetensors')), 'mpnet');
    const [ids, last] = ['long160.input_ids', 'long160.last_hidden_state'].map((name) => tensors.get(name)!.data) as [Int32Array, Float32Array];
    const probe = await Probe.open({ folder: shared('oracles', 'mpnet'), form });
    const got = (await probe.run(ids, { tokens: ids.length })).at(-1)!;
    await probe.close();
    assert.equal(got.length, last.length);
    const difference = got.reduce((worst, value, i) => Math.max(worst, Math.abs(value - last[i]!)), 0);
    assert.ok(difference <= TOLERANCE, `differs by ${difference}`);
  });
}

test('bert-uncased: its pytorch_model.bin gives what its model.safetensors gives, to the last bit', { skip: unlessShared('oracles', 'bert-uncased') }, async () => {
  const folder = temporaryFolder();
  for (const name of ['config.json', 'pytorch_model.bin']) copyFileSync(shared('oracles', 'bert-uncased', name), path.join(folder, name));
  const { ids, mask, tokens } = reference('bert-uncased');
  const states: Float32Array[][] = [];
  for (const each of [folder, shared('oracles', 'bert-uncased')]) {
    const probe = await Probe.open({ folder: each, form: 'standard' });
    states.push(await probe.run(ids, { tokens, mask }));
    assert.deepEqual(probe.built.model.files.map((file) => path.basename(file)), [each === folder ? 'pytorch_model.bin' : 'model.safetensors']);
    await probe.close();
  }
  assert.deepEqual(states[0], states[1]);
});
