/** A folder's files, and ids that transformers 5.24 (AutoTokenizer) gives for texts. */
export interface ClassCase {
  readonly why: string;
  readonly files: Readonly<Record<string, object>>;
  readonly ids: readonly (readonly [text: string, ids: readonly number[]])[];
}

function added(contents: readonly string[], switches: object = {}): object[] {
  return contents.map((content, id) => ({
    id,
    content,
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: false,
    special: true,
    ...switches,
  }));
}

const NOTHING = { version: '1.0', truncation: null, padding: null, decoder: null };

function piece([id]: readonly [string, number]): object {
  return { SpecialToken: { id, type_id: 0 } };
}

function around(before: readonly [string, number][], after: readonly [string, number][]): object {
  const single = [...before.map(piece), { Sequence: { id: 'A', type_id: 0 } }, ...after.map(piece)];
  const tokens = [...before, ...after].map(([id, number]) => [id, { id, ids: [number], tokens: [id] }] as const);
  return {
    type: 'TemplateProcessing',
    single,
    pair: [...single, { Sequence: { id: 'B', type_id: 1 } }],
    special_tokens: Object.fromEntries(tokens),
  };
}

const WORDS = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]', 'who', 'Who', 'é', 'e', 'É', '我', '##我', 'is', '##我is'];
/** A cased tokenizer.json of BERT's. */
export const CASED = {
  ...NOTHING,
  added_tokens: added(WORDS.slice(0, 5)),
  normalizer: { type: 'BertNormalizer', clean_text: true, handle_chinese_chars: true, strip_accents: null, lowercase: false },
  pre_tokenizer: { type: 'BertPreTokenizer' },
  post_processor: around([['[CLS]', 2]], [['[SEP]', 3]]),
  model: {
    type: 'WordPiece',
    unk_token: '[UNK]',
    continuing_subword_prefix: '##',
    max_input_chars_per_word: 100,
    vocab: Object.fromEntries(WORDS.map((word, id) => [word, id])),
  },
};

const BYTES = ['<s>', '<pad>', '</s>', '<unk>', '<mask>', 'a', 'b', 'Ġ', 'ab', 'Ġab'];
/** A tokenizer.json of RoBERTa's. */
export const BYTE_LEVEL = {
  ...NOTHING,
  added_tokens: added(BYTES.slice(0, 5)),
  normalizer: null,
  pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true },
  post_processor: { type: 'RobertaProcessing', sep: ['</s>', 2], cls: ['<s>', 0], trim_offsets: true, add_prefix_space: false },
  model: {
    type: 'BPE',
    dropout: null,
    unk_token: null,
    continuing_subword_prefix: '',
    end_of_word_suffix: '',
    fuse_unk: false,
    byte_fallback: false,
    ignore_merges: false,
    vocab: Object.fromEntries(BYTES.map((word, id) => [word, id])),
    merges: [
      ['a', 'b'],
      ['Ġ', 'ab'],
    ],
  },
};

const METASPACE = {
  type: 'Sequence',
  pretokenizers: [{ type: 'WhitespaceSplit' }, { type: 'Metaspace', replacement: '▁', prepend_scheme: 'always', split: true }],
};

function unigram({
  specials,
  unknown,
  normalizer,
  before,
  after,
}: {
  specials: readonly string[];
  unknown: number;
  normalizer: object | null;
  before: [string, number][];
  after: [string, number][];
}): object {
  const pieces = [
    ['▁', -3],
    ['▁a', -1],
    ['a', -2],
    ['b', -2],
    ['A', -2],
    ['é', -2],
    ['e', -2],
    ['▁é', -2],
  ] as const;
  return {
    ...NOTHING,
    added_tokens: added(specials),
    normalizer,
    pre_tokenizer: METASPACE,
    post_processor: around(before, after),
    model: { type: 'Unigram', unk_id: unknown, byte_fallback: false, vocab: [...specials.map((content) => [content, 0]), ...pieces] },
  };
}

/** A tokenizer.json of XLM-RoBERTa's. */
export const SENTENCE_PIECE = unigram({
  specials: ['<s>', '<pad>', '</s>', '<unk>', '<mask>'],
  unknown: 3,
  normalizer: null,
  before: [['<s>', 0]],
  after: [['</s>', 2]],
});
const ALBERT = unigram({
  specials: ['<pad>', '<unk>', '[CLS]', '[SEP]', '[MASK]'],
  unknown: 1,
  normalizer: {
    type: 'Sequence',
    normalizers: [
      { type: 'Replace', pattern: { String: '``' }, content: '"' },
      { type: 'NFKD' },
      { type: 'StripAccents' },
      { type: 'Lowercase' },
    ],
  },
  before: [['[CLS]', 2]],
  after: [['[SEP]', 3]],
});

