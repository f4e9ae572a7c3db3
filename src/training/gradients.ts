import type { Value } from '../graph/builder.ts';
import type { Tensor } from '../graph/runtime.ts';
import type { EncoderStep } from './encoder-step.ts';
import type { StepRequest } from './trainer-params.ts';

/** Outputs of a run that are gradients. */
export interface GradientOutputs {
  readonly dense: readonly (readonly [weight: string, output: Value])[];
  /** Of embedding tables: only of the rows that were looked up. */
  readonly rows: readonly { readonly weight: string; readonly ids: Value; readonly values: Value }[];
}

/** Where a run leaves its gradients. */
export interface GradientTarget {
  /** The outputs; those with a tensor are written there. */
  readonly fetches: Readonly<Record<Value, Tensor | null>>;
  /** Outputs that stay on the device, for the session to be opened. */
  readonly resident: readonly Value[];
  /** Adds the gradients to those of earlier runs. */
  take(outputs: Readonly<Record<Value, Tensor>>): Promise<void>;
}

/** Gradients accumulated over the batches since the last update. */
export interface Gradients {
  /** For the next run. */
  target(outputs: GradientOutputs): GradientTarget;
  /** All gradients of a batch are complete. */
  endBatch(): void;
  /**
   * Forgets the gradients of the batch that is not complete. Returns false, and does nothing, if they have been added to others already.
   */
  undoBatch(): boolean;
  /**
   * An optimiser step with the mean over the batches. Returns the norm of the gradient before clipping. If it is not finite nothing is
   * updated.
   */
  update(update: NonNullable<StepRequest['update']>): Promise<number>;
}

/** All gradients of the encoder's backward pass. */
export function encoderGradients({ gradients }: EncoderStep): GradientOutputs {
  return {
    dense: gradients.flatMap(({ weight, dense }) => (dense === undefined ? [] : [[weight, dense] as const])),
    rows: gradients.flatMap(({ weight, rows }) => rows.map(({ ids, values }) => ({ weight, ids, values }))),
  };
}
