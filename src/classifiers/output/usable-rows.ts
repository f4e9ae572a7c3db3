import { Faults, type Fault } from '../../datasets/faults.ts';
import { SKIP_INVALID } from '../../datasets/findings.ts';
import { isFault } from '../../datasets/table.ts';
import { HarnessError } from '../../errors.ts';
import type { PlacedRow, RowsWriter } from './rows-writer.ts';

/** Rows as read, including invalid ones. */
export type RowsIn<R extends PlacedRow> = AsyncIterable<R | Fault>;

/** A row to predict. */
export interface ReadRow<R extends PlacedRow> {
  readonly row: R;
  /** Number of records read up to it, including invalid ones. */
  readonly read: number;
}

export interface UsableParams<R extends PlacedRow> {
  /** For messages. */
  readonly name: string;
  readonly rows: RowsIn<R>;
  readonly faults: Faults;
  readonly skipInvalid: boolean;
}

/** Valid rows; the others are counted. Throws FORMAT at the first invalid one, unless they are skipped. */
export async function* usableRows<R extends PlacedRow>({ name, rows, faults, skipInvalid }: UsableParams<R>): AsyncGenerator<ReadRow<R>> {
  let [read, usable] = [0, 0];
  for await (const row of rows) {
    read++;
    if (!isFault(row)) {
      usable++;
      yield { row, read };
      continue;
    }
    faults.add({ name }, row);
    if (!skipInvalid) throw faults.error({ usable, by: SKIP_INVALID });
  }
}

/**
 * Scans a file before anything is run: otherwise an invalid row far down would be found after hours. Throws FORMAT with all invalid rows,
 * unless they are skipped and some rows are left; DATA if there are none. Returns the number of valid rows.
 */
export async function survey<R extends PlacedRow>(
  { name, rows, skipInvalid }: Omit<UsableParams<R>, 'faults'>,
  writer: Pick<RowsWriter<R, never>, 'check' | 'called'>,
): Promise<number> {
  const faults = new Faults();
  let usable = 0;
  for await (const row of rows) {
    if (isFault(row)) faults.add({ name }, row);
    else {
      writer.check(row);
      usable++;
    }
  }
  if (faults.count > 0 && (!skipInvalid || usable === 0)) throw faults.error({ usable, by: skipInvalid ? undefined : SKIP_INVALID });
  if (usable === 0) throw nothing(name, writer);
  return usable;
}

export function nothing(name: string, { called }: Pick<RowsWriter<PlacedRow, never>, 'called'>): HarnessError {
  return new HarnessError('DATA', { where: name, what: `It contains no ${called}.` });
}
