import { csvText, parseTable } from './csv.ts';
import { fixed } from './format.ts';
import { readText } from './read.ts';
import { writeWhole } from './write.ts';

/** timings.csv: how long each stage took. Apart from results.csv, which has nothing that changes from run to run. */

export const TIMING_COLUMNS = [
  'encoder', 'dataset', 'stage', 'detail', 'seconds', 'texts', 'tokens', 'texts_per_second', 'tokens_per_second', 'cached_percent', 'peak_memory_mb',
] as const;

export type Stage = 'load' | 'embed' | 'knn';

/** One stage of the run. What does not apply is left out, and empty in the file. */
export interface Timing {
  readonly encoder: string;
  /** Left out for what no data set is needed for (loading an encoder). */
  readonly dataset?: string | undefined;
  readonly stage: Stage;
  /** What of the stage, `cls leave-one-out exact`. */
  readonly detail?: string | undefined;
  readonly seconds: number;
  readonly texts?: number | undefined;
  /** Tokens that went through the encoder, without padding. */
  readonly tokens?: number | undefined;
  /** Share of the texts that came from the vector store, 0 to 1. */
  readonly cached?: number | undefined;
  /** Highest resident memory of the process so far. */
  readonly peakMemoryBytes?: number | undefined;
}

/** Writes timings.csv atomically, rows in the order given. @throws HarnessError OUTPUT */
export async function writeTimings({ file, timings }: { readonly file: string; readonly timings: readonly Timing[] }): Promise<void> {
  await writeWhole({ file, text: csvText({ columns: TIMING_COLUMNS, rows: timings.map(timingRow) }) });
}

/** Milliseconds that encoders took a text that was not stored, from timings.csv; none where there is no file. Encoders that were run together are left out. @throws HarnessError FORMAT */
export async function readTextMs(file: string): Promise<Map<string, number>> {
  const text = await readText(file);
  if (text === undefined) return new Map();
  const { header, records } = parseTable({ text, file, needed: ['encoder', 'stage', 'seconds', 'texts', 'cached_percent'], what: 'a file of timings' });
  const sums = new Map<string, { seconds: number; texts: number }>();
  for (const { cells } of records) {
    const [encoder, stage, seconds, texts, cached] = ['encoder', 'stage', 'seconds', 'texts', 'cached_percent'].map((column) => cells[header.indexOf(column)]!);
    // Of texts that are nearly all stored, the time says little of the encoder.
    if (stage !== 'embed' || !(Number(cached) < MOSTLY_CACHED)) continue;
    const sum = sums.get(encoder!) ?? { seconds: 0, texts: 0 };
    sums.set(encoder!, { seconds: sum.seconds + Number(seconds), texts: sum.texts + Number(texts) * (1 - Number(cached) / 100) });
  }
  return new Map([...sums].filter(([, { texts }]) => texts > 0).map(([encoder, { seconds, texts }]) => [encoder, (1000 * seconds) / texts]));
}

const MOSTLY_CACHED = 50;

function timingRow(timing: Timing): Record<(typeof TIMING_COLUMNS)[number], string> {
  const { encoder, dataset = '', stage, detail = '', seconds, texts, tokens, cached, peakMemoryBytes } = timing;
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
  };
}

function optional(value: number | undefined, digits: number): string {
  return value === undefined ? '' : fixed(value, digits);
}

/** Empty for a stage too short to be measured. */
function rate(count: number | undefined, seconds: number): string {
  return count === undefined || seconds <= 0 ? '' : fixed(count / seconds, 1);
}
