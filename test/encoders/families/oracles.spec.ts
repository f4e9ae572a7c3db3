import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shared, unlessShared } from '../../shared.ts';
import { differenceAlone, differenceTogether, Probe, reference } from './oracle.ts';

/** Of float32 hidden states of size 1 to 4, beside the reference's own slack of about 1e-6 between its two attention kernels. */
const TOLERANCE = 1e-5;

for (const folder of ['bert-uncased', 'bert-cased', 'minilm', 'electra', 'roberta']) {
  const where = ['oracles', folder];
  test(`${folder}: every hidden state is the reference's, each text alone`, { skip: unlessShared(...where) }, async () => {
    const probe = await Probe.open({ folder: shared(...where), form: 'fast' });
    const difference = await differenceAlone(probe, reference(folder));
    await probe.close();
    assert.ok(difference <= TOLERANCE, `differs by ${difference}`);
  });

  test(`${folder}: every hidden state is the reference's, in one padded batch`, { skip: unlessShared(...where) }, async () => {
    const probe = await Probe.open({ folder: shared(...where), form: 'standard' });
    const difference = await differenceTogether(probe, reference(folder));
    await probe.close();
    assert.ok(difference <= TOLERANCE, `differs by ${difference}`);
  });
}
