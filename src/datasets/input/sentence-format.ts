import { HarnessError, option } from '../../errors.ts';
import { namedFormat } from '../formats.ts';
import { CONLLU_COLUMNS } from '../readers/conllu.ts';
import type { TextSource } from '../text-source.ts';

/** Formats of sentence inputs; `json`: one list of objects. */
export const SENTENCE_INPUT_FORMATS = ['conll', 'conllu', 'jsonl', 'json', 'parquet'] as const;
export type SentenceInputFormat = (typeof SENTENCE_INPUT_FORMATS)[number];

const SAID = 'Inputs are .conll, .conllu, and .jsonl, .json or .parquet with a column of lists of words (text formats as .gz too).';

/** The error for an input without sentences. */
export function noSentences(where: string, what: string): HarnessError {
  return new HarnessError('OPTION', {
    where,
    what,
    hint: `${SAID} Columns of another name: ${option('inputFormat')} conll.`,
  });
}

/** The format of a file by its name. Throws OPTION if it cannot hold sentences of words. */
export function sentenceFormatOf(file: string): SentenceInputFormat {
  const named = namedFormat(file)?.format;
  const format = SENTENCE_INPUT_FORMATS.find((each) => each === named);
  if (format !== undefined) return format;
  throw noSentences(file, 'The model tags words of sentences that come split into words, and texts are not split here.');
}

/** The format of an unnamed stream, by its beginning: JSON, or CoNLL-U. Throws OPTION if it is unclear. */
export function sniffedSentences({
  head,
  newline,
  name,
}: Pick<TextSource, 'head' | 'newline' | 'name'>): Exclude<SentenceInputFormat, 'parquet'> {
  const begins = head.trimStart();
  if (/^\{\s*"/.test(begins)) return 'jsonl';
  if (/^\[\s*\{/.test(begins)) return 'json';
  const row = begins.split(newline).find((line) => !line.startsWith('#') && line.trim() !== '');
  const fields = row?.split('\t') ?? [];
  if (fields.length === CONLLU_COLUMNS.length && /^1(?:[-.]\d+)?$/.test(fields[0]!)) return 'conllu';
  throw noSentences(name, 'Unknown format: neither JSON nor CoNLL-U.');
}
