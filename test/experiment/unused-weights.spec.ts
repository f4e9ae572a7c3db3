import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '../temporary.ts';
import { writeTinyCheckpoint } from '../tiny-checkpoint.ts';
import { bench } from '../bench/bench.ts';

const root = temporaryFolder();
const cache = path.join(root, 'cache');
const heads = ['pooler.dense.weight', 'pooler.dense.bias', 'cls.predictions.bias', 'cls.seq_relationship.bias'];
const folder = writeTinyCheckpoint(path.join(root, 'tiny'), { change: (shapes) => heads.forEach((name) => shapes.set(name, [8])) });
writeFileSync(path.join(folder, 'vocab.txt'), ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]', ...'abcdefghijklmno'].join('\n'));
writeFileSync(
  path.join(root, 'data.csv'),
  `text,label\n${Array.from({ length: 12 }, (_, i) => `a b ${'cdefghijklmn'[i]},${i % 2}`).join('\n')}\n`,
);

const LINE =
  'tiny: 4 weights of the checkpoint are not part of the encoder and are ignored (pooler.dense.weight, pooler.dense.bias, cls.predictions.bias, …).\n';
const COMMANDS: Readonly<Record<string, readonly string[]>> = {
  run: ['--dataset', path.join(root, 'data.csv'), '--protocol', 'complete', '--pooling', 'mean', '--out', path.join(root, 'results')],
  embed: ['--input', path.join(root, 'data.csv'), '--out', path.join(root, 'vectors.npy')],
  export: ['--out', path.join(root, 'exported'), '--overwrite'],
};

for (const [command, args] of Object.entries(COMMANDS)) {
  test(`bench ${command} --verbose counts the weights that the encoder leaves out`, async () => {
    const asked = await bench([command, '--model', folder, ...args, '--quiet', '--verbose'], { cache });
    assert.equal(asked.status, 0, asked.err);
    assert.ok(asked.err.includes(LINE), asked.err);
    const plain = await bench([command, '--model', folder, ...args, '--quiet'], { cache });
    assert.equal(plain.status, 0, plain.err);
    assert.ok(!plain.err.includes('left out'), plain.err);
  });
}
