import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { batches, batchesAhead, tokenBudgetOf, type Batch, type TokenBudget } from '../../src/embed/batches.ts';
import { openRunner } from '../../src/embed/open-runner.ts';
import type { Runner } from '../../src/embed/runner.ts';
import { TextRunner } from '../../src/embed/text-runner.ts';
import type { VectorSpec } from '../../src/embed/vectors.ts';
import { openEncoder } from '../../src/encoders/encoder.ts';
import type { EmbeddingJob, EmbeddingResult, Inputs } from './jobs.ts';
import { paddedBatches, tokensIn } from './padded.ts';

/**
 * Embeds texts in batches of equal length, as the product does: from ids, several passes by one session; then in batches that are padded,
 * and from the texts.
 */
export async function* measureEmbedding(job: EmbeddingJob): AsyncIterable<EmbeddingResult> {
  const { folder, layers, device, threads } = job;
  const inputs = JSON.parse(readFileSync(path.join(folder, 'inputs.json'), 'utf8')) as Inputs;
  const rows = distinct(inputs.texts).slice(0, job.texts);
  const [ids, long] = [rows.map((row) => inputs.ids[row]!), inputs.long].map((all) => all.map((text) => Int32Array.from(text))) as [
    Int32Array[],
    Int32Array[],
  ];
  // The weights are not part of any identity here, so that their hash is not needed.
  const encoder = await openEncoder({ name: 'encoder', folder, onnx: undefined, revision: '', device, sha256: async () => '' });
  const spec: VectorSpec = { token: 'mean', layers: [layers], combine: 'one' };
  const tokenBudget = job.tokenBudget ?? tokenBudgetOf(encoder);
  const ahead = batchesAhead(encoder);
  const runner = await openRunner({ encoder, specs: [spec], threads });
  const equal = equalLengths(ids, tokenBudget);
  yield {
    part: 'questions',
    ...sizeOf(ids, equal),
    ...(await timed(job.passes, async (pass) => {
      const vectors = await embedAll(runner, { ids, list: equal, ahead });
      if (pass === 0) writeFileSync(job.vectors, vectors);
    })),
  };
  if (job.padded) {
    const lengths = ids.map((text) => text.length);
    const padded = paddedBatches({ lengths, tokenBudget: typeof tokenBudget === 'number' ? () => tokenBudget : tokenBudget });
    yield { part: 'padded', ...sizeOf(ids, padded), ...(await timed(job.passes, () => embedAll(runner, { ids, list: padded, ahead }))) };
  }
  if (job.long) {
    const ofLong = equalLengths(long, tokenBudget);
    yield {
      part: 'long',
      ...sizeOf(long, ofLong),
      ...(await timed(job.passes, () => embedAll(runner, { ids: long, list: ofLong, ahead }))),
    };
  }
  await runner.close();
  if (!job.whole) return;
  const texts = rows.map((row) => inputs.texts[row]!);
  const product = await TextRunner.open({ encoder, vector: { pooling: 'mean', layers: 'last', spec }, threads, tokenBudget });
  yield { part: 'whole', ...sizeOf(ids, equal), ...(await timed(1, () => product.run(texts))) };
  await product.close();
}

function equalLengths(ids: readonly Int32Array[], tokenBudget: TokenBudget): Batch[] {
  return batches({ lengths: ids.map((text) => text.length), tokenBudget });
}

function sizeOf(ids: readonly Int32Array[], list: readonly Batch[]): Pick<EmbeddingResult, 'texts' | 'tokens' | 'padding' | 'batches'> {
  const tokens = ids.reduce((sum, { length }) => sum + length, 0);
  return { texts: ids.length, tokens, padding: tokensIn(list) - tokens, batches: list.length };
}

/** Seconds of the first pass, and of the fastest of `passes` more. */
async function timed(passes: number, run: (pass: number) => Promise<unknown>): Promise<Pick<EmbeddingResult, 'first' | 'seconds'>> {
  const seconds: number[] = [];
  for (let pass = 0; pass <= passes; pass++) {
    const started = performance.now();
    await run(pass);
    seconds.push((performance.now() - started) / 1000);
  }
  const [first, ...later] = seconds;
  return { first: first!, seconds: Math.min(...later) };
}

interface Embedded {
  readonly ids: readonly Int32Array[];
  readonly list: readonly Batch[];
  /** Batches in the encoder's thread at once. */
  readonly ahead: number;
}

/**
 * Vectors [texts, width]. A text that is shorter than its batch runs as a longer one: its time depends on the shapes alone. The graphs take
 * no mask, which would take some time more.
 */
async function embedAll(runner: Runner, { ids, list, ahead }: Embedded): Promise<Float32Array> {
  const running = new Set<Promise<void>>();
  let all = new Float32Array(0);
  const run = async (rows: readonly number[], length: number): Promise<void> => {
    const flat = new Int32Array(rows.length * length);
    for (const [i, row] of rows.entries()) flat.set(ids[row]!, i * length);
    const [vectors] = (await runner.run({ ids: flat, count: rows.length, length })) as [Float32Array];
    const width = vectors.length / rows.length;
    if (all.length === 0) all = new Float32Array(ids.length * width);
    for (const [i, row] of rows.entries()) all.set(vectors.subarray(i * width, (i + 1) * width), row * width);
    runner.giveBack([vectors]);
  };
  for (const { rows, length } of list) {
    while (running.size >= ahead) await Promise.race(running);
    const started = run(rows, length).finally(() => running.delete(started));
    running.add(started);
  }
  await Promise.all(running);
  return all;
}

/** Row of the first of equal texts. */
export function distinct(texts: readonly string[]): number[] {
  const rows = new Map<string, number>();
  for (const [row, text] of texts.entries()) if (!rows.has(text)) rows.set(text, row);
  return [...rows.values()];
}
