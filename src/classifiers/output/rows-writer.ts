/** A row of an input. */
export interface PlacedRow {
  /** Line of the file, or what stands for it: `record 7`. */
  readonly at: number | string;
}

/** How rows are written again, each with its prediction. */
export interface RowsWriter<R extends PlacedRow, P> {
  /** What a row is called: `text`. */
  readonly called: string;
  /** Throws OPTION where the input as a whole cannot be written so. */
  checkHeader(): void;
  /** Throws OPTION and FORMAT where a row cannot be written, with what is known before any prediction. */
  check(row: R): void;
  /** What stands before the first row. To be asked once that was checked. */
  head(): string;
  text(rows: readonly R[], predictions: readonly P[]): string;
  /** What stands behind the last row. To be asked once all were read. */
  tail(): string;
  /** All of a row that is written: an input is the same as before where these are. */
  contentOf(row: R): string;
  /** Columns before those of predictions; undefined where the first row says them, or each its own. */
  readonly columns: readonly string[] | undefined;
  /** Fields whose tabs and newlines were written as blanks, since the table has no quotes. */
  readonly blanked: number;
}
