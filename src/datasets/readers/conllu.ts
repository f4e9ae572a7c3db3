import { HarnessError, option, shown } from '../../errors.ts';
import type { Fault } from '../faults.ts';
import type { Line } from '../lines.ts';
import type { Reader } from '../reader.ts';
import { sentenceLines, sentencesOf, taggedExamples, type Read, type SentenceLine } from '../sentence-lines.ts';
import type { TaggedSentence } from '../tagged-sentence.ts';
import { trimAscii } from '../trim.ts';

/** Columns of CoNLL-U, in their order. */
export const CONLLU_COLUMNS = ['id', 'form', 'lemma', 'upos', 'xpos', 'feats', 'head', 'deprel', 'deps', 'misc'] as const;
export type ConlluColumn = (typeof CONLLU_COLUMNS)[number];

export interface ConlluParams {
  /** Of one file, as `lines` gives them; faults stand for lines that cannot be read. */
  readonly lines: Iterable<SentenceLine>;
  /** For errors. */
  readonly file: { readonly name: string };
  /** Of the tags; `upos` where left out. */
  readonly column?: ConlluColumn | undefined;
  /** Takes what was found out, a sentence. */
  readonly note?: ((sentence: string) => void) | undefined;
  /** Takes what is wrong with a sentence, which is then left out; without it the first such thing is thrown. */
  readonly fault?: ((fault: Fault) => void) | undefined;
}

/**
 * Sentences of a CoNLL-U file (universaldependencies.org/format.html): ten columns with tabs between, the word is `form`. Lines of several
 * words (`5-6`) and of words that are not in the text (`8.1`) are none; the words 5 and 6 have lines of their own. Lines that begin with
 * "#" are comments: a word "#" has its number before it. `_` is a tag like others, and how many words have it is noted, since it stands
 * for none. Wrong is a line of other columns, an empty word, and one that has another number than comes next.
 */
export function* conllu({ lines, file, column = 'upos', note, fault }: ConlluParams): Generator<TaggedSentence> {
  let none = 0;
  const read = conlluLine(column);
  for (const sentence of sentencesOf({ lines, file, fault, read })) {
    // The lemma of the word "_" is "_".
    none += sentence.tags.reduce((sum, tag, i) => sum + Number(tag === '_' && sentence.words[i] !== '_'), 0);
    yield sentence;
  }
  if (none > 0) note?.(`${none} ${none === 1 ? 'word has' : 'words have'} "_" in the column ${column}, which is used as a tag.`);
}

/** What a line is. `column`: of the tags; undefined: words alone are read. */
export function conlluLine(column: ConlluColumn | undefined): (line: Line, place: number) => Read {
  const formAt = CONLLU_COLUMNS.indexOf('form');
  return ({ text: line, number: at }, place) => {
    const text = line.endsWith('\r') ? line.slice(0, -1) : line;
    if (trimAscii(text) === '') return 'end';
    if (text.startsWith('#')) return 'none';
    const fields = text.split('\t');
    if (fields.length !== CONLLU_COLUMNS.length) {
      const columns = fields.length === 1 ? 'one column' : `${fields.length} columns`;
      return { kind: 'columns', at, what: `The line has ${columns}; CoNLL-U has 10, separated by tabs.` };
    }
    const [id, form] = [fields[0]!, fields[formAt]!];
    if (/^\d+[-.]\d+$/.test(id)) return 'none';
    const next = place + 1;
    if (id !== String(next)) {
      const hint = id === '1' ? 'Sentences need an empty line between them.' : undefined;
      return { kind: 'order', at, what: `The word has ID ${shown(id)}, expected ${next}.`, hint };
    }
    if (form === '') return { kind: 'word', at, what: 'The word is empty.' };
    if (column === undefined) return { word: form, tag: '' };
    const tag = fields[CONLLU_COLUMNS.indexOf(column)]!;
    if (tag === '') return { kind: 'tag', at, what: `The column ${column} is empty; "_" means none.` };
    return { word: form, tag };
  };
}

/** The label field is the column. Throws OPTION where it is none of the format. */
export const conlluReader: Reader = async function* ({ files, encoding, labelField, note, fault }) {
  const column = CONLLU_COLUMNS.find((name) => name === labelField);
  if (column === undefined) {
    throw new HarnessError('OPTION', {
      where: option('labelField'),
      what: `CoNLL-U has no column ${shown(labelField)}.`,
      hint: `Columns: ${CONLLU_COLUMNS.join(', ')}.`,
    });
  }
  for (const file of files) {
    const wrong = fault && ((found: Fault) => fault(file, found));
    const say = (sentence: string): void => note?.(sentence, file.name);
    const lines = await sentenceLines(file, encoding, say);
    yield* taggedExamples({ sentences: conllu({ lines, file, column, note: say, fault: wrong }), file, note });
  }
};
