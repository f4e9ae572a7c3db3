import { createHash } from 'node:crypto';
import { Faults } from '../../datasets/faults.ts';
import { collectGarbage } from '../../embed/collect-garbage.ts';
import { HarnessError } from '../../errors.ts';
import type { PredictedWindow } from '../predicted-windows.ts';
import type { Mark } from './resumable-file.ts';
import type { PlacedRow, RowsWriter } from './rows-writer.ts';
import type { Tally } from './tally.ts';
import { nothing, usableRows, type ReadRow, type RowsIn } from './usable-rows.ts';

/** Number of windows after which garbage is collected: rows survive the young generation, and hundreds of megabytes would accumulate. */
const COLLECTED = 8;

/** Receiver of rows. */
export interface RowsOutput {
  readonly write: (text: string) => Promise<void>;
  /** Records progress, if the output can be resumed. */
  readonly mark?: ((mark: Mark, options?: { readonly now?: boolean }) => Promise<void>) | undefined;
  /** Progress of an earlier run. */
  readonly resumed?: Mark | undefined;
  /** For messages: the partial file of an earlier run. */
  readonly part?: string | undefined;
}

export interface PredictRowsParams<R extends PlacedRow, P, S> {
  /** For messages. */
  readonly name: string;
  readonly rows: RowsIn<R>;
  readonly predict: (items: AsyncIterable<ReadRow<R>>) => AsyncIterable<PredictedWindow<ReadRow<R>, P>>;
  /** `columns`: those recorded by an earlier run. */
  readonly writer: (columns: readonly string[] | undefined) => RowsWriter<R, P>;
  readonly output: RowsOutput;
  readonly skipInvalid: boolean;
  /** Collects scores of predictions; `earlier`: the state of an earlier run. */
  readonly tally?: ((earlier: unknown) => Tally<R, P, S>) | undefined;
  readonly onProgress: (rows: number) => void;
  /** The reader has closed the output. */
  readonly isEnded?: (() => boolean) | undefined;
}

export interface PredictedRows<S> {
  /** Number of rows with a prediction. */
  readonly rows: number;
  /** Number of truncated texts. */
  readonly truncated: number;
  /** A sentence about skipped rows. */
  readonly skipped: string | undefined;
  /** Number of fields whose tabs and newlines were replaced by blanks. */
  readonly blanked: number;
  /** undefined if nothing is scored, or there was nothing to score. */
  readonly scores: S | undefined;
}

/** Counts that are continued by a resumed run on the same file. */
interface Counted {
  readonly rows: number;
  readonly truncated: number;
  readonly blanked: number;
  readonly columns: readonly string[] | null;
  /** State of the tally. */
  readonly scored: unknown;
}

/** Number of rows written by an earlier run. */
export function rowsBefore({ resumed }: Pick<RowsOutput, 'resumed'>): number {
  return (resumed?.counted as Counted | undefined)?.rows ?? 0;
}

/**
 * Predicts the rows of an input and writes them with their predictions, in order and in constant memory. Throws what reading, running and
 * writing throw; OPTION if an earlier run wrote rows that differ from the input's; DATA if there is no row.
 */
export async function predictRows<R extends PlacedRow, P extends { readonly truncated: boolean }, S>(
  params: PredictRowsParams<R, P, S>,
): Promise<PredictedRows<S>> {
  const { name, output, skipInvalid, onProgress, isEnded = () => false } = params;
  const before = output.resumed?.counted as Counted | undefined;
  const writer = params.writer(before?.columns ?? undefined);
  writer.checkHeader();
  const tally = params.tally?.(before?.scored ?? undefined);
  const faults = new Faults();
  const hash = createHash('sha256');
  let { rows, truncated } = before ?? { rows: 0, truncated: 0 };
  let read = output.resumed?.read ?? 0;
  const markNow = async (now: boolean): Promise<void> => {
    const blanked = (before?.blanked ?? 0) + writer.blanked;
    const counted: Counted = { rows, truncated, blanked, columns: writer.columns ?? null, scored: tally?.counts ?? null };
    await output.mark?.({ read, input: hash.copy().digest('hex'), counted }, { now });
  };
  const items = behind(usableRows({ name, rows: params.rows, faults, skipInvalid }), { name, output, hash, writer });
  let marked = true;
  let windows = 0;
  try {
    for await (const window of params.predict(items)) {
      const written = window.items.map(({ row }) => row);
      const head = rows === 0 ? writer.head() : '';
      await output.write(head + writer.text(written, window.predictions));
      for (const [i, prediction] of window.predictions.entries()) {
        if (prediction.truncated) truncated++;
        tally?.add(written[i]!, prediction);
      }
      for (const item of window.items) digest(hash, item, writer);
      read = window.items.at(-1)!.read;
      rows += written.length;
      marked = false;
      onProgress(rows);
      if (++windows % COLLECTED === 0) collectGarbage();
      await markNow(false);
      if (isEnded()) break;
    }
  } finally {
    // However it ends, what was written is recorded.
    if (!marked) await markNow(true);
  }
  if (rows === 0 && faults.count > 0) throw faults.error({ usable: 0, by: undefined });
  if (rows === 0) throw nothing(name, writer);
  const tail = writer.tail();
  if (tail !== '' && !isEnded()) await output.write(tail);
  return {
    rows,
    truncated,
    skipped: faults.count === 0 ? undefined : faults.note({ usable: rows, files: 1 }),
    blanked: (before?.blanked ?? 0) + writer.blanked,
    scores: tally?.scores(),
  };
}

interface BehindParams<R extends PlacedRow> {
  /** For messages. */
  readonly name: string;
  readonly output: RowsOutput;
  readonly hash: ReturnType<typeof createHash>;
  readonly writer: Pick<RowsWriter<R, never>, 'check' | 'contentOf'>;
}

/** Rows after those written by an earlier run, which are verified against its record. */
async function* behind<R extends PlacedRow>(
  rows: AsyncIterable<ReadRow<R>>,
  { name, output: { resumed, part }, hash, writer }: BehindParams<R>,
): AsyncGenerator<ReadRow<R>> {
  let isChecked = resumed === undefined;
  const check = (): void => {
    if (!isChecked && hash.copy().digest('hex') !== resumed!.input) {
      throw new HarnessError('OPTION', {
        where: name,
        what: `Its first rows differ from those in ${part}.`,
        hint: `Give the same input, or remove ${part} to start over.`,
      });
    }
    isChecked = true;
  };
  for await (const item of rows) {
    if (item.read <= (resumed?.read ?? 0)) {
      digest(hash, item, writer);
      continue;
    }
    check();
    writer.check(item.row);
    yield item;
  }
  check();
}

function digest<R extends PlacedRow>(
  hash: ReturnType<typeof createHash>,
  { row, read }: ReadRow<R>,
  writer: Pick<RowsWriter<R, never>, 'contentOf'>,
): void {
  hash.update(`${read} ${writer.contentOf(row)}\n`);
}
