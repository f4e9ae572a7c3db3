import { gigabytes, machineMemory } from '../encoders/memory.ts';
import { HarnessError, option } from '../errors.ts';
import { elements } from '../tensors/stored-tensor.ts';

const FLOAT_BYTES = 4;
/** A trained weight has a gradient and AdamW's two moments in addition to itself. */
const ARRAYS = 4;

export interface TrainingMemory {
  /** Name of the encoder, for messages. */
  readonly where: string;
  /** Shapes of all weights, trained or not. */
  readonly weights: Iterable<readonly number[]>;
  /** Shapes of those with a dense gradient: not of tables, of which a step sees few rows. */
  readonly trained: Iterable<readonly number[]>;
  /** Available bytes. Default: those of the machine. */
  readonly memory?: number | undefined;
}

/**
 * Throws TRAINING, before any number is read, if weights, gradients and moments exceed the machine's memory: all in float32, whatever the
 * file has. The memory of a batch is needed in addition and is not counted.
 */
export function requireTrainingMemory({ where, weights, trained, memory = machineMemory() }: TrainingMemory): void {
  const needed = FLOAT_BYTES * (numbersIn(weights) + (ARRAYS - 1) * numbersIn(trained));
  if (needed <= memory) return;
  throw new HarnessError('TRAINING', {
    where,
    what: `Fine-tuning takes ${gigabytes(needed)} (weights, gradients and AdamW's two moments, all float32), and this machine has ${gigabytes(memory)} of memory.`,
    hint: `Freeze more of it (${option('freeze')}), use a smaller encoder, or a machine with more memory.`,
  });
}

function numbersIn(shapes: Iterable<readonly number[]>): number {
  return [...shapes].reduce((sum, shape) => sum + elements(shape), 0);
}
