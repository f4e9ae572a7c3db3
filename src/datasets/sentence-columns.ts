import { HarnessError, option, shown } from '../errors.ts';
import { didYouMean } from '../registry/names.ts';
import type { SentenceFormat } from './formats.ts';
import type { ReaderOptions } from './reader.ts';
import { CONLLU_COLUMNS } from './readers/conllu.ts';

/** Column options of the user. */
export interface NamedColumns {
  readonly textColumn?: string | undefined;
  readonly textPairColumn?: string | undefined;
  readonly labelColumn?: string | undefined;
  readonly splitColumn?: string | undefined;
  readonly labelSeparator?: string | undefined;
  readonly delimiter?: string | undefined;
}

export interface SentenceColumns {
  /** For the reader of the format. */
  readonly options: ReaderOptions;
  readonly labelField: string;
}

/** Label field of CoNLL columns if no column is named: the same as for other files. */
const LAST = 'label';

/** `bare`: without a label column only words are read. */
export interface ColumnsUse {
  readonly bare: boolean;
}

/** The columns of tagged sentences to read. Throws OPTION for options that do not apply to such files, and for invalid columns. */
export function sentenceColumns(
  format: SentenceFormat,
  columns: NamedColumns,
  where: string,
  { bare }: ColumnsUse = { bare: false },
): SentenceColumns {
  for (const name of ['textPairColumn', 'splitColumn', 'labelSeparator', 'delimiter'] as const) {
    if (columns[name] === undefined) continue;
    throw new HarnessError('OPTION', {
      where: option(name),
      what: `${where} has tagged words in columns (${format === 'conll' ? 'CoNLL' : 'CoNLL-U'}), which do not support this option.`,
      hint: 'Omit it.',
    });
  }
  const { textColumn, labelColumn } = columns;
  if (format === 'conllu') {
    if (textColumn !== undefined && conlluColumn(textColumn) !== 'form') {
      throw new HarnessError('OPTION', {
        where: option('textColumn'),
        what: `The words of ${where} are always in the FORM column.`,
        hint: 'Omit it.',
      });
    }
    return { options: {}, labelField: labelColumn === undefined ? 'upos' : tagColumn(labelColumn, where) };
  }
  const word = textColumn === undefined ? undefined : numbered(textColumn, 'textColumn', { where, otherwise: 'for the first' });
  // The label field shown in results can be used to read them again.
  const tag =
    labelColumn === undefined || labelColumn === LAST
      ? undefined
      : numbered(labelColumn, 'labelColumn', { where, otherwise: bare ? 'if there are no tags' : 'for the last' });
  return {
    options: { ...(word !== undefined && { word }), ...(tag !== undefined && { tag }) },
    labelField: tag === undefined ? LAST : String(tag),
  };
}

interface NumberedParams {
  readonly where: string;
  /** Default. */
  readonly otherwise: string;
}

function numbered(column: string, name: 'textColumn' | 'labelColumn', { where, otherwise }: NumberedParams): number {
  if (/^[1-9]\d{0,3}$/.test(column.trim())) return Number(column);
  throw new HarnessError('OPTION', {
    where: option(name),
    what: `${where} has unnamed columns, and ${shown(column)} is not a column number.`,
    hint: `Give a number from 1, or omit it ${otherwise}.`,
  });
}

function conlluColumn(column: string): string | undefined {
  const word = column.trim().toLowerCase();
  return CONLLU_COLUMNS.find((name, i) => name === word || String(i + 1) === word);
}

/** Columns that identify a word are not tags: its number, and the word itself. */
function tagColumn(column: string, where: string): string {
  const found = conlluColumn(column);
  if (found !== undefined && found !== 'id' && found !== 'form') return found;
  const names = CONLLU_COLUMNS.filter((name) => name !== 'id' && name !== 'form');
  throw new HarnessError('OPTION', {
    where: option('labelColumn'),
    what: `${where} is CoNLL-U, and ${shown(column)} is not a tag column.${didYouMean(column, names)}`,
    hint: `Columns: ${names.join(', ')}.`,
  });
}
