import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { embedWords } from '../../src/embed/embed-words.ts';
import { VectorStore } from '../../src/embed/store.ts';
import { pooledWords, WORD_POOLINGS } from '../../src/embed/word-specs.ts';
import { openEncoder } from '../../src/encoders/encoder.ts';
import { readSafetensors } from '../../src/tensors/read-safetensors.ts';
import { shared, unlessShared } from '../shared.ts';
import { temporaryFolder } from '../temporary.ts';

/** Of float32 vectors with values of 1 to 4. */
const TOLERANCE = 1e-5;
const NAMES = { last: 'lastlayer', '1..L': '1..L', '0..L': '0..L' } as const;

interface Oracle {
  readonly max_length: number;
  readonly sentences: { readonly words: string[]; readonly lost_words: number[]; readonly truncated: boolean }[];
}

for (const name of ['bert-cased', 'roberta', 'deberta-v3']) {
  const at = ['tasks', 'oracles', name];
  test(`words: ${name} gives the reference's vectors of words`, { skip: unlessShared(...at) }, async () => {
    const { sentences, max_length: maxLength } = JSON.parse(readFileSync(shared(...at, 'token_vectors.json'), 'utf8')) as Oracle;
    const { tensors } = readSafetensors(readFileSync(shared(...at, 'token_vectors.safetensors')), name);
    const encoder = await openEncoder({ name, folder: shared('oracles', name), onnx: undefined, revision: '', maxLength });
    const { depth } = encoder;
    const vectors = pooledWords({ words: WORD_POOLINGS, layers: 'last', layerMeans: ['1..L', '0..L'], depth, encoder: name });
    assert.equal(vectors.length, 9);
    const given = sentences.map(({ words }) => words);
    const store = new VectorStore(temporaryFolder(), assert.fail);
    const embedded = await embedWords({ encoder, sentences: given, specs: vectors.map(({ spec }) => spec), store, threads: 1 });
    const lost = sentences.flatMap(({ words, lost_words: none }) => words.map((_, i) => (none.includes(i) ? 1 : 0)));
    assert.deepEqual([...embedded.lost], lost);
    assert.equal(embedded.cut, sentences.filter(({ truncated }) => truncated).length);
    for (const { word, layers, spec } of vectors) {
      const ours = await embedded.load(spec);
      let row = 0;
      let worst = 0;
      for (const [i, { words, lost_words: none }] of sentences.entries()) {
        const theirs = tensors.get(`s${i}.${word}.${NAMES[layers as keyof typeof NAMES]}`)!;
        assert.deepEqual(theirs.shape, [words.length - none.length, ours.cols]);
        let read = 0;
        for (let w = 0; w < words.length; w++, row++) {
          for (let j = 0; j < ours.cols; j++) {
            const expected = lost[row] === 1 ? 0 : theirs.data[read++]!;
            worst = Math.max(worst, Math.abs(ours.data[row * ours.cols + j]! - expected));
          }
        }
        assert.equal(read, theirs.data.length);
      }
      assert.equal(row, ours.rows);
      assert.ok(worst <= TOLERANCE, `${word} ${layers} differs by ${worst}`);
    }
  });
}
