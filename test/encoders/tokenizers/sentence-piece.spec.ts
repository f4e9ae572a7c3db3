import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { readSentencePiece } from '../../../src/encoders/tokenizers/sentence-piece.ts';
import { temporaryFolder } from '../../temporary.ts';
import { sentencePieceBytes } from './sentence-piece-bytes.ts';

const folder = temporaryFolder();

function write(name: string, bytes: Uint8Array): string {
  const file = path.join(folder, name);
  writeFileSync(file, bytes);
  return file;
}

test('SentencePiece model: pieces, unknown id and character map are read', async () => {
  const file = write(
    'whole.model',
    sentencePieceBytes({
      pieces: [
        ['<pad>', 0, 3],
        ['\ufeff▁é', -1.5, 1],
      ],
      unknownId: 1,
      charsmap: Uint8Array.of(1, 2, 3),
    }),
  );
  const model = await readSentencePiece(file);
  assert.deepEqual(model.pieces, [
    { piece: '<pad>', score: 0, type: 3 },
    { piece: '\ufeff▁é', score: -1.5, type: 1 },
  ]);
  assert.deepEqual([model.unknownId, [...model.charsmap]], [1, [1, 2, 3]]);
});

test('SentencePiece model: a file that is none is refused in one line', async () => {
  const text = write('text.model', Buffer.from('version https://git-lfs.github.com/spec/v1\n'));
  await assert.rejects(readSentencePiece(text), {
    code: 'TOKENIZER',
    message: `${text}: This is not a SentencePiece model (illegal tag: field no 14 wire type 6). Download it again.`,
  });
  const cut = write('cut.model', sentencePieceBytes({ pieces: [['a', 0, 1]] }).subarray(0, 5));
  await assert.rejects(readSentencePiece(cut), {
    message: `${cut}: This is not a SentencePiece model (premature EOF). Download it again.`,
  });
  const empty = write('empty.model', new Uint8Array());
  await assert.rejects(readSentencePiece(empty), {
    message: `${empty}: This is not a SentencePiece model (it has no pieces). Download it again.`,
  });
  const missing = path.join(folder, 'missing.model');
  await assert.rejects(readSentencePiece(missing), {
    code: 'TOKENIZER',
    message: /This is not a SentencePiece model \(ENOENT: .+\)\. Download it again\.$/,
  });
});

test('SentencePiece model: other kinds than unigram are refused by name', async () => {
  const file = write('bpe.model', sentencePieceBytes({ pieces: [['a', 0, 1]], modelType: 2 }));
  await assert.rejects(readSentencePiece(file), {
    code: 'TOKENIZER',
    message: `${file}: Its model type is BPE; only unigram is supported. Save a fast tokenizer (tokenizer.json) next to it.`,
  });
  const odd = write('odd.model', sentencePieceBytes({ pieces: [['a', 0, 1]], modelType: 9 }));
  await assert.rejects(readSentencePiece(odd), { message: /Its model type is number 9; only unigram is supported\./ });
});
