import { StepMemoryError } from './step-error.ts';

export interface WithinMemory<T> {
  /** Maximum tokens per run. */
  readonly most: number;
  /** A batch in chunks of at most `most` tokens. */
  readonly run: (most: number) => Promise<T>;
  /** Forgets what an unfinished batch has left; returns false if that is impossible. */
  readonly undo: () => boolean;
}

/**
 * A batch, in chunks that fit into memory: if a run over several texts does not, the batch is begun again with chunks of half its tokens.
 * `most` of the result is to be used for later batches. Throws as `run` does; its StepMemoryError if one text alone does not fit.
 */
export async function withinMemory<T>({ most, run, undo }: WithinMemory<T>): Promise<{ readonly result: T; readonly most: number }> {
  try {
    return { result: await run(most), most };
  } catch (error) {
    if (!(error instanceof StepMemoryError) || error.failed.texts < 2 || !undo()) throw error;
    return withinMemory({ most: Math.ceil(error.failed.counted / 2), run, undo });
  }
}
