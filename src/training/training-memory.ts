import type { Device } from '../devices/device.ts';
import type { CardMemory } from '../devices/smallest-memory.ts';
import { gigabytes, machineMemory } from '../encoders/memory.ts';
import { HarnessError, option } from '../errors.ts';
import { keepsTensors } from '../graph/device-graph.ts';
import { elements } from '../tensors/stored-tensor.ts';
import { trainedTensors, type ParameterParts } from './trained-parameters.ts';

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

/**
 * Bytes of a card's memory that training takes besides its batches: all weights and the gradients, those of tables only if they are dense,
 * and the moments if tensors stay there from run to run.
 */
export function residentBytes(parts: Pick<ParameterParts, 'params' | 'trainable' | 'step' | 'parameters'>): number {
  const { params, trainable, parameters } = parts;
  const trained = trainedTensors(parts);
  const dense = trained.filter(({ table }) => params.denseEmbeddings || !table);
  const moments = keepsTensors(params.device) ? 2 * numbersOf(trained) : 0;
  return FLOAT_BYTES * (numbersOf([...trainable.weights, ...parameters]) + numbersOf(dense) + moments);
}

export interface CardRequirement {
  /** Name of the encoder, for messages. */
  readonly where: string;
  readonly device: Device;
  /** As of `residentBytes`. */
  readonly resident: number;
  /** undefined: unknown. */
  readonly memory: CardMemory | undefined;
}

/** The same as `requireTrainingMemory`, for all memory of a card: of the largest that it may be. */
export function requireCardMemory({ where, device, resident, memory }: CardRequirement): void {
  if (memory === undefined || resident <= memory.atMost) return;
  const parts = keepsTensors(device) ? "weights, gradients and AdamW's two moments" : 'weights and gradients';
  throw new HarnessError('TRAINING', {
    where,
    what: `Fine-tuning takes ${gigabytes(resident)} on the card (${parts}, all float32), which has ${gigabytes(memory.atMost)} of memory.`,
    hint: `Freeze more of it (${option('freeze')}), use a smaller encoder, or ${option('device')} cpu.`,
  });
}

function numbersIn(shapes: Iterable<readonly number[]>): number {
  return [...shapes].reduce((sum, shape) => sum + elements(shape), 0);
}

function numbersOf(tensors: readonly { readonly dims: readonly number[] }[]): number {
  return numbersIn(tensors.map(({ dims }) => dims));
}
