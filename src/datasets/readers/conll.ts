import { badRow, type Fault } from '../faults.ts';
import type { Line } from '../lines.ts';
import { numberOption, type Reader } from '../reader.ts';
import { isSentenceFault, sentenceLines, sentencesOf, taggedExamples, type Read, type SentenceLine } from '../sentence-lines.ts';
import type { TaggedSentence } from '../tagged-sentence.ts';
import { checkColumns, ConllComments, doubtfulRow, isFirstRow, readRow, tableBy } from './conll-lines.ts';

export interface ConllParams {
  /** Of one file, as `lines` gives them; faults stand for lines that cannot be read. */
  readonly lines: Iterable<SentenceLine>;
  /** For errors. */
  readonly file: { readonly name: string };
  /** Column of the words, from 1; the first where left out. GermEval's is the second. */
  readonly word?: number | undefined;
  /** Column of the tags, from 1; the last where left out. */
  readonly tag?: number | undefined;
  /** Takes what is wrong with a sentence, which is then left out; without it the first such thing is thrown. */
  readonly fault?: ((fault: Fault) => void) | undefined;
}

/**
 * Sentences of a file in columns, a word a line, as CoNLL's shared tasks have it since 2000. The first row says what stands between
 * columns: a tab where it has one (words may hold blanks then), else any blanks and tabs; and how many there are. A line of nothing but
 * blanks and tabs ends a sentence, and so does a `-DOCSTART-` line, which is no word. Quotes are text. A line that begins with "#" and a
 * blank or tab is a comment where it has another number of columns than the rows, or where it stands before a sentence and none of its
 * columns behind the word is in that column of any other row (MultiCoNER's `# id … domain=en` are four, as its rows): the words "#" of a
 * corpus have tags that others have, or `#`, or a tab behind them as all words of the file. Wrong is a row with another number of columns,
 * or no word, or no tag. Throws FORMAT with file:line where there is no such column.
 */
export function* conll({ lines, file, word = 1, tag, fault }: ConllParams): Generator<TaggedSentence> {
  const all = Array.from(lines, (line) =>
    isSentenceFault(line) || !line.text.endsWith('\r') ? line : { text: line.text.slice(0, -1), number: line.number },
  );
  const readable = all.every(isReadable) ? all : all.filter(isReadable);
  const row = readable.find(isFirstRow) ?? doubtfulRow(readable);
  if (row === undefined) {
    // No line is left that could be a row.
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

/** Options `word` and `tag` are numbers of columns, from 1; left out they are the first and the last. */
export const conllReader: Reader = async function* ({ files, encoding, options, note, fault }) {
  const [word, tag] = (['word', 'tag'] as const).map((name) => (options[name] === undefined ? undefined : numberOption(options, name, 1)));
  for (const file of files) {
    const wrong = fault && ((found: Fault) => fault(file, found));
    const lines = await sentenceLines(file, encoding, (sentence) => note?.(sentence, file.name));
    yield* taggedExamples({ sentences: conll({ lines, file, word, tag, fault: wrong }), file, note });
  }
};
