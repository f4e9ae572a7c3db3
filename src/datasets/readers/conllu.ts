import { shown } from '../../errors.ts';
import { badRow } from '../faults.ts';
import type { Line } from '../lines.ts';
import type { TaggedSentence } from '../tagged-sentence.ts';
import { trimAscii } from '../trim.ts';

/** Columns of CoNLL-U, in their order. */
export const CONLLU_COLUMNS = ['id', 'form', 'lemma', 'upos', 'xpos', 'feats', 'head', 'deprel', 'deps', 'misc'] as const;
export type ConlluColumn = (typeof CONLLU_COLUMNS)[number];

export interface ConlluParams {
  /** Of one file, as `lines` gives them. */
  readonly lines: Iterable<Line>;
  /** For errors. */
  readonly file: { readonly name: string };
  /** Of the tags; `upos` where left out. */
  readonly column?: ConlluColumn | undefined;
  /** Takes what was found out, a sentence. */
  readonly note?: ((sentence: string) => void) | undefined;
}

/**
 * Sentences of a CoNLL-U file (universaldependencies.org/format.html): ten columns with tabs between, the word is `form`. Lines of several
 * words (`5-6`) and of words that are not in the text (`8.1`) are none; the words 5 and 6 have lines of their own. Lines that begin with
 * "#" are comments: a word "#" has its number before it. `_` is a tag like others, and how many words have it is noted, since it stands
 * for none. Throws FORMAT with file:line where a line has other columns, a word is empty, or has another number than comes next.
 */
export function* conllu({ lines, file, column = 'upos', note }: ConlluParams): Generator<TaggedSentence> {
  const [formAt, tagAt] = [CONLLU_COLUMNS.indexOf('form'), CONLLU_COLUMNS.indexOf(column)];
  let sentence: TaggedSentence = { words: [], tags: [] };
  let none = 0;
  for (const { text: line, number } of lines) {
    const text = line.endsWith('\r') ? line.slice(0, -1) : line;
    if (trimAscii(text) === '') {
      if (sentence.words.length > 0) yield sentence;
      sentence = { words: [], tags: [] };
      continue;
    }
    if (text.startsWith('#')) continue;
    const fields = text.split('\t');
    if (fields.length !== CONLLU_COLUMNS.length) {
      const columns = fields.length === 1 ? 'one column' : `${fields.length} columns`;
      throw badRow(file, number, `The line has ${columns}; CoNLL-U has 10, with tabs between.`);
    }
    const [id, form, tag] = [fields[0]!, fields[formAt]!, fields[tagAt]!];
    if (/^\d+[-.]\d+$/.test(id)) continue;
    const next = sentence.words.length + 1;
    if (id !== String(next)) {
      throw badRow(
        file,
        number,
        `The word has the number ${shown(id)}, expected ${next}.`,
        id === '1' ? 'Sentences need an empty line between them.' : undefined,
      );
    }
    if (form === '') throw badRow(file, number, 'The word is empty.');
    if (tag === '') throw badRow(file, number, `The column ${column} is empty; "_" stands for none.`);
    // The lemma of the word "_" is "_".
    if (tag === '_' && form !== '_') none++;
    sentence.words.push(form);
    sentence.tags.push(tag);
  }
  if (sentence.words.length > 0) yield sentence;
  if (none > 0) note?.(`${none} ${none === 1 ? 'word has' : 'words have'} "_" in the column ${column}, which is a tag like others.`);
}