const BERT = { model_type: 'bert' };
const bert = (config: object, more: object = {}): Record<string, object> => ({
  'tokenizer.json': CASED,
  'config.json': BERT,
  'tokenizer_config.json': { tokenizer_class: 'BertTokenizer', do_lower_case: false, ...config },
  ...more,
});
const roberta = (config: object, more: object = {}): Record<string, object> => ({
  'tokenizer.json': BYTE_LEVEL,
  'config.json': { model_type: 'roberta' },
  'tokenizer_config.json': { tokenizer_class: 'RobertaTokenizer', ...config },
  ...more,
});
const xlmRoberta = (config: object): Record<string, object> => ({
  'tokenizer.json': SENTENCE_PIECE,
  'config.json': { model_type: 'xlm-roberta' },
  'tokenizer_config.json': { tokenizer_class: 'XLMRobertaTokenizer', ...config },
});
const albert = (config: object): Record<string, object> => ({
  'tokenizer.json': ALBERT,
  'config.json': { model_type: 'albert' },
  'tokenizer_config.json': { tokenizer_class: 'AlbertTokenizer', ...config },
});

export const CLASS_CASES: readonly ClassCase[] = [
  {
    why: 'BERT, as its file has it',
    files: bert({}),
    ids: [
      ['Who É', [2, 6, 9, 3]],
      ['', [2, 3]],
    ],
  },
  {
    why: 'BERT lower-cases where tokenizer_config.json says so, and then strips accents',
    files: bert({ do_lower_case: true }),
    ids: [['Who É', [2, 5, 8, 3]]],
  },
  {
    why: 'BERT lower-cases where nothing says anything',
    files: { 'tokenizer.json': CASED, 'config.json': BERT },
    ids: [['Who É', [2, 5, 8, 3]]],
  },
  {
    why: "ELECTRA, a class by the model's type, does as BERT",
    files: { 'tokenizer.json': CASED, 'config.json': { model_type: 'electra' } },
    ids: [['Who É', [2, 5, 8, 3]]],
  },
  {
    why: 'a class of config.json counts',
    files: { 'tokenizer.json': CASED, 'config.json': { ...BERT, tokenizer_class: 'PreTrainedTokenizerFast' } },
    ids: [['Who É', [2, 6, 9, 3]]],
  },
  {
    why: 'the general class takes its file as it is',
    files: bert({ tokenizer_class: 'PreTrainedTokenizerFast', do_lower_case: true, strip_accents: true }),
    ids: [['Who É', [2, 6, 9, 3]]],
  },
  {
    why: 'a class that nobody knows does so too',
    files: bert({ tokenizer_class: 'NobodysTokenizer', do_lower_case: true }),
    ids: [['Who É', [2, 6, 9, 3]]],
  },
  { why: 'accents are stripped apart from case', files: bert({ strip_accents: true }), ids: [['Who é', [2, 6, 8, 3]]] },
  { why: 'accents stay apart from case', files: bert({ do_lower_case: true, strip_accents: false }), ids: [['Who É', [2, 5, 7, 3]]] },
  {
    why: 'ideographs are words of their own, or not',
    files: bert({ tokenize_chinese_chars: false }),
    ids: [['我我 我is', [2, 10, 11, 1, 3]]],
  },
  {
    why: 'words of the old Python tokenizer do not count',
    files: bert({ do_basic_tokenize: false, never_split: ['Who'], use_fast: false }),
    ids: [['Who É', [2, 6, 9, 3]]],
  },
  {
    why: 'the tokens around a text are those that are named',
    files: bert({ cls_token: '[MASK]', sep_token: '[PAD]' }),
    ids: [['Who', [4, 6, 0]]],
  },
  {
    why: 'they count where the file sets none',
    files: bert({}, { 'tokenizer.json': { ...CASED, post_processor: null } }),
    ids: [['Who', [2, 6, 3]]],
  },
  { why: 'the unknown token is the one that is named', files: bert({ unk_token: '[MASK]' }), ids: [['x', [2, 4, 3]]] },
  {
    why: 'special_tokens_map.json comes before tokenizer_config.json',
    files: bert({ cls_token: '[PAD]' }, { 'special_tokens_map.json': { cls_token: { content: '[MASK]', lstrip: false } } }),
    ids: [['Who', [4, 6, 3]]],
  },
  {
    why: 'it does not count beside an added_tokens_decoder',
    files: bert({ cls_token: '[PAD]', added_tokens_decoder: {} }, { 'special_tokens_map.json': { cls_token: '[MASK]' } }),
    ids: [['Who', [0, 6, 3]]],
  },
  {
    why: "an added_tokens_decoder takes the place of the file's added tokens, and its tokens get the next ids",
    files: bert({
      added_tokens_decoder: {
        20: { content: 'new', normalized: true, special: false },
        4: { content: '[MASK]', lstrip: true, rstrip: true, special: true },
      },
    }),
    ids: [
      ['new x [MASK] Who', [2, 14, 1, 4, 6, 3]],
      ['[MASK]', [2, 4, 3]],
    ],
  },
  {
    why: 'added_tokens.json adds tokens that are looked for in the normalised text',
    files: bert({ do_lower_case: true }, { 'added_tokens.json': { New: 14 } }),
    ids: [['NEW who', [2, 14, 5, 3]]],
  },
  {
    why: 'further special tokens are added, by list',
    files: bert({ additional_special_tokens: ['<a>', 'who'] }),
    ids: [['x<a>who', [2, 1, 14, 5, 3]]],
  },
  { why: 'further special tokens are added, by name', files: bert({ image_token: '<a>' }), ids: [['<a>', [2, 14, 3]]] },
  {
    why: 'special tokens of a text are split where that is asked for',
    files: bert({ split_special_tokens: true }),
    ids: [['[MASK]', [2, 1, 1, 1, 3]]],
  },
  {
    why: 'add_bos_token and add_eos_token do not count beside a tokenizer.json',
    files: bert({ add_bos_token: true, add_eos_token: true, bos_token: '[PAD]' }),
    ids: [['Who', [2, 6, 3]]],
  },
  {
    why: 'a class of another kind of vocabulary cannot have made the file',
    files: {
      'tokenizer.json': CASED,
      'config.json': { model_type: 'camembertv2-base' },
      'tokenizer_config.json': { tokenizer_class: 'RobertaTokenizer' },
    },
    ids: [['Who', [2, 6, 3]]],
  },
  {
    why: 'RoBERTa without a blank before',
    files: roberta({}),
    ids: [
      ['ab ab', [0, 8, 9, 2]],
      [' ab', [0, 9, 2]],
    ],
  },
  {
    why: 'RoBERTa with a blank before',
    files: roberta({ add_prefix_space: true }),
    ids: [
      ['ab ab', [0, 9, 9, 2]],
      [' ab', [0, 9, 2]],
    ],
  },
  {
    why: 'RoBERTa without one where its file has one',
    files: roberta({}, { 'tokenizer.json': { ...BYTE_LEVEL, pre_tokenizer: { ...BYTE_LEVEL.pre_tokenizer, add_prefix_space: true } } }),
    ids: [['ab', [0, 8, 2]]],
  },
  { why: 'RoBERTa with other tokens around', files: roberta({ cls_token: '<mask>', sep_token: '<pad>' }), ids: [['ab', [4, 8, 1]]] },
  {
    why: "GPT-2 has no tokens around but the file's",
    files: roberta({ tokenizer_class: 'GPT2Tokenizer', add_prefix_space: true, unk_token: '<unk>', bos_token: '<s>', eos_token: '</s>' }),
    ids: [['ab', [0, 9, 2]]],
  },
  {
    why: 'GPT-NeoX has none',
    files: roberta({ tokenizer_class: 'GPTNeoXTokenizer', unk_token: '<unk>', bos_token: '<s>', eos_token: '</s>', pad_token: '<pad>' }),
    ids: [['ab', [8]]],
  },
  { why: 'XLM-RoBERTa as its file has it', files: xlmRoberta({}), ids: [['a ab', [0, 6, 6, 8, 2]]] },
  { why: 'XLM-RoBERTa without a mark before words', files: xlmRoberta({ add_prefix_space: false }), ids: [['a ab', [0, 7, 7, 8, 2]]] },
  { why: 'XLM-RoBERTa with other tokens around', files: xlmRoberta({ bos_token: '<mask>', cls_token: '<pad>' }), ids: [['a', [4, 6, 2]]] },
  { why: 'ALBERT lower-cases and strips accents', files: albert({}), ids: [['A é', [2, 6, 5, 11, 3]]] },
  { why: 'ALBERT keeps case where told', files: albert({ do_lower_case: false }), ids: [['A é', [2, 5, 9, 5, 11, 3]]] },
  { why: 'ALBERT keeps accents where told', files: albert({ keep_accents: true }), ids: [['A é', [2, 6, 12, 3]]] },
];
