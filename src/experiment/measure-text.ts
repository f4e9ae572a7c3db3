import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { embed } from '../embed/embed.ts';
import { pooledVectors } from '../embed/vectors.ts';
import { VectorStore } from '../embed/store.ts';
import type { Host } from './host.ts';
import type { CellParams } from './train-job.ts';

/** Few enough for a second or two. */
const TEXTS = 64;

/** Milliseconds that a text of train takes in a frozen encoder, by a few that are spread over train; nothing is read from the store. */
export async function measureText(
  { target: { encoder }, dataset: { texts, split } }: Pick<CellParams, 'target' | 'dataset'>,
  { threads, tokenBudget, warn, signal }: Pick<Host, 'threads' | 'tokenBudget' | 'warn' | 'signal'>,
): Promise<number> {
  const train = [...new Set(texts.filter((_, row) => split[row] === 0))];
  const every = Math.max(1, Math.floor(train.length / TEXTS));
  const some = train.filter((_, at) => at % every === 0).slice(0, TEXTS);
  const folder = await mkdtemp(path.join(tmpdir(), 'embedding-bench-'));
  try {
    const specs = pooledVectors({ poolings: ['mean'], layers: 'last', layerMeans: ['0..L'], depth: encoder.depth, encoder: encoder.name });
    const begun = performance.now();
    await embed({ encoder, texts: some, specs: specs.map(({ spec }) => spec), store: new VectorStore(folder, warn), threads, tokenBudget, signal });
    return (performance.now() - begun) / some.length;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
