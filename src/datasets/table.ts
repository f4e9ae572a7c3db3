import { bounded, HarnessError, option } from '../errors.ts';
import { didYouMean } from '../registry/names.ts';
import { exampleOf, type Seen } from './cells.ts';
import type { Encoding } from './encodings.ts';
import type { Fault } from './faults.ts';
import { LabelPlaces } from './label-places.ts';
import { trimLabel } from './labels.ts';
import { named } from './hub/label-names.ts';
import { checkRowKind, rowKindOf, sentenceOf, type RowKind } from './word-cells.ts';
import { textOption, truthOption, type Reader, type ReaderFile, type ReaderParams } from './reader.ts';
import { badRow } from './faults.ts';
import { ROLES, type Column, type TableRow } from './table-row.ts';

const OPTIONS: Readonly<Record<Column['role'], string>> = {
  text: option('textColumn'),
  label: option('labelColumn'),
  split: option('splitColumn'),
  pair: option('textPairColumn'),
};

export interface TableParams {
  readonly file: ReaderFile;
  readonly encoding: Encoding;
  readonly columns: readonly Column[];
  /** Field delimiter of a text table. Default: detected. */
  readonly delimiter?: string | undefined;
  /** false: quotes of a text table are literal. Default: detected. */
  readonly quotes?: boolean | undefined;
  /** Receives findings about the file, a sentence without its name. */
  readonly find?: ((sentence: string) => void) | undefined;
}

/** Rows of the user's own table, and invalid ones. Throws if reading cannot continue: a missing column, an unclosed quote. */
export type TableRows = (params: TableParams) => AsyncIterable<TableRow | Fault>;

export function isFault(row: object): row is Fault {
  return 'what' in row;
}

/**
 * Makes a reader of a table format. Options `text` (default `text`), `label` (default: the label field), `split` and `pair` (the second
 * text of each row) name the columns; `labelSeparator` separates the labels of a cell (default: a single label); `delimiter` separates
 * fields; `quotes` false: quotes are literal.
 */
export function tableReader(rows: TableRows): Reader {
  return async function* ({ files, encoding, options, labelField, task, classNames, note, fault, booleans }: ReaderParams) {
    const split = textOption(options, 'split');
    const pair = textOption(options, 'pair');
    const columns: Column[] = [
      { role: 'text', name: textOption(options, 'text') ?? 'text' },
      { role: 'label', name: textOption(options, 'label') ?? labelField },
      ...(split === undefined ? [] : [{ role: 'split', name: split } as const]),
      ...(pair === undefined ? [] : [{ role: 'pair', name: pair } as const]),
    ];
    const twice = columns.find(({ name }, i) => columns.slice(0, i).some((other) => trimLabel(other.name) === trimLabel(name)));
    if (twice !== undefined) {
      throw new HarnessError('OPTION', {
        where: OPTIONS[twice.role],
        what: `Column "${twice.name}" is also the ${ROLES[columns.find(({ name }) => trimLabel(name) === trimLabel(twice.name))!.role]}'s.`,
        hint: 'Name another one.',
      });
    }
    const labelSeparator = textOption(options, 'labelSeparator');
    if (labelSeparator === '')
      throw new HarnessError('OPTION', {
        where: option('labelSeparator'),
        what: 'It is empty: every character would be a label.',
        hint: 'Omit it if every text has one label.',
      });
    if (labelSeparator !== undefined && task === 'regression') {
      throw new HarnessError('OPTION', {
        where: option('labelSeparator'),
        what: 'It separates labels, but a text has one number.',
        hint: 'Omit it.',
      });
    }
    const delimiter = textOption(options, 'delimiter');
    const quotes = truthOption(options, 'quotes');
    const seen: Seen = { booleans: false, trimmed: 0, separator: false, doubtful: new Set(), places: new LabelPlaces() };
    let count = 0;
    let kind: RowKind | undefined;
    let without = 0;
    for (const file of files) {
      const before = count;
      let rowsOf = 0;
      const wrong = (found: Fault): void => {
        if (fault === undefined) throw badRow(file, found.at, found.what, found.hint);
        fault(file, found);
      };
      for await (const read of rows({ file, encoding, columns, delimiter, quotes, find: (sentence) => note?.(sentence, file.name) })) {
        rowsOf++;
        if (kind === undefined && !isFault(read)) {
          kind = rowKindOf(read);
          if (kind !== undefined) checkRowKind(kind, { task, columns, labelSeparator, file, at: read.at });
          if (kind === 'words' && task === undefined) note?.(WORDS_FOUND, file.name);
        }
        const row = isFault(read) ? read : named(read, classNames);
        const place = isFault(row) || row.split === undefined ? file : { ...file, split: row.split };
        const isSentence = kind === 'words' || (kind === undefined && task === 'token-classification');
        const example = isFault(row)
          ? row
          : isSentence
            ? sentenceOf({ row, columns, file: place, seen })
            : exampleOf({ row, columns, labelSeparator, task, file: place, seen });
        if (isFault(example)) wrong(example);
        else if (example.words?.length === 0) without++;
        else {
          count++;
          yield example;
        }
      }
      if (count === before) note?.(rowsOf === 0 ? 'It has no rows.' : 'None of its rows is valid.', file.name);
    }
    if (files.length > 0 && task !== 'regression') seen.places.check(files[0]!.name);
    if (without > 0) note?.(`${without} ${without === 1 ? 'sentence' : 'sentences'} without words left out.`);
    if (seen.booleans) booleans?.();
    if (seen.trimmed > 0) note?.(`Whitespace was trimmed from ${seen.trimmed} ${seen.trimmed === 1 ? 'label' : 'labels'}.`);
    for (const word of seen.doubtful) note?.(`Rows of split "${word}" are read as dev (Hugging Face datasets reads it as test).`);
    if (labelSeparator !== undefined && !seen.separator && count > 0) note?.(`No label contains the separator "${labelSeparator}".`);
  };
}

