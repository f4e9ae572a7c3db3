import type { GraphBuilder, Value } from '../graph/builder.ts';
import type { TargetScale } from './target-scale.ts';

/** What training makes an encoder learn: words of `--objective`. */
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
/** Those that learn numbers. */
export const NUMBER_OBJECTIVES: readonly string[] = ['regression', 'cosine'] satisfies readonly ObjectiveName[];

/** Settings of objectives; each reads those that concern it. */
export interface ObjectiveOptions {
  /** supcon: what cosines are divided by before the softmax (τ). Above 0. */
  readonly temperature: number;
  /** prototypes: what cosines are multiplied by before the softmax, the inverse of a temperature. Above 0. */
  readonly scale: number;
  /**
   * triplet: by how much the nearest text of another class shall be farther than the farthest of the same, in Euclidean
   * distance.
   */
  readonly margin: number;
  /** cea-multitask: weight of the first label field's loss (bias). */
  readonly weight: number;
  /** cea-multitask: weight of the second label field's loss (publisher, flipped). */
  readonly secondWeight: number;
  /** classic: a text may have several classes, each a yes or no of its own; needs label sets. */
  readonly multiLabel: boolean;
}

/** A typed array with its shape: an input of the loss graph. */
export type Feed =
  | { readonly type: 'float32'; readonly dims: readonly number[]; readonly data: Float32Array }
  | { readonly type: 'int64'; readonly dims: readonly number[]; readonly data: BigInt64Array }
  | { readonly type: 'bool'; readonly dims: readonly number[]; readonly data: Uint8Array };
export type Feeds = Readonly<Record<string, Feed>>;

export interface ObjectiveShape {
  /** Length of a text's vector. */
  readonly width: number;
  /** Classes; 1 of numbers. */
  readonly classes: number;
  readonly options: ObjectiveOptions;
}

/** A trainable tensor that the objective adds to the encoder's: a head's weight and bias, class prototypes. */
export interface Parameter {
  readonly name: string;
  readonly dims: readonly number[];
  /** Values at the start; `random` draws evenly from [0, 1). */
  readonly initial: (random: () => number) => Float32Array;
}

export interface LossContext extends ObjectiveShape {
  readonly builder: GraphBuilder;
  /** [n, width], float. */
  readonly vectors: Value;
}

/** A training step: where it stands in the run, and the texts that are embedded in it. */
export interface Step {
  /** From 1. */
  readonly epoch: number;
  /** Within the epoch, from 0. */
  readonly step: number;
  /** Corpus rows: the batch's, then the companions'. */
  readonly rows: readonly number[];
  /** How many of `rows` are the batch. */
  readonly batch: number;
}

export interface StartParams extends ObjectiveShape {
  /** Class of each corpus row. */
  readonly labels: Int32Array;
  /** All classes of each corpus row; for multi-label training. */
  readonly labelSets?: readonly Int32Array[] | undefined;
  /** Class of each corpus row in a second label field; for cea-multitask. */
  readonly secondLabels?: Int32Array | undefined;
  /** Number of each corpus row, standardised; for regression, whose `labels` are all 0. */
  readonly targets?: Float64Array | undefined;
  readonly seed: number;
}

/** What of the data an objective cannot do without. */
export interface Needs {
  /** Compares texts of the same class. */
  readonly positives: boolean;
  /** Tells classes apart. */
  readonly negatives: boolean;
  /** Fewest texts of a batch; 2 where a text is compared with others of its batch alone. */
  readonly batch: 1 | 2;
  /** A second label field. */
  readonly secondLabels: boolean;
  /** Texts that are embedded beside a batch. */
  readonly companions: boolean;
  /** Pairs, whose texts are read apart: a step has the vectors of all first texts, then of all second ones. */
  readonly apart: boolean;
}

/** A loss over the vectors of a step's texts, as a piece of graph: behind the encoder, or alone with the vectors as input. */
export interface Objective {
  readonly name: ObjectiveName;
  /** What the labels are that it learns. */
  readonly task: 'classification' | 'regression';
  readonly needs: Needs;
  /** How classes are predicted after training: by nearest neighbours among the train vectors, or by the objective's own `predict`. */
  readonly predicts: 'knn' | 'head';
  /** Trainable tensors. */
  parameters(shape: ObjectiveShape): readonly Parameter[];
  /**
   * Adds the loss, a float scalar, to the graph. Declares as inputs of the graph its parameters under their names, and what `feeds` gives
   * under
   * names that begin with "objective.". Operators have gradient rules; n may be any number of rows from run to run.
   */
  loss(context: LossContext): Value;
  /** State of one run: partners are drawn and memories live here. */
  start(params: StartParams): ObjectiveRun;
  /** Classes of `vectors` by the trained parameters; where `predicts` is 'head'. */
  predict?(params: PredictParams): Prediction;
  /**
   * What targets are scaled by before they are learnt, from those of `rows`; where the task is regression. Throws DATA where there is
   * nothing to learn.
   */
  scale?(targets: { readonly key: string; readonly targets: Float64Array }, rows: readonly number[]): TargetScale;
  /** [n] scaled numbers of `vectors` by the trained parameters; where the task is regression. */
  predictNumbers?(params: PredictParams): Float64Array;
}

export interface PredictParams extends ObjectiveShape {
  /** [n, width] */
  readonly vectors: Float32Array;
  /** Values of the objective's parameters by name. */
  readonly parameters: Readonly<Record<string, Float32Array>>;
}

export interface Prediction {
  /** The likeliest class of each text; the smallest of equal ones. */
  readonly labels: Int32Array;
  /** Every class of each text, ascending, possibly none; multi-label only. */
  readonly labelSets?: readonly Int32Array[] | undefined;
}

export interface ObjectiveRun {
  /** Corpus rows to embed beside a batch, with gradient: each once, none of the batch. `step.rows` is the batch alone. */
  companions(step: Step): readonly number[];
  /** Inputs of the loss for the rows of the step, companions included. The same step has the same feeds until `remember` is called. */
  feeds(step: Step): Feeds;
  /** How many terms the loss of this step has: pairs, anchors or texts. Where it is 0, loss and gradients are 0. */
  terms(step: Step): number;
  /** To be called after each step with the vectors that its forward pass gave, [rows, width]: memories are refreshed. */
  remember(step: Step, vectors: Float32Array): void;
  /** Memories, for a checkpoint. The state is a copy. */
  save(): ObjectiveState;
  /** Takes up a saved state exactly. */
  restore(state: ObjectiveState): void;
}

/** Memories of a run as tensors and whole numbers. */
export interface ObjectiveState {
  /** Per name: a float32 tensor. */
  readonly tensors: Readonly<Record<string, { readonly dims: readonly number[]; readonly data: Float32Array }>>;
  /** Per name: whole numbers, for JSON. */
  readonly numbers: Readonly<Record<string, readonly number[]>>;
}
