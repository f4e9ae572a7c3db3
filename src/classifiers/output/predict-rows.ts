import { createHash } from 'node:crypto';
import { Faults } from '../../datasets/faults.ts';
import { collectGarbage } from '../../embed/collect-garbage.ts';
import type { InputRow } from '../../datasets/input/input-row.ts';
import type { InputTable } from '../../datasets/input/input-rows.ts';
import { HarnessError } from '../../errors.ts';
import type { PredictedWindow, Predictor } from '../predictor.ts';
import type { Mark } from './resumable-file.ts';
import { isNumber, type AnyPrediction } from '../prediction.ts';
import type { ClassifierRecord } from '../record.ts';
import type { EncoderInput } from '../../encoders/encoder-input.ts';
import { RowsText, type RowsTextParams } from './rows-text.ts';
import { ScoredNumbers, type NumberCounts, type NumberRowScores } from './scored-numbers.ts';
import { ScoredRows, type RowScores, type ScoredCounts, type ScoredParams } from './scored-rows.ts';
import { nothing, usableRows, type ReadRow } from './usable-rows.ts';

/**
 * Windows after which garbage is collected: rows live too long to be taken for short-lived, and would lie about by the hundred megabytes.
 */
const COLLECTED = 8;

/** Where rows go. */
export interface RowsOutput {
  readonly write: (text: string) => Promise<void>;
  /** Notes how far it is, where it can be gone on with. */
  readonly mark?: ((mark: Mark, options?: { readonly now?: boolean }) => Promise<void>) | undefined;
  /** Where an earlier run came to. */
  readonly resumed?: Mark | undefined;
  /** For messages: what an earlier run has left. */
  readonly part?: string | undefined;
}

export interface PredictRowsParams {
  readonly predictor: Predictor;
  readonly input: InputTable;
  readonly text: Omit<RowsTextParams, 'input' | 'columns'>;
  readonly output: RowsOutput;
  readonly skipInvalid: boolean;
  /** Predictions are compared with a column. */
  readonly scored?: ScoredParams | undefined;
  /** The model predicts numbers, and this is what its record says of them. */
  readonly numbers?: Pick<ClassifierRecord, 'residuals'> | undefined;
  readonly onProgress: (rows: number) => void;
  /** Nobody takes what is written any more. */
  readonly isEnded?: (() => boolean) | undefined;
}

export interface PredictedRows {
  /** Rows that have a prediction. */
  readonly rows: number;
  /** Texts that were longer than the limit. */
  readonly truncated: number;
  /** A sentence about rows that were skipped. */
  readonly skipped: string | undefined;
  /** Fields whose tabs and newlines are blanks now. */
  readonly blanked: number;
  /** undefined where no column is compared with, or no row has a label. */
  readonly scores: RowScores | undefined;
  /** The same of numbers. */
  readonly numberScores?: NumberRowScores | undefined;
}

/** What is counted, from run to run of the same file. */
interface Counted {
  readonly rows: number;
  readonly truncated: number;
  readonly blanked: number;
  readonly columns: readonly string[] | null;
  readonly scored: ScoredCounts | NumberCounts | null;
}

/** Rows that an earlier run has written. */
export function rowsBefore({ resumed }: Pick<RowsOutput, 'resumed'>): number {
  return (resumed?.counted as Counted | undefined)?.rows ?? 0;
}

/**
 * Classifies the rows of an input and writes them again, in their order and in memory that does not grow with them. Throws as reading,
 * running and writing do; OPTION where an earlier run wrote rows that are not the input's; DATA where there is no row.
 */
