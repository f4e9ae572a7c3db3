import { HarnessError, option, reason } from '../errors.ts';

export interface FailedStep {
  /** Name of the encoder. */
  readonly name: string;
  /** Number of texts in the run that failed, and tokens of the longest. */
  readonly texts: number;
  readonly tokens: number;
  /** What --chunk-tokens counts of it: tokens, and padding if it costs as much. */
  readonly counted: number;
}

/** The runtime's error, as one line: it has several messages for running out of memory. */
export function stepError(error: unknown, failed: FailedStep): HarnessError {
  const why = reason(error);
  if (!/bad_alloc|allocat|out of memory/i.test(why))
    return new HarnessError('GRAPH', { where: failed.name, what: `A training step failed: ${why}.` }, { cause: error });
  return noMemory(failed, error);
}

/** The error for a run that does not fit into memory, with a setting that may fit. */
export function noMemory({ name, texts, tokens, counted }: FailedStep, cause?: unknown): HarnessError {
  return new HarnessError(
    'TRAINING',
    {
      where: name,
      what: `Not enough memory for a training step over ${texts} ${texts === 1 ? 'text' : 'texts'} of up to ${tokens} tokens.`,
      hint:
        texts === 1
          ? `Give a smaller ${option('maxLength')}: half of it, ${Math.floor(tokens / 2)}, may fit.`
          : `Half of it may fit: give ${option('chunkTokens')} ${Math.ceil(counted / 2)}, which splits the batch into chunks with the same result, or ${option('batchSize')} ${Math.floor(texts / 2)}.`,
    },
    { cause },
  );
}
