import { writeFileSync } from 'node:fs';
import path from 'node:path';

const WORDS = [
  '[PAD]',
  '[UNK]',
  '[CLS]',
  '[SEP]',
  'the',
  'cat',
  'dog',
  'sat',
  'ran',
  'on',
  'mat',
  'road',
  'good',
  'bad',
  'what',
  'is',
  'it',
  '?',
  '.',
  ',',
];

export interface TinyTokenizer {
  /** Tokens that were added, with their ids. */
  readonly added?: Readonly<Record<string, number>>;
  /** Id of the token before every text; default: that of [CLS]. */
  readonly first?: number;
}

const token = (content: string, id: number) => ({
  id,
  content,
  single_word: false,
  lstrip: false,
  rstrip: false,
  normalized: false,
  special: true,
});
const special = (name: string, id: number) => ({ id: name, ids: [id], tokens: [name] });

/** A tokenizer.json of twenty words, ids 0 to 19: as many as `writeTinyCheckpoint` has embeddings for. */
export function writeTinyTokenizer(folder: string, { added = {}, first = 2 }: TinyTokenizer = {}): void {
  writeFileSync(
    path.join(folder, 'tokenizer.json'),
    JSON.stringify({
      version: '1.0',
      truncation: null,
      padding: null,
      added_tokens: [...WORDS.slice(0, 4).map(token), ...Object.entries(added).map(([content, id]) => token(content, id))],
      normalizer: { type: 'BertNormalizer', clean_text: true, handle_chinese_chars: true, strip_accents: null, lowercase: true },
      pre_tokenizer: { type: 'BertPreTokenizer' },
      post_processor: {
        type: 'TemplateProcessing',
        single: [
          { SpecialToken: { id: '[CLS]', type_id: 0 } },
          { Sequence: { id: 'A', type_id: 0 } },
          { SpecialToken: { id: '[SEP]', type_id: 0 } },
        ],
        pair: [{ Sequence: { id: 'A', type_id: 0 } }, { Sequence: { id: 'B', type_id: 1 } }],
        special_tokens: { '[CLS]': special('[CLS]', first), '[SEP]': special('[SEP]', 3) },
      },
      decoder: null,
      model: {
        type: 'WordPiece',
        unk_token: '[UNK]',
        continuing_subword_prefix: '##',
        max_input_chars_per_word: 100,
        vocab: Object.fromEntries(WORDS.map((word, id) => [word, id])),
      },
    }),
  );
}
