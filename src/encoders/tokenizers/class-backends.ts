import type { JsonNode } from './json-node.ts';
import type { TokenizerSettings } from './settings.ts';
import type { Role } from './special-tokens.ts';
import { charsmapOf, sequence, stepsOf, switched, withMetaspace } from './steps.ts';
import type { ClassName } from './tokenizer-classes.ts';

/** What surrounds texts, by roles. */
export interface Around {
  readonly before: readonly Role[];
  readonly after: readonly Role[];
  /**
   * The two texts A and B of a pair with the roles around them, each with its type, in the notation of the tokenizers library, `[CLS]:0
   * A:0`.
   */
  readonly pair: string;
}

/** How a class of transformers 5 builds on a tokenizer.json's vocabulary. */
export interface ClassBackend {
  /** Kind of vocabulary. A tokenizer.json of another kind is used unchanged: it cannot be from this class. */
  readonly model: 'WordPiece' | 'BPE' | 'Unigram';
  /** Default special tokens. */
  readonly tokens: Partial<Readonly<Record<Role, string>>>;
  /** Default further special tokens. */
  readonly additional?: readonly string[];
  /** Default: the mask token includes the white space before it. */
  readonly maskStripsLeft?: boolean;
  /** Default: special tokens are matched in the normalised text. */
  readonly normalizedTokens?: boolean;
  /** Special tokens have no flags, whatever the files say. */
  readonly plainTokens?: boolean;
  /** Roles of the tokens before and after a text. Default: the file's own. */
  readonly around?: Around;
  /** The same, only if the file has no post-processor. */
  readonly elseAround?: Around;
  /** Parts that replace the file's. */
  readonly parts: (params: BackendParams) => { model?: JsonNode; normalizer: unknown; preTokenizer: unknown };
}

export interface BackendParams {
  readonly settings: TokenizerSettings;
  /** The tokenizer.json. */
  readonly json: JsonNode;
  readonly unknown: string;
  /** A token's id in the model's vocabulary. */
  readonly id: (token: string) => number | undefined;
}

const BERT_TOKENS = { unk: '[UNK]', sep: '[SEP]', pad: '[PAD]', cls: '[CLS]', mask: '[MASK]' };
const ROBERTA_TOKENS = { bos: '<s>', eos: '</s>', sep: '</s>', cls: '<s>', unk: '<unk>', pad: '<pad>', mask: '<mask>' };
const DEBERTA_TOKENS = { bos: '[CLS]', eos: '[SEP]', unk: '[UNK]', sep: '[SEP]', cls: '[CLS]', pad: '[PAD]', mask: '[MASK]' };
const END_OF_TEXT = '<|endoftext|>';

const CLS_SEP: Around = { before: ['cls'], after: ['sep'], pair: 'cls:0 A:0 sep:0 B:1 sep:1' };
const CLS_SEP_SEP: Around = { before: ['cls'], after: ['sep'], pair: 'cls:0 A:0 sep:0 sep:0 B:0 sep:0' };
const BOS_EOS_EOS: Around = { before: ['bos'], after: ['eos'], pair: 'bos:0 A:0 eos:0 eos:0 B:0 eos:0' };

const wordPiece: ClassBackend['parts'] = ({ settings, unknown }) => ({
  model: { unk_token: unknown, continuing_subword_prefix: '##', max_input_chars_per_word: 100 },
  normalizer: {
    type: 'BertNormalizer',
    clean_text: true,
    handle_chinese_chars: settings.flag('tokenize_chinese_chars', true),
    strip_accents: settings.openFlag('strip_accents'),
    lowercase: settings.flag('do_lower_case', true),
  },
  preTokenizer: { type: 'BertPreTokenizer' },
});

const BYTE_PAIRS: JsonNode = {
  dropout: null,
  unk_token: null,
  continuing_subword_prefix: '',
  end_of_word_suffix: '',
  fuse_unk: false,
  byte_fallback: false,
  ignore_merges: false,
};

const byteLevel =
  (normalizer: JsonNode | null): ClassBackend['parts'] =>
  ({ settings }) => ({
    model: BYTE_PAIRS,
    normalizer,
    preTokenizer: { type: 'ByteLevel', add_prefix_space: settings.flag('add_prefix_space', false), trim_offsets: true, use_regex: true },
  });

