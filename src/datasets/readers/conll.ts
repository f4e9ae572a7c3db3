import { badRow, type Fault } from '../faults.ts';
import type { Line } from '../lines.ts';
import { numberOption, type Reader } from '../reader.ts';
import { isSentenceFault, sentenceLines, sentencesOf, taggedExamples, type Read, type SentenceLine } from '../sentence-lines.ts';
import type { TaggedSentence } from '../tagged-sentence.ts';
import { checkColumns, ConllComments, doubtfulRow, isFirstRow, readRow, tableBy } from './conll-lines.ts';

export interface ConllParams {
  /** Lines of one file, from `lines`; faults are unreadable lines. */
  readonly lines: Iterable<SentenceLine>;
  /** For errors. */
  readonly file: { readonly name: string };
  /** Column of the words, counted from 1. Default: the first. GermEval's is the second. */
  readonly word?: number | undefined;
  /** Column of the tags, counted from 1. Default: the last. */
  readonly tag?: number | undefined;
  /** Receives the fault of an invalid sentence, which is then dropped; without it the first such fault is thrown. */
  readonly fault?: ((fault: Fault) => void) | undefined;
}

/**
 * Sentences of a file in columns, one word per line, as in CoNLL's shared tasks since 2000. The first row defines the separator (a tab if
 * it has one, so that words may contain blanks, else any blanks and tabs) and the number of columns. A line of only blanks and tabs ends a
 * sentence, and so does a `-DOCSTART-` line, which is not a word. Quotes are literal. A line that begins with "#" and a blank or tab is a
 * comment if its number of columns differs from the rows, or if it is before a sentence and none of its columns after the word occurs in
 * that column of any other row (MultiCoNER's `# id … domain=en` has four columns, like its rows): the words "#" of a dataset have tags that
 * others have, or `#`, or a tab after them like all words of the file. Invalid is a row with another number of columns, or without a word
 * or a tag. Throws FORMAT with file:line if there is no such column.
 */
export function* conll({ lines, file, word = 1, tag, fault }: ConllParams): Generator<TaggedSentence> {
  const all = Array.from(lines, (line) =>
    isSentenceFault(line) || !line.text.endsWith('\r') ? line : { text: line.text.slice(0, -1), number: line.number },
  );
  const readable = all.every(isReadable) ? all : all.filter(isReadable);
  const row = readable.find(isFirstRow) ?? doubtfulRow(readable);
  if (row === undefined) {
    // No remaining line can be a row.
    yield* sentencesOf({ lines: all, file, fault, read: () => 'none' });
    return;
  }
  const table = tableBy(row);
  if (table.columns === 1) throw badRow(file, row.number, 'The line has one column; word and tag need two.');
  const columns = { word, tag: tag ?? table.columns };
  checkColumns(table, columns, file);
  const comments = new ConllComments(table, word);
  let learnt = false;
  const isUnlikeRows = (text: string): boolean => {
    if (!learnt) for (const line of readable) comments.learn(line.text);
    learnt = true;
    return comments.isUnlikeRows(text);
  };
  const read = (line: Line, place: number): Read => {
    const isComment = comments.isComment(line.text, place === 0) ?? isUnlikeRows(line.text);
    return isComment ? 'none' : readRow(line, table, columns);
  };
  yield* sentencesOf({ lines: all, file, fault, read });
}

function isReadable(line: SentenceLine): line is Line {
  return !isSentenceFault(line);
}

/** Options `word` and `tag` are column numbers, counted from 1. Default: the first and the last. */
export const conllReader: Reader = async function* ({ files, encoding, options, note, fault }) {
  const [word, tag] = (['word', 'tag'] as const).map((name) => (options[name] === undefined ? undefined : numberOption(options, name, 1)));
  for (const file of files) {
    const wrong = fault && ((found: Fault) => fault(file, found));
    const lines = await sentenceLines(file, encoding, (sentence) => note?.(sentence, file.name));
    yield* taggedExamples({ sentences: conll({ lines, file, word, tag, fault: wrong }), file, note });
  }
};
