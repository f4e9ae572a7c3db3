import type { Vocabulary } from './build-tokenizer.ts';
import { asFlag, type JsonNode } from './json-node.ts';
import { PIECE_TYPE, readSentencePiece, type SentencePieceModel } from './sentence-piece.ts';
import type { TokenizerFiles } from './tokenizer-files.ts';

type Scored = readonly [token: string, score: number];

/** How a family uses a SentencePiece model. */
interface UnigramFamily {
  /** Tokens in the order of their ids. Default: the model's own pieces. */
  readonly tokens?: (model: SentencePieceModel) => readonly Scored[];
  readonly unknownId?: number;
  /** Normalizers including the model's own character map. */
  readonly normalizers: (charsmap: readonly JsonNode[], settings: JsonNode) => readonly JsonNode[];
  /** Pre-tokenizers before SentencePiece's. */
  readonly preTokenizers?: (settings: JsonNode) => readonly JsonNode[];
}

const REPEATED_BLANKS = { Regex: ' {2,}' };
const WORDS: JsonNode = { type: 'WhitespaceSplit' };
const METASPACE: JsonNode = { type: 'Metaspace', replacement: '▁', prepend_scheme: 'always', split: true };

/** transformers' default. */
const stripRight: UnigramFamily['normalizers'] = (charsmap) => [
  ...charsmap,
  { type: 'Strip', strip_left: false, strip_right: true },
  { type: 'Replace', pattern: REPEATED_BLANKS, content: '▁' },
];

const piecesFrom = (first: number, { pieces }: SentencePieceModel): Scored[] =>
  pieces.slice(first).map(({ piece, score }) => [piece, score]);

export const readBigBird = readerOf({ normalizers: stripRight });

export const readDebertaV2 = readerOf({
  normalizers: (charsmap, settings) => [
    ...(asFlag(settings['do_lower_case'], false) ? [{ type: 'Lowercase' }] : []),
    { type: 'Strip', strip_left: true, strip_right: true },
    ...charsmap,
    { type: 'Replace', pattern: REPEATED_BLANKS, content: ' ' },
  ],
  preTokenizers: (settings) => (asFlag(settings['split_by_punct'], false) ? [{ type: 'Punctuation', behavior: 'Isolated' }] : []),
});

/** Ids as in fairseq: four own tokens instead of the model's first three, and the mask at the end. */
export const readXlmRoberta = readerOf({
  normalizers: (charsmap) => charsmap,
  preTokenizers: () => [WORDS],
  tokens: (model) => [['<s>', 0], ['<pad>', 0], ['</s>', 0], ['<unk>', 0], ...piecesFrom(3, model), ['<mask>', 0]],
  unknownId: 3,
});

/** fairseq's ids again, here before all of the model's pieces but the first. */
export const readCamembert = readerOf({
  normalizers: (charsmap) => charsmap,
  preTokenizers: () => [WORDS],
  tokens: (model) => [
    ['<s>NOTUSED', 0],
    ['<pad>', 0],
    ['</s>NOTUSED', 0],
    ['<unk>', 0],
    ['<unk>NOTUSED', -100],
    ...piecesFrom(1, model),
    ['<mask>', 0],
  ],
  unknownId: 3,
});

/** Pieces that end with a digit and a comma get a penalty so large that others are preferred. */
const NUMBER_COMMA = /\p{Nd},$/u;
const NUMBER_COMMA_PENALTY = 100;

export const readAlbert = readerOf({
  tokens: ({ pieces }) => pieces.map(({ piece, score }) => [piece, NUMBER_COMMA.test(piece) ? score - NUMBER_COMMA_PENALTY : score]),
  normalizers: (charsmap, settings) => [
    { type: 'Replace', pattern: { String: '``' }, content: '"' },
    { type: 'Replace', pattern: { String: "''" }, content: '"' },
    ...(asFlag(settings['keep_accents'], false) ? [] : [{ type: 'NFKD' }, { type: 'StripAccents' }]),
    ...(asFlag(settings['do_lower_case'], true) ? [{ type: 'Lowercase' }] : []),
    ...charsmap,
    { type: 'Replace', pattern: REPEATED_BLANKS, content: ' ' },
  ],
  preTokenizers: () => [WORDS],
});

function readerOf({ tokens = (model) => piecesFrom(0, model), unknownId, normalizers, preTokenizers = () => [] }: UnigramFamily) {
  return async ([file]: readonly string[], { tokenizerConfig }: TokenizerFiles): Promise<Vocabulary> => {
    const model = await readSentencePiece(file!);
    const vocab = tokens(model);
    const ids = new Map(vocab.map(([token], id) => [token, id]));
    const charsmap =
      model.charsmap.length === 0 ? [] : [{ type: 'Precompiled', precompiled_charsmap: Buffer.from(model.charsmap).toString('base64') }];
    return {
      model: { type: 'Unigram', unk_id: unknownId ?? model.unknownId, byte_fallback: false, vocab },
      id: (token) => ids.get(token),
      size: vocab.length,
      normalizer: { type: 'Sequence', normalizers: normalizers(charsmap, tokenizerConfig) },
      preTokenizer: { type: 'Sequence', pretokenizers: [...preTokenizers(tokenizerConfig), METASPACE] },
      declared: model.pieces
        .filter(({ type }) => type === PIECE_TYPE.control || type === PIECE_TYPE.userDefined)
        .map(({ piece, type }) => ({
          content: piece,
          single_word: false,
          lstrip: false,
          rstrip: false,
          normalized: false,
          special: type === PIECE_TYPE.control,
        })),
    };
  };
}