const qwen =
  (regex: string): ClassBackend['parts'] =>
  ({ settings }) => ({
    model: BYTE_PAIRS,
    normalizer: { type: 'NFC' },
    preTokenizer: sequence([
      { type: 'Split', pattern: { Regex: regex }, behavior: 'Isolated', invert: false },
      {
        type: 'ByteLevel',
        add_prefix_space: settings.flag('add_prefix_space', false, { nullable: true }),
        trim_offsets: true,
        use_regex: false,
      },
    ]),
  });
const QWEN2_WORDS = String.raw`(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`;
const QWEN3_5_WORDS = String.raw`(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`;

/** Words by white space, then SentencePiece's marks. */
const marked = (scheme: 'always' | 'never'): JsonNode =>
  sequence([{ type: 'WhitespaceSplit' }, { type: 'Metaspace', replacement: '▁', prepend_scheme: scheme, split: true }]);

/** The file's own pre-tokenizer if its prefix mark is as required, which is the usual case; else the class's. */
function marks(json: JsonNode, prefixed: boolean): unknown {
  const own = json['pre_tokenizer'];
  return prefixed && stepsOf(own, 'pretokenizers').some(({ type }) => type === 'Metaspace')
    ? withMetaspace(own, 'always')
    : marked(prefixed ? 'always' : 'never');
}

/**
 * SentencePiece's. The classes keep a file's character map, and no other normalizers; here the file's normalizer is kept, since an encoder
 * was trained with it.
 */
const unigram =
  (unkId: number | undefined, prefixable = true): ClassBackend['parts'] =>
  ({ settings, json, unknown, id }) => ({
    model: { unk_id: unkId ?? id(unknown) ?? 0, byte_fallback: false },
    normalizer: json['normalizer'],
    preTokenizer: marks(json, !prefixable || settings.flag('add_prefix_space', true)),
  });

/** Google's normalisation before SentencePiece: straight quotes, no accents, lower case. The file's own if it does the same. */
function cleaned(json: JsonNode, { keepAccents, lowerCase }: { keepAccents: boolean; lowerCase: boolean }): unknown {
  const own = stepsOf(json['normalizer'], 'normalizers');
  const has = (kind: string): boolean => own.some(({ type }) => type === kind);
  if (own.length > 0 && has('StripAccents') !== keepAccents && has('Lowercase') === lowerCase) return json['normalizer'];
  return sequence(
    [
      { type: 'Replace', pattern: { String: '``' }, content: '"' },
      { type: 'Replace', pattern: { String: "''" }, content: '"' },
      ...(keepAccents ? [] : [{ type: 'NFKD' }, { type: 'StripAccents' }]),
      ...(lowerCase ? [{ type: 'Lowercase' }] : []),
      ...charsmapOf(json),
    ],
    'normalizers',
  );
}

