/** Small tokenizer.json files that differ in how they treat the blank before a word. */

const NOTHING = { version: '1.0', truncation: null, padding: null, decoder: null };

function added(contents: readonly string[]): object[] {
  const switches = { single_word: false, lstrip: false, rstrip: false, normalized: false, special: true };
  return contents.map((content, id) => ({ id, content, ...switches }));
}

function piece([id]: readonly [string, number]): object {
  return { SpecialToken: { id, type_id: 0 } };
}

function around(before: readonly [string, number], after: readonly [string, number]): object {
  return {
    type: 'TemplateProcessing',
    single: [piece(before), { Sequence: { id: 'A', type_id: 0 } }, piece(after)],
    pair: [{ Sequence: { id: 'A', type_id: 0 } }, { Sequence: { id: 'B', type_id: 0 } }],
    special_tokens: Object.fromEntries([before, after].map(([id, number]) => [id, { id, ids: [number], tokens: [id] }])),
  };
}

function vocabulary(tokens: readonly string[]): Record<string, number> {
  return Object.fromEntries(tokens.map((token, id) => [token, id]));
}

const BERT_TOKENS = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', 'play', '##ing', '##s', '10', '00', '##0', '-'];
export const WORD_PIECE = {
  ...NOTHING,
  added_tokens: added(BERT_TOKENS.slice(0, 4)),
  normalizer: { type: 'BertNormalizer', clean_text: true, handle_chinese_chars: true, strip_accents: null, lowercase: false },
  pre_tokenizer: { type: 'BertPreTokenizer' },
  post_processor: around(['[CLS]', 2], ['[SEP]', 3]),
  model: {
    type: 'WordPiece',
    unk_token: '[UNK]',
    continuing_subword_prefix: '##',
    max_input_chars_per_word: 100,
    vocab: vocabulary(BERT_TOKENS),
  },
};

const SPECIALS = ['<s>', '<pad>', '</s>', '<unk>'];

/** Byte pairs whose blank marker is `mark`. */
function bytePairs(mark: string): object {
  return {
    ...NOTHING,
    added_tokens: added(SPECIALS),
    post_processor: around(['<s>', 0], ['</s>', 2]),
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: '',
      end_of_word_suffix: '',
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab: vocabulary([...SPECIALS, 'a', 'b', mark, '1', `${mark}a`, 'ab', `${mark}ab`, "'", '-']),
      merges: [
        [mark, 'a'],
        ['a', 'b'],
        [mark, 'ab'],
        [`${mark}a`, 'b'],
      ],
    },
  };
}

const WORDS = String.raw`[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+|\s+`;
const BYTES = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true };

/** As RoBERTa, ModernBERT. */
export const BYTE_LEVEL = { ...bytePairs('Ġ'), normalizer: null, pre_tokenizer: { ...BYTES, use_regex: true } };

/** As Qwen, Llama 3. */
export const SPLIT_BYTES = {
  ...bytePairs('Ġ'),
  normalizer: null,
  pre_tokenizer: {
    type: 'Sequence',
    pretokenizers: [
      { type: 'Split', pattern: { Regex: WORDS }, behavior: 'Isolated', invert: false },
      { ...BYTES, use_regex: false },
    ],
  },
};

/** As Gemma, mmBERT. */
export const MARKED_BLANKS = {
  ...bytePairs('▁'),
  normalizer: { type: 'Replace', pattern: { String: ' ' }, content: '▁' },
  pre_tokenizer: { type: 'Split', pattern: { String: ' ' }, behavior: 'MergedWithPrevious', invert: false },
};

/** As XLM-RoBERTa, DeBERTa-v3. */
export const UNIGRAM = {
  ...NOTHING,
  added_tokens: added(SPECIALS),
  normalizer: null,
  pre_tokenizer: { type: 'Metaspace', replacement: '▁', prepend_scheme: 'always', split: true },
  post_processor: around(['<s>', 0], ['</s>', 2]),
  model: {
    type: 'Unigram',
    unk_id: 3,
    byte_fallback: false,
    vocab: [...SPECIALS.map((token) => [token, 0]), ['▁', -2], ['a', -3], ['b', -3.5], ['▁a', -2.5], ['▁ab', -2.6], ['1', -4], ['0', -4.5]],
  },
};
