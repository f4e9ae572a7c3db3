import type { GraphBuilder, Value } from '../graph/builder.ts';
import type { TargetScale } from './target-scale.ts';

/** Training objectives: values of `--objective`. */
export const OBJECTIVE_NAMES = [
  'classic',
  'cea',
  'cea-all-negatives',
  'cea-memory',
  'cea-memory-all-negatives',
  'cea-mixed-memory',
  'cea-datapoint-memory',
  'cea-datapoint-memory-all-negatives',
  'cea-inverse',
  'cea-flipped',
  'cea-multitask',
  'supcon',
  'prototypes',
  'triplet',
  'regression',
  'cosine',
] as const;
export type ObjectiveName = (typeof OBJECTIVE_NAMES)[number];
/** Those for numbers. */
export const NUMBER_OBJECTIVES: readonly string[] = ['regression', 'cosine'] satisfies readonly ObjectiveName[];

/** Options of objectives; each reads those that concern it. */
export interface ObjectiveOptions {
  /** supcon: temperature τ that cosines are divided by before the softmax. Above 0. */
  readonly temperature: number;
  /** prototypes: scale that cosines are multiplied by before the softmax, the inverse of a temperature. Above 0. */
  readonly scale: number;
  /**
   * triplet: margin by which the nearest text of another class should be further away than the farthest of the same, in Euclidean distance.
   */
  readonly margin: number;
  /** cea-multitask: loss weight of the first label field (bias). */
  readonly weight: number;
  /** cea-multitask: loss weight of the second label field (publisher, flipped). */
  readonly secondWeight: number;
  /** classic: multi-label classification, each class an independent binary decision; needs label sets. */
  readonly multiLabel: boolean;
}

/** A typed array with its shape: an input of the loss graph. */
export type Feed =
  | { readonly type: 'float32'; readonly dims: readonly number[]; readonly data: Float32Array }
  | { readonly type: 'int64'; readonly dims: readonly number[]; readonly data: BigInt64Array }
  | { readonly type: 'bool'; readonly dims: readonly number[]; readonly data: Uint8Array };
export type Feeds = Readonly<Record<string, Feed>>;

export interface ObjectiveShape {
  /** Dimensions of a text's vector. */
  readonly width: number;
  /** Number of classes; 1 for numbers. */
  readonly classes: number;
  readonly options: ObjectiveOptions;
}

/** A trainable tensor of the objective, in addition to the encoder's: a head's weight and bias, class prototypes. */
export interface Parameter {
  readonly name: string;
  readonly dims: readonly number[];
  /** Initial values; `random` draws uniformly from [0, 1). */
  readonly initial: (random: () => number) => Float32Array;
}

export interface LossContext extends ObjectiveShape {
  readonly builder: GraphBuilder;
  /** [n, width], float. */
  readonly vectors: Value;
}

/** A training step: its position in the run, and the texts that are embedded in it. */
export interface Step {
  /** Counted from 1. */
  readonly epoch: number;
  /** Within the epoch, counted from 0. */
  readonly step: number;
  /** Dataset rows: the batch's, then the companions'. */
  readonly rows: readonly number[];
  /** How many of `rows` are the batch. */
  readonly batch: number;
}

export interface StartParams extends ObjectiveShape {
  /** Class of each dataset row. */
  readonly labels: Int32Array;
  /** All classes of each dataset row; for multi-label training. */
  readonly labelSets?: readonly Int32Array[] | undefined;
  /** Class of each dataset row in a second label field; for cea-multitask. */
  readonly secondLabels?: Int32Array | undefined;
  /** Standardised number of each dataset row; for regression, where `labels` are all 0. */
  readonly targets?: Float64Array | undefined;
  readonly seed: number;
}

/** What an objective requires of the data. */
export interface Needs {
  /** Compares texts of the same class. */
  readonly positives: boolean;
  /** Compares texts of different classes. */
  readonly negatives: boolean;
  /** Minimum texts per batch; 2 if a text is compared only with others of its batch. */
  readonly batch: 1 | 2;
  /** A second label field. */
  readonly secondLabels: boolean;
  /** Further texts that are embedded with a batch. */
  readonly companions: boolean;
  /** Pairs whose texts are encoded separately: a step has the vectors of all first texts, then of all second ones. */
  readonly apart: boolean;
}

/** A loss over the vectors of a step's texts, as a part of a graph: after the encoder, or separate with the vectors as input. */
export interface Objective {
  readonly name: ObjectiveName;
  /** Kind of labels that it learns. */
  readonly task: 'classification' | 'regression';
  readonly needs: Needs;
  /** How classes are predicted after training: by k-NN among the train vectors, or by the objective's own `predict`. */
  readonly predicts: 'knn' | 'head';
  /** Trainable tensors. */
  parameters(shape: ObjectiveShape): readonly Parameter[];
  /**
   * Adds the loss, a float scalar, to the graph. Declares as graph inputs its parameters under their names, and the feeds of `feeds` under
   * names that begin with "objective.". Operators must have gradient rules; n may vary from run to run.
   */
  loss(context: LossContext): Value;
  /** State of one run: draws partners and holds memories. */
  start(params: StartParams): ObjectiveRun;
  /** Predicts classes of `vectors` with the trained parameters; if `predicts` is 'head'. */
  predict?(params: PredictParams): Prediction;
  /** Scaling of targets for training, from those of `rows`; if the task is regression. Throws DATA if there is nothing to learn. */
  scale?(targets: { readonly key: string; readonly targets: Float64Array }, rows: readonly number[]): TargetScale;
  /** [n] predicts scaled numbers of `vectors` with the trained parameters; if the task is regression. */
  predictNumbers?(params: PredictParams): Float64Array;
}

export interface PredictParams extends ObjectiveShape {
  /** [n, width] */
  readonly vectors: Float32Array;
  /** Values of the objective's parameters by name. */
  readonly parameters: Readonly<Record<string, Float32Array>>;
}

export interface Prediction {
  /** The most probable class of each text; of equal ones the smallest. */
  readonly labels: Int32Array;
  /** All predicted classes of each text, ascending, possibly none; multi-label only. */
  readonly labelSets?: readonly Int32Array[] | undefined;
}

export interface ObjectiveRun {
  /** Dataset rows to embed together with a batch, with gradient: each once, none of the batch. `step.rows` is the batch only. */
  companions(step: Step): readonly number[];
  /** Inputs of the loss for the rows of the step, companions included. The same step has the same feeds until `remember` is called. */
  feeds(step: Step): Feeds;
  /** Number of terms in the loss of this step: pairs, anchors or texts. If it is 0, loss and gradients are 0. */
  terms(step: Step): number;
  /** Must be called after each step with the vectors of its forward pass, [rows, width]: updates the memories. */
  remember(step: Step, vectors: Float32Array): void;
  /** Memories, for a checkpoint. The state is a copy. */
  save(): ObjectiveState;
  /** Restores a saved state exactly. */
  restore(state: ObjectiveState): void;
}

/** Memories of a run as tensors and integers. */
export interface ObjectiveState {
  /** By name: a float32 tensor. */
  readonly tensors: Readonly<Record<string, { readonly dims: readonly number[]; readonly data: Float32Array }>>;
  /** By name: integers, for JSON. */
  readonly numbers: Readonly<Record<string, readonly number[]>>;
}
