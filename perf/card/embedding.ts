import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { batches, tokenBudgetOf } from '../../src/embed/batches.ts';
import { openRunner } from '../../src/embed/open-runner.ts';
import type { Runner } from '../../src/embed/runner.ts';
import { TextRunner } from '../../src/embed/text-runner.ts';
import type { VectorSpec } from '../../src/embed/vectors.ts';
import { openEncoder } from '../../src/encoders/encoder.ts';
import type { EmbeddingJob, EmbeddingResult, Inputs } from './jobs.ts';

/** Batches in the thread at once, as the product has them: it never waits for this one. */
const AHEAD = 3;

/** Embeds texts in batches of equal length, as the product does: from ids, several passes by one session; then from the texts. */
export async function measureEmbedding(job: EmbeddingJob): Promise<EmbeddingResult> {
  const { folder, layers, device, threads, texts: count, passes, whole } = job;
  const inputs = JSON.parse(readFileSync(path.join(folder, 'inputs.json'), 'utf8')) as Inputs;
  const rows = distinct(inputs.texts).slice(0, count);
  const ids = rows.map((row) => Int32Array.from(inputs.ids[row]!));
  // The weights are not part of any identity here, so that their hash is not needed.
  const encoder = await openEncoder({ name: 'encoder', folder, onnx: undefined, revision: '', device, sha256: async () => '' });
  const spec: VectorSpec = { token: 'mean', layers: [layers], combine: 'one' };
  const tokenBudget = job.tokenBudget ?? tokenBudgetOf(encoder);
  let started = performance.now();
  const runner = await openRunner({ encoder, specs: [spec], threads });
  const open = secondsSince(started);
  started = performance.now();
  writeFileSync(job.vectors, await embedAll(runner, ids, tokenBudget));
  const first = secondsSince(started);
  let seconds = Infinity;
  for (let pass = 0; pass < passes; pass++) {
    started = performance.now();
    await embedAll(runner, ids, tokenBudget);
    seconds = Math.min(seconds, secondsSince(started));
  }
  await runner.close();
  const tokens = ids.reduce((sum, { length }) => sum + length, 0);
  const result = { texts: ids.length, tokens, seconds, open, first };
  if (!whole) return result;
  const product = await TextRunner.open({ encoder, vector: { pooling: 'mean', layers: 'last', spec }, threads, tokenBudget });
  const texts = rows.map((row) => inputs.texts[row]!);
  await product.run(texts);
  started = performance.now();
  await product.run(texts);
  return { ...result, whole: secondsSince(started) };
}

/** Vectors [texts, width]. */
async function embedAll(runner: Runner, ids: readonly Int32Array[], tokenBudget: number): Promise<Float32Array> {
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
  for (const { rows, length } of batches({ lengths: ids.map((text) => text.length), tokenBudget })) {
    while (running.size >= AHEAD) await Promise.race(running);
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

function secondsSince(started: number): number {
  return (performance.now() - started) / 1000;
}
