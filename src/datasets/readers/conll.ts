import { option } from '../../errors.ts';
import { badRow, type Fault } from '../faults.ts';
import type { Line } from '../lines.ts';
import { numberOption, type Reader } from '../reader.ts';
import { isSentenceFault, sentenceLines, sentencesOf, taggedExamples, type Read, type SentenceLine } from '../sentence-lines.ts';
import type { TaggedSentence } from '../tagged-sentence.ts';
import { trimAscii } from '../trim.ts';

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
  const table = tableOf(readable, file);
  if (table === undefined) {
    // No line is left that could be a row.
    yield* sentencesOf({ lines: all, file, fault, read: () => 'none' });
    return;
  }
  const isComment = commentTeller(readable, table, word);
  const [wordAt, tagAt] = [word - 1, (tag ?? table.columns) - 1];
  for (const column of [word, tag ?? table.columns]) {
    if (!Number.isInteger(column) || column < 1 || column > table.columns) {
      const hint = `Columns are counted from 1: name the words' with ${option('textColumn')}, the tags' with ${option('labelColumn')}.`;
      throw badRow(file, table.first, `There is no column ${column}: the line has ${table.columns}.`, hint);
    }
  }
  if (wordAt === tagAt) throw badRow(file, table.first, `Column ${word} cannot be both the words' and the tags'.`);
  const read = ({ text, number: at }: Line, place: number): Read => {
    if (isEnd(text)) return 'end';
    if (isComment(text, place === 0)) return 'none';
    const fields = table.split(text);
    if (fields.length !== table.columns) {
      return {
        kind: 'columns',
        at,
        what: `The line has ${count(fields.length)}, the first row (line ${table.first}) has ${table.columns}.`,
        hint: table.tabs ? 'Tabs stand between columns here.' : 'Blanks stand between columns here: words that hold blanks need tabs.',
      };
    }
    const label = trimAscii(fields[tagAt]!);
    if (fields[wordAt] === '') return { kind: 'word', at, what: 'The word is empty.' };
    if (label === '') return { kind: 'tag', at, what: 'The tag is empty.' };
    return { word: fields[wordAt]!, tag: label };
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

interface Table {
  /** Line of the first row. */
  readonly first: number;
  readonly columns: number;
  readonly tabs: boolean;
  readonly split: (text: string) => string[];
}

/** How the file's rows are made; undefined where it has none. */
function tableOf(lines: readonly Line[], file: ConllParams['file']): Table | undefined {
  // A file may be of words "#" alone, though no comment has a tab behind its "#" where rows have blanks.
  const row = lines.find(({ text }) => !isEnd(text) && !mayBeComment(text)) ?? lines.find(({ text }) => text.startsWith('#\t'));
  if (row === undefined) return undefined;
  const tabs = row.text.includes('\t') && trimAscii(row.text).includes('\t');
  const split = tabs ? (text: string) => text.split('\t') : splitBlanks;
  const columns = split(row.text).length;
  if (columns === 1) throw badRow(file, row.number, 'The line has one column; a word and its tag are two.');
  return { first: row.number, columns, tabs, split };
}

/** Columns with any blanks and tabs between them; most lines have one blank there. */
function splitBlanks(text: string): string[] {
  const at = text.indexOf(' ');
  const one = at > 0 && at < text.length - 1 && text.indexOf(' ', at + 1) < 0 && !/[\t\v\f\r]/.test(text);
  if (one) return [text.slice(0, at), text.slice(at + 1)];
  return trimAscii(text).split(/[ \t]+/);
}

/** What is a comment, at the beginning of a sentence and elsewhere. */
function commentTeller(lines: readonly Line[], { columns, tabs, split }: Table, word: number): (text: string, begins: boolean) => boolean {
  // By column, what is in rows that can be no comments. The word's own says nothing, and the first is "#" itself.
  let known: readonly ReadonlySet<string>[] | undefined;
  const find = (): readonly ReadonlySet<string>[] => {
    const sets = Array.from({ length: columns }, () => new Set<string>(['#']));
    for (const { text } of lines) {
      if (isEnd(text) || mayBeComment(text)) continue;
      for (const [at, field] of split(text).entries()) sets[at]?.add(field);
    }
    return sets.map((set, at) => (at === 0 || at === word - 1 ? new Set() : set));
  };
  return (text, begins) => {
    if (!mayBeComment(text)) return false;
    const fields = split(text);
    if (fields.length !== columns) return true;
    // Where tabs stand between columns, a column of "#" alone is a word.
    if (!begins || (tabs && word === 1 && fields[0] === '#')) return false;
    known ??= find();
    return !fields.some((field, at) => known![at]!.has(field));
  };
}

function mayBeComment(text: string): boolean {
  return text.startsWith('# ') || text.startsWith('#\t');
}

/** Whether the line ends a sentence, and is no word. */
function isEnd(text: string): boolean {
  return trimAscii(text) === '' || (text.startsWith('-DOCSTART-') && /^-DOCSTART-(?:[ \t]|$)/.test(text));
}

function count(columns: number): string {
  return columns === 1 ? 'one column' : `${columns} columns`;
}
