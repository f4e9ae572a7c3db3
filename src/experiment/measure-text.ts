import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { embed } from '../embed/embed.ts';
import { pooledVectors } from '../embed/vectors.ts';
import { VectorStore } from '../embed/store.ts';
import type { EncoderInput } from '../encoders/encoder-input.ts';
import type { Host } from './host.ts';
import type { CellParams } from './train-job.ts';

/** Few enough for a second or two. */
const TEXTS = 96;
/** Number of these encoded first, to separate the time of opening the encoder. */
const FIRST = 16;

/**
 * Milliseconds per training text of a frozen encoder, measured on a few texts spread over the training set; the vector store is not used.
 */
export async function measureText(
  { target: { encoder }, dataset: { texts, seconds, split } }: Pick<CellParams, 'target' | 'dataset'>,
  { threads, tokenBudget, warn, signal }: Pick<Host, 'threads' | 'tokenBudget' | 'warn' | 'signal'>,
): Promise<number> {
  const train: EncoderInput[] =
    seconds === undefined
      ? [...new Set(texts.filter((_, row) => split[row] === 0))]
      : texts.map((first, row) => ({ first, second: seconds[row]! })).filter((_, row) => split[row] === 0);
  const every = Math.max(1, Math.floor(train.length / TEXTS));
  const some = train.filter((_, at) => at % every === 0).slice(0, TEXTS);
  const specs = pooledVectors({ poolings: ['mean'], layers: 'last', layerMeans: ['0..L'], depth: encoder.depth, encoder: encoder.name });
  const timed = async (of: readonly EncoderInput[]): Promise<number> => {
    const folder = await mkdtemp(path.join(tmpdir(), 'embedding-bench-'));
    try {
      const begun = performance.now();
      const store = new VectorStore(folder, warn);
      await embed({ encoder, texts: of, specs: specs.map(({ spec }) => spec), store, threads, tokenBudget, signal });
      return performance.now() - begun;
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  };
  const first = some.slice(0, FIRST);
  const opening = await timed(first);
  const rest = some.slice(FIRST);
  if (rest.length < FIRST) return opening / first.length;
  // Both runs open the encoder, so the difference is due to the texts; for very fast encoders it is noise.
  const each = ((await timed(some)) - opening) / rest.length;
  return Math.max(each, opening / first.length / FIRST);
}
