/** A row of an input. */
export interface PlacedRow {
  /** Line of the file, or its equivalent: `record 7`. */
  readonly at: number | string;
}

/** How rows are written with their predictions. */
export interface RowsWriter<R extends PlacedRow, P> {
  /** What a row is: `text`. */
  readonly called: string;
  /** Throws OPTION if the input as a whole cannot be written in this format. */
  checkHeader(): void;
  /** Throws OPTION and FORMAT if a row cannot be written, as far as that is known before the prediction. */
  check(row: R): void;
  /** Text before the first row. Must be called after that was checked. */
  head(): string;
  text(rows: readonly R[], predictions: readonly P[]): string;
  /** Text after the last row. Must be called after all were read. */
  tail(): string;
  /** The content of a row that is written: an input is unchanged if these are. */
  contentOf(row: R): string;
  /** Columns before those of predictions; undefined if they come from the first row, or differ by row. */
  readonly columns: readonly string[] | undefined;
  /** Number of fields whose tabs and newlines were replaced by blanks, since the table has no quotes. */
  readonly blanked: number;
}
