import { HarnessError, option, shown } from '../../errors.ts';
import type { Fault } from '../faults.ts';
import type { Line } from '../lines.ts';
import type { Reader } from '../reader.ts';
import { sentenceLines, sentencesOf, taggedExamples, type Read, type SentenceLine } from '../sentence-lines.ts';
import type { TaggedSentence } from '../tagged-sentence.ts';
import { trimAscii } from '../trim.ts';

/** Columns of CoNLL-U, in order. */
export const CONLLU_COLUMNS = ['id', 'form', 'lemma', 'upos', 'xpos', 'feats', 'head', 'deprel', 'deps', 'misc'] as const;
export type ConlluColumn = (typeof CONLLU_COLUMNS)[number];

export interface ConlluParams {
  /** Lines of one file, from `lines`; faults are unreadable lines. */
  readonly lines: Iterable<SentenceLine>;
  /** For errors. */
  readonly file: { readonly name: string };
  /** Tag column. Default: `upos`. */
  readonly column?: ConlluColumn | undefined;
  /** Receives findings, one sentence each. */
  readonly note?: ((sentence: string) => void) | undefined;
  /** Receives the fault of an invalid sentence, which is then dropped; without it the first such fault is thrown. */
  readonly fault?: ((fault: Fault) => void) | undefined;
}

/**
 * Sentences of a CoNLL-U file (universaldependencies.org/format.html): ten tab-separated columns, the word is `form`. Lines of multiword
 * tokens (`5-6`) and of empty nodes (`8.1`) are skipped; the words 5 and 6 have lines of their own. Lines that begin with "#" are comments:
 * a word "#" has its number before it. `_` is a tag like others, and the number of words with it is noted, since it means none. Invalid is
 * a line with another number of columns, an empty word, and a number out of sequence.
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

/** Content of a line. `column`: of the tags; undefined: only words are read. */
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

/** The label field is the column. Throws OPTION if the format does not have it. */
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
