import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { embed } from '../../src/embed/embed.ts';
import { VectorStore } from '../../src/embed/store.ts';
import { openEncoder, type Encoder } from '../../src/encoders/encoder.ts';
import { exportEncoder } from '../../src/encoders/export.ts';
import { temporaryFolder } from '../temporary.ts';
import { writeTinyCheckpoint } from '../tiny-checkpoint.ts';
import { writeTinyTokenizer } from '../tiny-tokenizer.ts';

const root = temporaryFolder();
const HINT = 'Use the tokenizer that belongs to the weights, or weights saved after the table was extended.';

const folder = writeTinyCheckpoint(path.join(root, 'tiny'));
writeTinyTokenizer(folder, { added: { '[NEW]': 23 } });
// Its ids are used unchanged: BERT's own class would give the added token the next one.
const asItIs = (at: string): void =>
  writeFileSync(path.join(at, 'tokenizer_config.json'), '{"tokenizer_class": "PreTrainedTokenizerFast"}');
asItIs(folder);
const exports = await Promise.all(
  (['fp32', 'q8'] as const).map(async (dtype) => {
    const out = path.join(root, dtype);
    const {
      files: [graph],
    } = await exportEncoder({ name: 'tiny', folder, out, dtype });
    return [`an ONNX file of ${dtype}`, out, path.join(out, graph!)] as const;
  }),
);

const vectors = (encoder: Encoder, texts: readonly string[]) =>
  embed({
    encoder,
    texts,
    specs: [{ token: 'mean', layers: [2], combine: 'one' }],
    store: new VectorStore(path.join(root, 'vectors'), assert.fail),
    threads: 1,
  });

for (const [what, of, onnx] of [['a checkpoint', folder, undefined], ...exports] as const) {
  test(`tokens: of ${what} a token beyond the table is named with the first text that has it; where no text has it, nothing is wrong`, async () => {
    const encoder = await openEncoder({ name: 'tiny', folder: of, onnx, revision: '' });
    assert.equal(encoder.vocabulary, 20);
    assert.equal((await vectors(encoder, ['the cat sat', 'what is it?'])).unique, 2);
    await assert.rejects(vectors(encoder, ['the dog', 'the [NEW] cat', '[NEW]']), {
      code: 'TOKENIZER',
      message: `tiny: The text "the [NEW] cat" has the token "[NEW]" of ID 23, but the embedding table has 20 rows (ids 0 to 19). ${HINT}`,
    });
  });
}

test('tokens: one that stands around every text is refused when the encoder is opened', async () => {
  const other = writeTinyCheckpoint(path.join(root, 'around'));
  writeTinyTokenizer(other, { first: 20 });
  asItIs(other);
  await assert.rejects(openEncoder({ name: 'tiny', folder: other, onnx: undefined, revision: '' }), {
    code: 'TOKENIZER',
    message: `tiny: Every text has a token of ID 20, but the embedding table has 20 rows (ids 0 to 19). ${HINT}`,
  });
});