export const CLASS_BACKENDS: Readonly<Record<ClassName, ClassBackend>> = {
  Albert: {
    model: 'Unigram',
    tokens: { ...DEBERTA_TOKENS, unk: '<unk>', pad: '<pad>' },
    elseAround: CLS_SEP,
    parts: ({ settings, json }) => ({
      model: { unk_id: 1, byte_fallback: false },
      normalizer: cleaned(json, { keepAccents: settings.flag('keep_accents', false), lowerCase: settings.flag('do_lower_case', true) }),
      preTokenizer: marks(json, settings.flag('add_prefix_space', true)),
    }),
  },
  Bert: { model: 'WordPiece', tokens: BERT_TOKENS, around: CLS_SEP, parts: wordPiece },
  BigBird: {
    model: 'Unigram',
    tokens: { ...ROBERTA_TOKENS, sep: '[SEP]', cls: '[CLS]', mask: '[MASK]' },
    maskStripsLeft: true,
    normalizedTokens: true,
    around: CLS_SEP,
    // The class drops the character map that the encoder was trained with: the file's parts are kept.
    parts: ({ settings, json }) => ({
      normalizer: json['normalizer'],
      preTokenizer: withMetaspace(json['pre_tokenizer'], settings.flag('add_prefix_space', true) ? 'always' : 'never'),
    }),
  },
  Camembert: {
    model: 'Unigram',
    tokens: ROBERTA_TOKENS,
    additional: ['<s>NOTUSED', '</s>NOTUSED', '<unk>NOTUSED'],
    maskStripsLeft: true,
    around: BOS_EOS_EOS,
    parts: unigram(undefined),
  },
  // The class of transformers 5 puts two separators between a pair; version 4 and the encoder's training use one.
  Deberta: { model: 'BPE', tokens: DEBERTA_TOKENS, around: CLS_SEP, parts: byteLevel(null) },
  DebertaV2: {
    model: 'Unigram',
    tokens: DEBERTA_TOKENS,
    around: CLS_SEP,
    // As for BigBird; requested settings are applied to the file's parts.
    parts: ({ settings, json }) => ({
      normalizer: switched(json['normalizer'], { type: 'Lowercase' }, { on: settings.flag('do_lower_case', false), list: 'normalizers' }),
      preTokenizer: switched(
        withMetaspace(json['pre_tokenizer'], settings.flag('add_prefix_space', true) ? 'always' : 'first'),
        { type: 'Punctuation', behavior: 'Isolated' },
        {
          on: settings.flag('split_by_punct', false),
          list: 'pretokenizers',
        },
      ),
    }),
  },
  GPT2: { model: 'BPE', tokens: { unk: END_OF_TEXT, bos: END_OF_TEXT, eos: END_OF_TEXT }, parts: byteLevel(null) },
  GPTNeoX: {
    model: 'BPE',
    tokens: { unk: END_OF_TEXT, bos: END_OF_TEXT, eos: END_OF_TEXT, pad: '<|padding|>' },
    around: { before: [], after: [], pair: 'A:0 B:1' },
    parts: byteLevel({ type: 'NFC' }),
  },
  Gemma: {
    model: 'BPE',
    tokens: { unk: '<unk>', bos: '<bos>', eos: '<eos>', pad: '<pad>', mask: '<mask>' },
    parts: ({ unknown }) => ({
      model: { ...BYTE_PAIRS, fuse_unk: true, unk_token: unknown, byte_fallback: true },
      normalizer: { type: 'Replace', pattern: { String: ' ' }, content: '▁' },
      preTokenizer: { type: 'Split', pattern: { String: ' ' }, behavior: 'MergedWithPrevious', invert: false },
    }),
  },
  Llama: {
    model: 'BPE',
    tokens: { unk: '<unk>', bos: '<s>', eos: '</s>' },
    parts: ({ settings }) => ({
      model: { ...BYTE_PAIRS, fuse_unk: true, byte_fallback: true },
      normalizer: null,
      preTokenizer: { type: 'Metaspace', replacement: '▁', prepend_scheme: llamaScheme(settings), split: false },
    }),
  },
  MPNet: {
    model: 'WordPiece',
    tokens: { ...ROBERTA_TOKENS, unk: '[UNK]' },
    maskStripsLeft: true,
    normalizedTokens: true,
    around: CLS_SEP_SEP,
    parts: wordPiece,
  },
  Qwen2: { model: 'BPE', tokens: { unk: END_OF_TEXT, eos: END_OF_TEXT, pad: END_OF_TEXT }, plainTokens: true, parts: qwen(QWEN2_WORDS) },
  Qwen3_5: {
    model: 'BPE',
    tokens: { unk: END_OF_TEXT, eos: END_OF_TEXT, pad: END_OF_TEXT },
    plainTokens: true,
    parts: qwen(QWEN3_5_WORDS),
  },
  Roberta: { model: 'BPE', tokens: ROBERTA_TOKENS, around: CLS_SEP_SEP, parts: byteLevel(null) },
  T5: {
    model: 'Unigram',
    tokens: { eos: '</s>', unk: '<unk>', pad: '<pad>' },
    additional: Array.from({ length: 100 }, (_, i) => `<extra_id_${i}>`),
    around: { before: [], after: ['eos'], pair: 'A:0 eos:0 B:0 eos:0' },
    parts: unigram(2, false),
  },
  XLMRoberta: { model: 'Unigram', tokens: ROBERTA_TOKENS, around: BOS_EOS_EOS, parts: unigram(3) },
  XLNet: {
    model: 'Unigram',
    tokens: { bos: '<s>', eos: '</s>', unk: '<unk>', sep: '<sep>', pad: '<pad>', cls: '<cls>', mask: '<mask>' },
    additional: ['<eop>', '<eod>'],
    maskStripsLeft: true,
    around: { before: [], after: ['sep', 'cls'], pair: 'A:0 sep:0 B:1 sep:1 cls:2' },
    parts: ({ settings, json }) => ({
      model: { unk_id: settings.get('unk_id') ?? 0, byte_fallback: false },
      normalizer: cleaned(json, { keepAccents: false, lowerCase: settings.flag('do_lower_case', false) }),
      preTokenizer: marks(json, true),
    }),
  },
};

function llamaScheme(settings: TokenizerSettings): string {
  if (!settings.flag('add_prefix_space', true, { nullable: true })) return 'never';
  return settings.flag('legacy', false) ? 'always' : 'first';
}
