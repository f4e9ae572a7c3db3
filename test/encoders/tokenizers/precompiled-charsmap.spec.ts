import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { normalizerOf } from '../../../src/encoders/tokenizers/normalizers.ts';
import type { JsonNode } from '../../../src/encoders/tokenizers/json-node.ts';
import { PrecompiledCharsmap } from '../../../src/encoders/tokenizers/precompiled-charsmap.ts';
import { shared, unlessShared } from '../../shared.ts';
import { charsmapBytes } from './charsmap-bytes.ts';

function read(file: string): JsonNode {
  return JSON.parse(readFileSync(shared('oracles/tokenizer-unigram-nmt-nfkc', file), 'utf8')) as JsonNode;
}

const charsmap = new PrecompiledCharsmap(
  charsmapBytes({ é: 'e', '\t': ' ', '\u200B': '', 'o\u0302': 'ô', 'o\u0302\u0323': 'ộ', '①': '1', 字: 'z' }),
);

test('character map: characters are replaced, others stay', () => {
  assert.equal(charsmap.normalize('caf\u00e9\tna\u00efve ①字漢 \u{20000}'), 'cafe na\u00efve 1z漢 \u{20000}');
  assert.equal(charsmap.normalize('a\u200Bb'), 'ab');
  assert.equal(charsmap.normalize(''), '');
});

test('character map: a short cluster is replaced whole by its shortest prefix', () => {
  assert.equal(charsmap.normalize('o\u0302\u0323o\u0302x'), 'ôôx');
  assert.equal(charsmap.normalize('\u00e9\u0301'), 'e');
});

test('character map: a cluster of six bytes and more goes character by character', () => {
  assert.equal(charsmap.normalize('o\u0302\u0302\u0302'), 'o\u0302\u0302\u0302');
  assert.equal(charsmap.normalize('\u00e9\u0301\u0301'), 'e\u0301\u0301');
});

test('character map: one that folds case folds plain letters too', () => {
  const folding = new PrecompiledCharsmap(charsmapBytes({ A: 'a', B: 'b' }));
  assert.equal(folding.normalize('AbBA\u00e9B'), 'abba\u00e9b');
});

test('character map: what a broken one points to outside of itself is not there', () => {
  const bytes = charsmapBytes({ é: 'e' });
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  // The root points beyond the last unit.
  view.setUint32(4, (0x3fff_ff00 << 10) >>> 0, true);
  assert.equal(new PrecompiledCharsmap(bytes).normalize('aé'), 'aé');
  const beyond = charsmapBytes({ é: 'e' });
  // The replacement is beyond the end.
  const end = new DataView(beyond.buffer, beyond.byteOffset);
  const units = end.getUint32(0, true) / 4;
  for (let i = 0; i < units; i++) if (end.getUint32(4 + 4 * i, true) === 0x8000_0000) end.setUint32(4 + 4 * i, 0x8000_ffff, true);
  assert.equal(new PrecompiledCharsmap(beyond).normalize('aé'), 'aé');
});

test('character map: sizes that contradict each other are refused', () => {
  assert.throws(() => new PrecompiledCharsmap(new Uint8Array(3)), { message: 'its character map of 3 bytes declares a trie of 0 bytes' });
  assert.throws(() => new PrecompiledCharsmap(Uint8Array.of(9, 0, 0, 0, 1, 2)), {
    message: 'its character map of 6 bytes declares a trie of 9 bytes',
  });
});

test(
  'character map: the full one of SentencePiece normalises as the reference does',
  { skip: unlessShared('oracles/tokenizer-unigram-nmt-nfkc') },
  () => {
    const normalize = normalizerOf(read('tokenizer.json')['normalizer'] as JsonNode);
    const { texts, normalized } = read('expected.json') as { texts?: string[]; normalized?: string[] };
    assert.equal(texts!.length, 24);
    for (const [i, text] of texts!.entries()) assert.equal(normalize(text), normalized![i], `text ${i}`);
  },
);
