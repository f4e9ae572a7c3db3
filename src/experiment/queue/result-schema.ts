import { z } from 'zod';
import { COST_COLUMNS } from '../../results/costs.ts';
import { ESTIMATE_COLUMNS } from '../../results/estimates.ts';
import { METHODS } from '../../maps/projection.ts';
import { ERROR_CODES } from '../../errors.ts';
import type { JobEnd, Said } from './job-process-calls.ts';
import { resultRow } from './job-schema.ts';

/**
 * Schema of results read from a queue: they go into tables, and anyone with access to the queue can have written them. Unknown fields are
 * dropped.
 */

const text = z.string();
const optionalText = text.optional();
const count = z.int().nonnegative();
const number = z.number();

const truth = z.object({
  multi: z.boolean(),
  numbers: z.boolean().optional(),
  sentences: z.object({ words: z.array(count), scheme: text, bare: z.boolean() }).optional(),
  classes: z.array(text),
  labels: text,
});
const cell = z.object({ row: resultRow, truth: text, given: text });

const tagsOnDev = z.object({ spanF1: number.optional(), microF1NoO: number.optional(), accuracy: number, macroF1: number });

const epoch = z.object({
  encoder: text,
  dataset: text,
  pooling: text,
  prompt: optionalText,
  objective: text,
  seed: z.int(),
  training: text,
  epoch: count,
  step: count,
  learningRate: number.optional(),
  loss: number.optional(),
  gradientNorm: number.optional(),
  dev: z
    .union([z.object({ microF1: number, macroF1: number }), z.object({ spearman: number.optional(), rmse: number }), tagsOnDev])
    .optional(),
});

const failure = z.object({
  encoder: text,
  dataset: text,
  pooling: optionalText,
  dim: optionalText,
  prompt: optionalText,
  objective: optionalText,
  reason: text,
});

const timing = z.object({
  encoder: text,
  dataset: optionalText,
  stage: z.enum(['load', 'embed', 'knn']),
  detail: optionalText,
  seconds: number,
  texts: number.optional(),
  tokens: number.optional(),
  cached: number.optional(),
  peakMemoryBytes: number.optional(),
  dtype: optionalText,
  maxLength: optionalText,
  sample: optionalText,
  prompt: optionalText,
});

const columns = <C extends string>(names: readonly C[]) =>
  z.object(Object.fromEntries(names.map((each) => [each, text])) as Record<C, z.ZodString>);

const places = z.object({
  truth: z.array(number).optional(),
  classes: count,
  numbers: z.literal(true).optional(),
  places: z.array(
    z.object({
      pooling: text,
      layers: text,
      dim: count.optional(),
      pair: z.literal('joint').optional(),
      wordPooling: optionalText,
      estimates: z.array(
        z.object({
          estimator: text,
          score: z.union([number, text]),
          predicted: z.array(number).optional(),
          hits: z.array(count).optional(),
        }),
      ),
    }),
  ),
});

const estimate = z.object({
  rows: z.array(columns(ESTIMATE_COLUMNS)),
  cost: columns(COST_COLUMNS).optional(),
  ranked: z.object({
    encoder: text,
    prompt: optionalText,
    poolings: places,
    curve: places,
    texts: count,
    sample: text,
    parameters: number,
    textMs: number.optional(),
    timedTexts: number.optional(),
    tokensPerSecond: number.optional(),
    memoryBytes: number.optional(),
    cut: count,
  }),
  fixedMs: number,
  estimateMs: number,
});

const map = z.object({
  encoder: text,
  prompt: optionalText,
  dataset: text,
  method: z.enum(METHODS),
  layout: z.array(number),
  labels: z.array(count),
  classes: z.array(text),
  field: text,
  caption: text,
});

const jobResult = z.object({
  job: z.string().regex(/^[0-9a-f]{16}$/),
  truths: z.record(text, truth),
  cells: z.array(cell),
  curve: z.array(epoch),
  failures: z.array(failure),
  timings: z.array(timing),
  estimate: estimate.optional(),
  map: map.optional(),
});

const complaint = z.object({
  code: z.enum(ERROR_CODES),
  what: text,
  where: optionalText,
  hint: optionalText,
});

/** Maximum number of lines per job. */
export const MOST_SAID = 1000;

/** What a worker returns: the job's result, where it was computed, and the messages on the way. */
export const queuedEnd = z.object({
  end: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('done'), result: jobResult }),
    z.object({ kind: z.literal('complaint'), complaint }),
  ]),
  worker: text.max(300),
  /** Kind of processor: kernels round differently on others. */
  machine: text.max(300),
  /** Vector store that it was run with. */
  store: text.max(100).optional(),
  said: z.array(z.object({ kind: z.enum(['warning', 'log']), line: text.max(4000) })).max(MOST_SAID),
});

export interface QueuedEnd {
  readonly end: Extract<JobEnd, { readonly kind: 'done' | 'complaint' }>;
  readonly worker: string;
  readonly machine: string;
  readonly store?: string | undefined;
  readonly said: readonly Said[];
}