export async function predictRows(params: PredictRowsParams): Promise<PredictedRows> {
  const { predictor, input, output, skipInvalid, onProgress, isEnded = () => false } = params;
  const { name } = params.text;
  const before = output.resumed?.counted as Counted | undefined;
  const text = new RowsText({ ...params.text, input, columns: before?.columns ?? undefined });
  text.checkHeader();
  const { numbers } = params;
  const earlier = before?.scored ?? undefined;
  const scored = numbers === undefined ? params.scored && new ScoredRows(params.scored, earlier as ScoredCounts | undefined) : undefined;
  const scoredNumbers = numbers && params.scored && new ScoredNumbers(numbers, earlier as NumberCounts | undefined);
  const faults = new Faults();
  const hash = createHash('sha256');
  let { rows, truncated } = before ?? { rows: 0, truncated: 0 };
  let read = output.resumed?.read ?? 0;
  const markNow = async (now: boolean): Promise<void> => {
    const blanked = (before?.blanked ?? 0) + text.blanked;
    const counted: Counted = { rows, truncated, blanked, columns: text.columns ?? null, scored: scored?.counts ?? scoredNumbers?.counts ?? null };
    await output.mark?.({ read, input: hash.copy().digest('hex'), counted }, { now });
  };
  const items = behind(usableRows({ name, rows: input.rows, faults, skipInvalid }), { name, output, hash, text });
  let marked = true;
  let windows = 0;
  try {
    const predicted: AsyncIterable<PredictedWindow<ReadRow, AnyPrediction>> =
      numbers === undefined ? predictor.predict(items, inputOf) : predictor.predictNumbers(items, inputOf);
    for await (const window of predicted) {
      const written = window.items.map(({ row }) => row);
      const head = rows === 0 ? text.head() : '';
      await output.write(head + text.text(written, window.predictions));
      for (const [i, prediction] of window.predictions.entries()) {
        if (prediction.truncated) truncated++;
        if (isNumber(prediction)) scoredNumbers?.add(written[i]!.label, prediction);
        else scored?.add(written[i]!.label, prediction);
      }
      for (const item of window.items) digest(hash, item);
      read = window.items.at(-1)!.read;
      rows += written.length;
      marked = false;
      onProgress(rows);
      if (++windows % COLLECTED === 0) collectGarbage();
      await markNow(false);
      if (isEnded()) break;
    }
  } finally {
    // However it ends: what is written is kept.
    if (!marked) await markNow(true);
  }
  if (rows === 0 && faults.count > 0) throw faults.error({ usable: 0, by: undefined });
  if (rows === 0) throw nothing(name);
  return {
    rows,
    truncated,
    skipped: faults.count === 0 ? undefined : faults.note({ usable: rows, files: 1 }),
    blanked: (before?.blanked ?? 0) + text.blanked,
    scores: scored?.scores(),
    ...(scoredNumbers !== undefined && { numberScores: scoredNumbers.scores() }),
  };
}

function inputOf({ row: { text, second } }: ReadRow): EncoderInput {
  return second === undefined ? text : { first: text, second };
}

interface BehindParams extends Pick<PredictRowsParams, 'output'> {
  readonly name: string;
  readonly hash: ReturnType<typeof createHash>;
  readonly text: RowsText;
}

/** Rows behind those that an earlier run has written, which are compared with what it noted of them. */
async function* behind(
  rows: AsyncIterable<ReadRow>,
  { name, output: { resumed, part }, hash, text }: BehindParams,
): AsyncGenerator<ReadRow> {
  let isChecked = resumed === undefined;
  const check = (): void => {
    if (!isChecked && hash.copy().digest('hex') !== resumed!.input) {
      throw new HarnessError('OPTION', {
        where: name,
        what: `Its first rows are not those that ${part} was made of.`,
        hint: `Give the same input, or remove ${part} to begin anew.`,
      });
    }
    isChecked = true;
  };
  for await (const item of rows) {
    if (item.read <= (resumed?.read ?? 0)) {
      digest(hash, item);
      continue;
    }
    check();
    text.check(item.row);
    yield item;
  }
  check();
}

function digest(hash: ReturnType<typeof createHash>, { row, read }: ReadRow): void {
  hash.update(`${read} ${contentOf(row)}\n`);
}

function contentOf({ text, fields, object }: InputRow): string {
  return object?.text ?? JSON.stringify(fields ?? text);
}