const WORDS_FOUND = 'Texts are lists of words and labels are lists of tags: read as token classification.';

/** Index of each column in a header, ignoring blanks around its names. Throws OPTION if one is missing, and lists the existing ones. */
export function findColumns(
  columns: readonly Column[],
  header: readonly string[],
  { file, hint }: { file: ReaderFile; hint?: string | undefined },
): number[] {
  return columns.map(({ role, name }) => {
    const at = columnAt(header, name);
    if (at < 0) throw missingColumn({ role, name, header, where: file.name, hint });
    if (header.includes(header[at]!, at + 1) || isAmbiguous(header, name)) {
      throw badRow(file, 1, `Duplicate column "${name}".`, 'Rename one of them.');
    }
    return at;
  });
}

/** Index of a column; -1 if there is none. */
export function columnAt(header: readonly string[], name: string): number {
  const exact = header.indexOf(name);
  return exact >= 0 ? exact : header.findIndex((each) => trimLabel(each) === trimLabel(name));
}

/** Whether several columns match a name only up to surrounding blanks, and none exactly. */
export function isAmbiguous(header: readonly string[], name: string): boolean {
  return !header.includes(name) && header.filter((each) => trimLabel(each) === trimLabel(name)).length > 1;
}

/** Maximum columns, and characters of their names, listed in an error. */
const SHOWN = 20;
const SHOWN_LETTERS = 40;

export interface MissingParams extends Column {
  readonly header: readonly string[];
  readonly where: string;
  /** Another possible fix. */
  readonly hint?: string | undefined;
}

export function missingColumn({ role, name, header, where, hint }: MissingParams): HarnessError {
  return new HarnessError('OPTION', {
    where,
    what: `No column "${name}".${didYouMean(name, header)} ${
      header.length === 0
        ? 'It has no columns.'
        : `Columns: ${header
            .slice(0, SHOWN)
            .map((each) => bounded(each, SHOWN_LETTERS))
            .join(', ')}${header.length > SHOWN ? `, and ${header.length - SHOWN} more` : ''}.`
    }`,
    hint: `Set the ${ROLES[role]} column with ${OPTIONS[role]}.${hint === undefined ? '' : ` ${hint}`}`,
  });
}
