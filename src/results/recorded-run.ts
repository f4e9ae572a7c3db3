import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import type { RankedRecord } from './run-record.ts';

/** What run.json says about the last run of a folder that its tables do not: the order that was asked for, and the answer of a ranking. */
export interface RecordedRun {
  /** In the order of the run; empty if unknown. */
  readonly datasets: readonly string[];
  /** Estimator that a ranking was ordered by; undefined if the run ranked nothing, or it is unknown. */
  readonly by: string | undefined;
  readonly ranked: readonly RankedRecord[];
}

const names = z.array(z.string());
const ranking = z.object({
  dataset: z.string(),
  by: z.string(),
  sample: z.string(),
  test: z.enum(['mcnemar', 'numbers', 'sentences', 'none']),
  encoders: z.array(
    z.object({
      encoder: z.string(),
      pooling: z.string(),
      layers: z.string(),
      dim: z.string(),
      score: z.string(),
      p: z.number().nullable(),
    }),
  ),
}) satisfies z.ZodType<RankedRecord>;

/** Reads run.json. A file that is missing, or was written by something else, says nothing. */
export async function readRecordedRun(folder: string): Promise<RecordedRun> {
  const record = await readFile(path.join(folder, 'run.json'), 'utf8')
    .then((text) => JSON.parse(text) as unknown)
    .catch(() => undefined);
  const valid = <T>(schema: z.ZodType<T>, ...fields: readonly string[]): T | undefined => {
    const value = fields.reduce<unknown>(
      (at, field) => (typeof at === 'object' && at !== null ? Reflect.get(at, field) : undefined),
      record,
    );
    return schema.safeParse(value).data;
  };
  const [estimator] = valid(names, 'request', 'estimator') ?? [];
  return {
    datasets: valid(names, 'plan', 'datasets') ?? [],
    by: valid(z.string(), 'request', 'by') ?? (estimator === 'all' ? undefined : estimator),
    ranked: valid(z.array(ranking), 'ranked') ?? [],
  };
}
