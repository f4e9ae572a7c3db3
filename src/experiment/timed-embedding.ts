import type { Dataset } from '../datasets/dataset.ts';
import type { EmbedParams } from '../embed/embed-params.ts';
import { VectorStore } from '../embed/store.ts';
import type { Encoder } from '../encoders/encoder.ts';
import type { Progress } from '../progress.ts';
import type { Timing } from '../results/timings.ts';
import { settingsOf, type GridParams } from './grid.ts';
import { identityOf } from './rows.ts';

/** Input of embedding, for texts and words alike. */
export type EmbeddingResources = Pick<EmbedParams, 'encoder' | 'store' | 'threads' | 'tokenBudget' | 'signal' | 'onProgress'>;

export interface TimedEmbeddingParams {
  /** Members of one forward pass. */
  readonly names: readonly string[];
  readonly encoder: Encoder;
  readonly dataset: Dataset;
  readonly params: Pick<GridParams, 'settings' | 'vectorFolder' | 'progress' | 'warn' | 'signal'>;
  readonly timings: Timing[];
}

interface Counts {
  readonly unique: number;
  readonly computed: number;
  readonly tokens: number;
}

/**
 * Passes already reported to a progress: its message about the cache means earlier runs, and a second pass would find what the first has
 * stored.
 */
const passes = new WeakMap<Progress, Set<string>>();

export interface CachedParams {
  readonly progress: Progress;
  readonly dataset: string;
  readonly encoder: string;
  readonly embedded: Pick<Counts, 'unique' | 'computed'>;
}

/** Reports that a pass, the first of its kind, needed no text to be embedded. */
export function sayCached({ progress, dataset, encoder, embedded: { unique, computed } }: CachedParams): void {
  const seen = passes.get(progress) ?? new Set<string>();
  const pass = `${dataset} ${encoder}`;
  const isFirst = !seen.has(pass);
  passes.set(progress, seen.add(pass));
  if (isFirst && computed === 0 && unique > 0)
    progress.log(`${dataset}: vectors by ${encoder} were cached by an earlier run; nothing was embedded.`);
}

/** Embeds a dataset in one forward pass of an encoder, reports progress, and records the time. Throws as `work`. */
export async function timedEmbedding<E extends Counts>(
  { names: members, encoder, dataset, params, timings }: TimedEmbeddingParams,
  work: (resources: EmbeddingResources) => Promise<E>,
): Promise<E> {
  const { settings, vectorFolder, progress, warn, signal } = params;
  const names = members.join(' + ');
  const task = progress.task(`${dataset.key}: ${names}`, undefined, 'texts');
  const started = performance.now();
  try {
    const embedded = await work({
      encoder,
      store: new VectorStore(vectorFolder, warn),
      threads: settings.threads,
      tokenBudget: settings.tokenBudget,
      signal,
      onProgress: ({ done, total, tokens }) => {
        task.setTotal(total);
        task.update(done, `${tokens} tokens`);
      },
    });
    timings.push({
      encoder: names,
      dataset: dataset.key,
      stage: 'embed',
      seconds: (performance.now() - started) / 1000,
      texts: embedded.unique,
      tokens: embedded.tokens,
      cached: 1 - embedded.computed / Math.max(1, embedded.unique),
      peakMemoryBytes: process.resourceUsage().maxRSS * 1024,
      ...settingsOf(identityOf(encoder), dataset),
    });
    sayCached({ progress, dataset: dataset.key, encoder: names, embedded });
    return embedded;
  } finally {
    task.end();
  }
}
