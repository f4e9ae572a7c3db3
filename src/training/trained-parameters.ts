import { HarnessError, option } from '../errors.ts';
import { brokenNumberOf, weightError } from '../graph/finite-weights.ts';
import type { Tensor } from '../graph/runtime.ts';
import type { EncoderStep, WeightGradient } from './encoder-step.ts';
import type { Gradients } from './gradients.ts';
import type { Parameter } from './objective.ts';
import type { AdamWOptions } from './optimiser/adamw.ts';
import { uniform } from './seeds.ts';
import type { Trainable } from './trainable.ts';
import type { StateFiles, TrainerParams } from './trainer-params.ts';

/**
 * The weights of an encoder in training, the objective's parameters, their gradients and their optimiser state: in the machine's memory
 * (host-parameters.ts), or on a graphics card (card/card-parameters.ts).
 */
export interface TrainedParameters {
  /** Every weight and every parameter of the objective, as fed to runs. */
  readonly tensors: ReadonlyMap<string, Tensor>;
  readonly gradients: Gradients;
  /** Copies of the values of the objective's parameters. */
  ofObjective(): Promise<Record<string, Float32Array>>;
  /** Writes all weights, and with `moments` the optimiser's state, as safetensors. */
  save(files: StateFiles): Promise<void>;
  /** Resumes from what `save` wrote. Throws FORMAT if it is of another encoder or objective. */
  restore(files: StateFiles): Promise<void>;
  /** Releases what is on a card. */
  close(): Promise<void>;
}

export interface ParameterParts {
  readonly params: TrainerParams;
  readonly trainable: Trainable;
  /** Determines which weights the vectors depend on; these are trained. */
  readonly step: EncoderStep;
  /** The objective's parameters. */
  readonly parameters: readonly Parameter[];
  /** What all gradients are multiplied by. */
  readonly lossScale: number;
}

/** A tensor that is trained. */
export interface TrainedTensor {
  readonly name: string;
  readonly dims: readonly number[];
  /** Only looked up: its gradient is by rows. */
  readonly table: boolean;
}

/** The weights that the vectors depend on, then the objective's parameters. */
export function trainedTensors({
  trainable,
  step,
  parameters,
}: Pick<ParameterParts, 'trainable' | 'step' | 'parameters'>): TrainedTensor[] {
  const dims = new Map(trainable.weights.map((weight) => [weight.name, weight.dims]));
  return [
    ...step.gradients.map((gradient) => ({ name: gradient.weight, dims: dims.get(gradient.weight)!, table: isTable(gradient) })),
    ...parameters.map((parameter) => ({ name: parameter.name, dims: parameter.dims, table: false })),
  ];
}

/** A weight, or a parameter of the objective, before training. */
export interface InitialTensor {
  readonly name: string;
  readonly dims: readonly number[];
  readonly values: Float32Array;
  readonly trained: boolean;
}

/** Reads the weights one by one, then draws the objective's parameters. Throws FORMAT if a trained weight contains NaN or infinity. */
export async function* initialTensors({ params, trainable, step, parameters }: ParameterParts): AsyncGenerator<InitialTensor> {
  const reached = new Set(step.gradients.map(({ weight }) => weight));
  for (const { name, label, dims, initial } of trainable.weights) {
    const values = await initial();
    const trained = reached.has(name);
    // Weights that do not contribute to the vectors, such as those after a truncation, are not checked.
    const value = trained ? brokenNumberOf(values) : undefined;
    if (value !== undefined) throw weightError(params.files.name, { name: label, value, file: '' });
    yield { name, dims, values, trained };
  }
  const random = uniform(params.seed);
  for (const { name, dims, initial } of parameters) yield { name, dims, values: initial(random), trained: true };
}

/** How AdamW treats these tensors. */
export function optimiserOptions(parts: ParameterParts): AdamWOptions {
  const { params, trainable, step } = parts;
  const ranks = new Map(trainedTensors(parts).map(({ name, dims }) => [name, dims.length]));
  const vectorLike = (tensor: string) => ranks.get(tensor)! < 2;
  return {
    weightDecay: params.weightDecay,
    noDecay: params.decayMatricesOnly ? vectorLike : undefined,
    ignoreRows: paddingRows(step, trainable.paddingRow(params.padId)),
  };
}

/** A tensor's values in a file of weights. Throws FORMAT if it has none of this length. */
export function savedWeight(file: string, saved: ReadonlyMap<string, Float32Array>, name: string, length: number): Float32Array {
  const values = saved.get(name);
  if (values?.length === length) return values;
  throw new HarnessError('FORMAT', {
    where: file,
    what: `It has no "${name}" of ${length} numbers.`,
    hint: `It belongs to another encoder or objective: use another folder, or ${option('overwrite')}.`,
  });
}

/** Only looked up: its gradient is by rows. */
export function isTable({ dense, rows }: WeightGradient): boolean {
  return dense === undefined && rows.length > 0;
}

/** torch's padding_idx: the padding token's row of the token table has no gradient. */
function paddingRows({ gradients }: EncoderStep, row: number | undefined): Record<string, number> {
  if (row === undefined) return {};
  const tables = gradients.filter(({ weight, rows }) => rows.length > 0 && /word_embeddings|tok_embeddings|embed_tokens/.test(weight));
  return Object.fromEntries(tables.map(({ weight }) => [weight, row]));
}
