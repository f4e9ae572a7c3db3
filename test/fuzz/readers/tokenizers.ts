import { openTokenizer } from '../../../src/encoders/tokenizers/open-tokenizer.ts';
import { charsmapBytes } from '../../encoders/tokenizers/charsmap-bytes.ts';
import { sentencePieceBytes } from '../../encoders/tokenizers/sentence-piece-bytes.ts';
import { tinyTokenizer } from '../../tiny-encoder.ts';
import { json, lines, varints } from '../changes.ts';
import { seedsOf, type FuzzReader, type Input, type Seed } from '../reader.ts';

const TEXTS = ['', 'what is it?', 'é 漢字 😂 \u0000 \u200d[CLS] <s>', 'a'.repeat(150), 'it was 1,000 or   so '.repeat(20)];

/** Opens the folder's tokenizer and makes ids of texts: a tokenizer that was read must work. */
async function open({ folder }: Input): Promise<void> {
  const tokenizer = await openTokenizer(folder);
  for (const text of TEXTS) {
    const { ids } = tokenizer.encode(text, 64);
    if (ids.length > Math.max(64, tokenizer.specials) || ids.some((id) => id < 0)) throw new Error(`gives the ids ${ids.join(', ')}`);
    tokenizer.body(text);
  }
}

const BYTE_LEVEL = {
  'vocab.json': JSON.stringify(
    Object.fromEntries(
      ['<s>', '<pad>', '</s>', '<unk>', '<mask>', ...'abcdefghijklmnopqrstuvwxyzĠ', 'th', 'the', 'Ġa'].map((token, id) => [token, id]),
    ),
  ),
  'merges.txt': '#version: 0.2\nt h\nth e\nĠ a\n',
  'config.json': JSON.stringify({ model_type: 'roberta' }),
};
const VOCAB = {
  'vocab.txt': ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]', 'who', 'é', 'e', '##s', '我', '?', ...'abcdefghijklmnopqrstuvwxyz'].join(
    '\n',
  ),
  'config.json': JSON.stringify({ model_type: 'bert' }),
  'tokenizer_config.json': JSON.stringify({
    tokenizer_class: 'BertTokenizer',
    do_lower_case: true,
    added_tokens_decoder: { 4: { content: '[MASK]', special: true, lstrip: true } },
  }),
  'special_tokens_map.json': JSON.stringify({
    unk_token: '[UNK]',
    mask_token: { content: '[MASK]', lstrip: true },
    additional_special_tokens: ['[X]'],
  }),
  'added_tokens.json': JSON.stringify({ '[X]': 60 }),
};
const PIECES = (['<pad>', '<s>', '</s>', '<unk>', '[CLS]', '[SEP]', '[MASK]', '▁', 'a', 'b', '▁the', 'it', 's'] as const).map(
  (piece, id) => [piece, -id, id < 7 ? (piece === '<unk>' ? 2 : 3) : 1] as const,
);
/** Files that override parts of tokenizer.json. */
const BESIDE = {
  ...VOCAB,
  'tokenizer.json': JSON.stringify(tinyTokenizer()),
  'sentence_bert_config.json': JSON.stringify({
    max_seq_length: 20,
    do_lower_case: true,
    tokenizer_args: { truncation_side: 'left', strip_accents: true },
  }),
};
const SENTENCE_PIECE = {
  'spm.model': sentencePieceBytes({ pieces: PIECES, unknownId: 3, charsmap: charsmapBytes({ ﬁ: 'fi', '①': '1' }) }),
  'config.json': JSON.stringify({ model_type: 'deberta-v2' }),
  'special_tokens_map.json': JSON.stringify({ unk_token: '<unk>', pad_token: '<pad>' }),
};

const TINY = tinyTokenizer() as Record<string, unknown>;
const bpe = {
  ...TINY,
  normalizer: {
    type: 'Sequence',
    normalizers: [{ type: 'NFC' }, { type: 'Replace', pattern: { Regex: ' {2,}' }, content: ' ' }, { type: 'Prepend', prepend: '▁' }],
  },
  pre_tokenizer: {
    type: 'Sequence',
    pretokenizers: [
      { type: 'Split', pattern: { Regex: '\\p{L}+|\\p{N}| ' }, behavior: 'Isolated', invert: false },
      { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true },
    ],
  },
  post_processor: null,
  model: {
    type: 'BPE',
    dropout: null,
    unk_token: '[UNK]',
    fuse_unk: false,
    byte_fallback: false,
    vocab: { '[PAD]': 0, '[UNK]': 1, '[CLS]': 2, '[SEP]': 3, a: 4, b: 5, ab: 6, Ġ: 7, t: 8, h: 9, th: 10 },
    merges: [['a', 'b'], 't h'],
  },
};
const charsmap = Buffer.from(charsmapBytes({ ﬁ: 'fi' })).toString('base64');
const unigram = {
  ...TINY,
  normalizer: { type: 'Precompiled', precompiled_charsmap: charsmap },
  pre_tokenizer: { type: 'Metaspace', replacement: '▁', prepend_scheme: 'always', split: true },
  model: {
    type: 'Unigram',
    unk_id: 1,
    byte_fallback: false,
    vocab: [
      ['[PAD]', 0],
      ['[UNK]', 0],
      ['[CLS]', 0],
      ['[SEP]', 0],
      ['▁', -1],
      ['a', -2.5],
      ['▁a', -1.5],
      ['it', -3],
    ],
  },
};

const each = (files: Readonly<Record<string, string | Uint8Array>>, names: readonly string[]): Seed[] =>
  names.map((name) => ({ name, bytes: Buffer.from(files[name]!), beside: files }));

/** A tokenizer.json, and the vocabularies from which one is built. */
export const tokenizers: Readonly<Record<string, FuzzReader>> = {
  'tokenizer-json': {
    seeds: () =>
      seedsOf(
        'tokenizer.json',
        [TINY, bpe, unigram].map((value) => JSON.stringify(value)),
      ),
    changes: json,
    read: open,
    share: 8,
  },
  'vocab-txt': { seeds: () => each(VOCAB, ['vocab.txt']), changes: lines, read: open },
  'tokenizer-config': {
    seeds: () => each(VOCAB, ['tokenizer_config.json', 'special_tokens_map.json', 'added_tokens.json', 'config.json']),
    changes: json,
    read: open,
    share: 2,
  },
  'tokenizer-beside': {
    seeds: () =>
      each(BESIDE, ['tokenizer_config.json', 'special_tokens_map.json', 'added_tokens.json', 'config.json', 'sentence_bert_config.json']),
    changes: json,
    read: open,
    share: 2,
  },
  'vocab-json': { seeds: () => each(BYTE_LEVEL, ['vocab.json']), changes: json, read: open },
  'merges-txt': { seeds: () => each(BYTE_LEVEL, ['merges.txt']), changes: lines, read: open },
  'sentence-piece': { seeds: () => each(SENTENCE_PIECE, ['spm.model']), changes: varints, read: open, share: 2 },
};
