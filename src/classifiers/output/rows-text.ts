import { stringify } from 'csv-stringify/sync';
import type { InputRow } from '../../datasets/input/input-row.ts';
import type { InputTable } from '../../datasets/input/input-rows.ts';
import { HarnessError } from '../../errors.ts';
import type { AnyPrediction } from '../prediction.ts';
import { addedColumns, addedValues, cellOf, type AddedParams, type AddedValue } from './added-columns.ts';
import { checkFree, extendedLine, property } from './json-line.ts';
import type { RowsWriter } from './rows-writer.ts';

export const OUTPUT_FORMATS = ['csv', 'tsv', 'jsonl'] as const;
export type OutputFormat = (typeof OUTPUT_FORMATS)[number];

export interface RowsTextParams {
  /** For messages. */
  readonly name: string;
  readonly input: Pick<InputTable, 'format' | 'header' | 'dialect'>;
  readonly format: OutputFormat;
  readonly added: AddedParams;
  /** Columns of rows written earlier, for JSON that becomes a table. */
  readonly columns?: readonly string[] | undefined;
}

/** Text column of plain lines. */
const LINE_COLUMN = 'text';

/**
 * Writes rows of an input with their predictions appended: all their columns, in order. A table made from JSON objects has the columns of
 * the first of them.
 */
export class RowsText implements RowsWriter<InputRow, AnyPrediction> {
  readonly called = 'text';
  readonly #params: RowsTextParams;
  readonly #added: readonly string[];
  #columns: readonly string[] | undefined;
  #blanked = 0;

  constructor(params: RowsTextParams) {
    const { input, columns } = params;
    this.#params = params;
    this.#added = addedColumns(params.added);
    const lines = input.format === 'lines' ? [LINE_COLUMN] : undefined;
    this.#columns = columns ?? lines ?? input.header;
  }

  /** Throws OPTION if the input has a column with the name of one for predictions, or a duplicate column that JSON cannot have. */
  checkHeader(): void {
    const { name, format } = this.#params;
    this.#checkNames(this.#columns ?? [], name);
    const twice = format === 'jsonl' ? this.#columns?.find((each, at) => this.#columns!.indexOf(each) < at) : undefined;
    if (twice !== undefined) {
      throw new HarnessError('OPTION', {
        where: name,
        what: `It has two columns "${twice}"; a JSON object can hold only one.`,
        hint: 'Write a table: .csv or .tsv.',
      });
    }
  }

  get columns(): readonly string[] | undefined {
    return this.#columns;
  }

  get blanked(): number {
    return this.#blanked;
  }

  check({ object, at }: InputRow): void {
    if (object === undefined) return;
    const { name, format } = this.#params;
    const keys = Object.keys(object.value);
    const where = typeof at === 'number' ? `${name}:${at}` : `${name}: ${at}`;
    this.#checkNames(keys, where);
    if (format === 'jsonl') return;
    const columns = (this.#columns ??= keys);
    const strange = keys.find((key) => !columns.includes(key));
    if (strange !== undefined) {
      throw new HarnessError('FORMAT', {
        where,
        what: `It has a field "${strange}", which the first row lacks: a table has the columns of its first row.`,
        hint: 'Write JSON lines (.jsonl).',
      });
    }
    const rounded = keys.find((key) => Number.isInteger(object.value[key]) && !Number.isSafeInteger(object.value[key]));
    if (rounded !== undefined) {
      throw new HarnessError('FORMAT', {
        where,
        what: `"${rounded}" is a number beyond 2^53, which JSON parsers round.`,
        hint: 'Quote it, or use JSON lines (.jsonl), whose lines are kept unchanged.',
      });
    }
  }

  /** The header, if the format has one. Must be called after the first row was checked. */
  head(): string {
    return this.#params.format === 'jsonl' ? '' : this.#lines([[...(this.#columns ?? []), ...this.#added]]);
  }

  /** Rows with their predictions. */
  text(rows: readonly InputRow[], predictions: readonly AnyPrediction[]): string {
    const { added, format } = this.#params;
    const values = predictions.map((prediction) => addedValues(prediction, added));
    if (format === 'jsonl') return rows.map((row, i) => this.#object(row, values[i]!)).join('');
    return this.#lines(rows.map((row, i) => [...this.#cells(row), ...values[i]!.map(cellOf)]));
  }

  tail(): string {
    return '';
  }

  contentOf({ text, fields, object }: InputRow): string {
    return object?.text ?? JSON.stringify(fields ?? text);
  }

  #cells({ text, fields, object }: InputRow): readonly string[] {
    if (fields !== undefined) return fields;
    return object === undefined
      ? [text]
      : this.#columns!.map((column) => cell(Object.hasOwn(object.value, column) ? object.value[column] : undefined));
  }

  /** The text of a JSON line is not reformatted: numbers keep their digits, and keys their order. */
  #object({ text, fields = [text], object }: InputRow, values: readonly AddedValue[]): string {
    const before = object?.text ?? `{${this.#columns!.map((column, i) => property(column, fields[i]!)).join(',')}}`;
    return extendedLine(
      before,
      this.#added.map((column, i) => property(column, values[i]!)),
    );
  }

  #lines(rows: readonly (readonly string[])[]): string {
    const {
      format,
      input: { format: from, dialect },
    } = this.#params;
    const same = format === from ? dialect : undefined;
    const delimiter = same?.delimiter ?? (format === 'tsv' ? '\t' : ',');
    // Quotes in such a table are literal.
    if (same?.quotes === false) return rows.map((row) => `${row.map((field) => this.#plain(field, delimiter)).join(delimiter)}\n`).join('');
    return stringify(rows as string[][], { delimiter, quoted_match: /\r/ });
  }

  /** Only labels and training texts can contain delimiters or newlines. */
  #plain(field: string, delimiter: string): string {
    const plain = field.replaceAll(delimiter, ' ').replace(/[\r\n]+/g, ' ');
    if (plain !== field) this.#blanked++;
    return plain;
  }

  #checkNames(names: readonly string[], where: string): void {
    checkFree(this.#added, names, where);
  }
}

/** A JSON value as a table cell: texts unchanged, empty for null, lists and objects as JSON. */
function cell(value: unknown): string {
  if (value === null || value === undefined) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
