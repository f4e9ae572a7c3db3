import { HarnessError, option, reason } from '../errors.ts';
import { isOutOfMemory } from '../graph/out-of-memory.ts';

export interface FailedStep {
  /** Name of the encoder. */
  readonly name: string;
  /** Number of texts in the run that failed, and tokens of the longest. */
  readonly texts: number;
  readonly tokens: number;
  /** What --chunk-tokens counts of it: tokens, and padding if it costs as much. */
  readonly counted: number;
}

/** A run over some texts that did not fit into memory: fewer of them may fit. */
export class StepMemoryError extends HarnessError {
  readonly failed: FailedStep;

  constructor(failed: FailedStep, ...rest: ConstructorParameters<typeof HarnessError>) {
    super(...rest);
    this.failed = failed;
  }
}

/** The runtime's error, as one line. If it is about memory and the run was over texts, a StepMemoryError. */
export function stepError(error: unknown, failed: FailedStep): HarnessError {
  const why = reason(error);
  if (!isOutOfMemory(error))
    return new HarnessError('GRAPH', { where: failed.name, what: `A training step failed: ${why}.` }, { cause: error });
  return failed.texts === 0 ? noRoom(failed.name, error) : noMemory(failed, error);
}

/** The error for what is in memory besides the texts of a run. */
function noRoom(name: string, cause: unknown): HarnessError {
  return new HarnessError(
    'TRAINING',
    {
      where: name,
      what: `Not enough memory for weights, gradients and AdamW's two moments (all float32), or for the loss: ${reason(cause).replace(/\.$/, '')}.`,
      hint: `Freeze more of it (${option('freeze')}), use a smaller encoder, or a smaller ${option('batchSize')}.`,
    },
    { cause },
  );
}

/** The error for a run that does not fit into memory, with a setting that may fit. */
export function noMemory(failed: FailedStep, cause?: unknown): StepMemoryError {
  const { name, texts, tokens, counted } = failed;
  return new StepMemoryError(
    failed,
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
