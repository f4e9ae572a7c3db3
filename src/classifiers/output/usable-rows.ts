import { Faults, type Fault } from '../../datasets/faults.ts';
import { SKIP_INVALID } from '../../datasets/findings.ts';
import { isFault } from '../../datasets/table.ts';
import { HarnessError } from '../../errors.ts';
import type { PlacedRow, RowsWriter } from './rows-writer.ts';

/** Rows as they are read, with those that cannot be used. */
export type RowsIn<R extends PlacedRow> = AsyncIterable<R | Fault>;

/** A row that is classified. */
export interface ReadRow<R extends PlacedRow> {
  readonly row: R;
  /** Records that were read up to it, those that cannot be used included. */
  readonly read: number;
}

export interface UsableParams<R extends PlacedRow> {
  /** For messages. */
  readonly name: string;
  readonly rows: RowsIn<R>;
  readonly faults: Faults;
  readonly skipInvalid: boolean;
}

/** Rows that can be used; the others are counted. Throws FORMAT at the first of them, unless they are skipped. */
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
 * Looks through a file before anything is run: one broken row far behind would else be found after hours. Throws FORMAT with all rows that
 * cannot be used, unless they are skipped and some are left; DATA where there are none. Returns how many can be used.
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
