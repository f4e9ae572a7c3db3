import { csvText, filled, parseTable } from './csv.ts';
import { fixed } from './format.ts';
import { readText } from './read.ts';
import { writeWhole } from './write.ts';

/** timings.csv: duration of each stage. Separate from results.csv, which contains nothing that changes from run to run. */

export const TIMING_COLUMNS = [
  'encoder',
  'dataset',
  'stage',
  'detail',
  'seconds',
  'texts',
  'tokens',
  'texts_per_second',
  'tokens_per_second',
  'cached_percent',
  'peak_memory_mb',
  'dtype',
  'max_length',
  'sample',
  'prompt',
  'device',
] as const;
type TimingColumn = (typeof TIMING_COLUMNS)[number];
export type TimingRow = Readonly<Record<TimingColumn, string>>;

/** What identifies a stage, in addition to whether most of its texts were cached. Files of older versions lack the last five. */
const KEY: readonly TimingColumn[] = ['encoder', 'dataset', 'stage', 'detail', 'dtype', 'max_length', 'sample', 'prompt', 'device'];
const NEEDED: readonly TimingColumn[] = ['encoder', 'dataset', 'stage', 'detail', 'seconds', 'texts', 'cached_percent'];

export type Stage = 'load' | 'embed' | 'knn';

/** One stage of the run. What does not apply is omitted, and empty in the file. */
export interface Timing {
  readonly encoder: string;
  /** Omitted for a stage that needs no dataset (loading an encoder). */
  readonly dataset?: string | undefined;
  readonly stage: Stage;
  /** Part of the stage: `cls last, leave-one-out, k 5, euclidean, uniform, auto`. */
  readonly detail?: string | undefined;
  readonly seconds: number;
  readonly texts?: number | undefined;
  /** Tokens that went through the encoder, without padding. */
  readonly tokens?: number | undefined;
  /** Fraction of the texts that came from the vector store, 0 to 1. */
  readonly cached?: number | undefined;
  /** Peak resident memory of the process so far. */
  readonly peakMemoryBytes?: number | undefined;
  readonly dtype?: string | undefined;
  readonly maxLength?: string | undefined;
  /** Column `sample` of the dataset. */
  readonly sample?: string | undefined;
  /** Column `prompt` of the results. */
  readonly prompt?: string | undefined;
  /** Column `device` of the results. */
  readonly device?: string | undefined;
}

/**
 * The rows of a file after a run: a repeated stage replaces its old row, all other old rows stay, including those of kept results. A stage
 * served from the store does not replace the encoder's time for the same texts.
 */
export function mergeTimings({ old, fresh }: { readonly old: readonly TimingRow[]; readonly fresh: readonly TimingRow[] }): TimingRow[] {
  const again = new Set(fresh.map(stageKey));
  return [...old.filter((row) => !again.has(stageKey(row))), ...fresh];
}

function stageKey(row: TimingRow): string {
  return JSON.stringify([...KEY.map((column) => row[column]), isMostlyCached(row)]);
}

/** Writes timings.csv atomically, rows in the order given. @throws HarnessError OUTPUT */
export async function writeTimings({ file, rows }: { readonly file: string; readonly rows: readonly TimingRow[] }): Promise<void> {
  await writeWhole({ file, text: csvText({ columns: filled(TIMING_COLUMNS, ['device'], rows), rows }) });
}

/** Reads timings.csv; a file that does not exist has no rows. @throws HarnessError FORMAT with file and line. */
export async function readTimings(file: string): Promise<TimingRow[]> {
  const text = await readText(file);
  if (text === undefined) return [];
  const { header, records } = parseTable({ text, file, needed: NEEDED, what: 'a file of timings' });
  return records.map(
    ({ cells }) => Object.fromEntries(TIMING_COLUMNS.map((column) => [column, cells[header.indexOf(column)] ?? ''])) as TimingRow,
  );
}

/**
 * Encoding time in milliseconds per text that was not cached, from timings.csv; empty if there is no file. Encoders that shared a forward
 * pass are left out. @throws HarnessError FORMAT
 */
export async function readTextMs(file: string): Promise<Map<string, number>> {
  const sums = new Map<string, { seconds: number; texts: number }>();
  for (const row of await readTimings(file)) {
    // If nearly all texts are cached, the time says little about the encoder.
    if (row.stage !== 'embed' || isMostlyCached(row)) continue;
    const sum = sums.get(row.encoder) ?? { seconds: 0, texts: 0 };
    sums.set(row.encoder, {
      seconds: sum.seconds + Number(row.seconds),
      texts: sum.texts + Number(row.texts) * (1 - Number(row.cached_percent) / 100),
    });
  }
  return new Map(
    [...sums].filter(([, { texts }]) => texts > 0).map(([encoder, { seconds, texts }]) => [encoder, (1000 * seconds) / texts]),
  );
}

const MOSTLY_CACHED = 50;

function isMostlyCached({ cached_percent: cached }: TimingRow): boolean {
  return !(Number(cached) < MOSTLY_CACHED);
}

export function timingRow(timing: Timing): TimingRow {
  const {
    encoder,
    dataset = '',
    stage,
    detail = '',
    seconds,
    texts,
    tokens,
    cached,
    peakMemoryBytes,
    dtype = '',
    maxLength = '',
    sample = '',
    prompt = '',
    device = '',
  } = timing;
  return {
    encoder,
    dataset,
    stage,
    detail,
    seconds: fixed(seconds, 3),
    texts: optional(texts, 0),
    tokens: optional(tokens, 0),
    texts_per_second: rate(texts, seconds),
    tokens_per_second: rate(tokens, seconds),
    cached_percent: cached === undefined ? '' : fixed(cached * 100, 2),
    peak_memory_mb: optional(peakMemoryBytes === undefined ? undefined : peakMemoryBytes / 1e6, 1),
    dtype,
    max_length: maxLength,
    sample,
    prompt,
    device,
  };
}

function optional(value: number | undefined, digits: number): string {
  return value === undefined ? '' : fixed(value, digits);
}

/** Empty for a stage too short to be measured. */
function rate(count: number | undefined, seconds: number): string {
  return count === undefined || seconds <= 0 ? '' : fixed(count / seconds, 1);
}
