import { Tensor, type InferenceSession } from '../graph/runtime.ts';
import type { VectorSpec } from '../embed/vectors.ts';
import { HarnessError } from '../errors.ts';
import { GraphBuilder } from '../graph/builder.ts';
import { brokenNumberOf, weightError } from '../graph/finite-weights.ts';
import { chunksOf, type Chunk } from './chunks.ts';
import type { Device } from './device.ts';
import { DropoutMasks, maskBytes } from './dropout-masks.ts';
import { encoderStep, UPSTREAM, type EncoderStep, type ForwardGraph, type WeightGradient } from './encoder-step.ts';
import { frozenWeights } from './frozen.ts';
import { lossGraph, type LossGraph } from './loss-graph.ts';
import type { Feeds, ObjectiveName, ObjectiveOptions, Parameter } from './objective.ts';
import { OBJECTIVES } from './objectives.ts';
import { AdamW } from './optimiser/adamw.ts';
import { ParameterBuffer } from './optimiser/parameter-buffer.ts';
import { scale } from './optimiser/kernels.ts';
import type { RowGradients } from './optimiser/row-sum.ts';
import { uniform } from './seeds.ts';
import { fusedName, fusedStep, gradientOutputs, withOutputs } from './step-model.ts';
import { StepSessions } from './step-sessions.ts';
import { tensorsOf } from './tensors.ts';
import { textBatch, type TokenText } from './text-batch.ts';
import { openTrainable, type Trainable, type TrainableFiles } from './trainable.ts';
import { addVectors } from './vectors.ts';
import { readTensors, writeTensors } from '../tensors/tensor-file.ts';

/** All that makes a trainer; plain data, so that it can be sent to a thread. */
export interface TrainerParams {
  readonly files: TrainableFiles;
  /** What is trained and predicted with. */
  readonly spec: VectorSpec;
  readonly objective: ObjectiveName;
  readonly objectiveOptions: ObjectiveOptions;
  readonly classes: number;
  readonly seed: number;
  /** What stays as it is: `embeddings`, or layer numbers. */
  readonly freeze: readonly (string | number)[];
  readonly weightDecay: number;
  /** Neither biases nor norms are decayed. */
  readonly decayMatricesOnly: boolean;
  /** Embedding tables are stepped whole, as torch steps them. */
  readonly denseEmbeddings: boolean;
  /** undefined: as published. */
  readonly dropout: number | undefined;
  /** Gradients of so many batches are averaged before a step. */
  readonly accumulate: number;
  /** Most tokens of one run (see chunks.ts). */
  readonly chunkTokens: number;
  readonly padId: number;
  readonly threads: number;
  readonly device: Device;
}

export interface StepRequest {
  /** Texts of the batch and its companions. */
  readonly texts: readonly TokenText[];
  readonly feeds: Feeds;
  /** Of the run, from 0: decides what dropout drops. */
  readonly step: number;
  /** Left out: gradients are kept, and the next request adds to them. */
  readonly update?: { readonly lr: number; readonly clip: number } | undefined;
}

export interface StepResult {
  readonly loss: number;
  /** [texts, width] */
  readonly vectors: Float32Array;
  /** Before clipping; undefined where nothing was updated. */
  readonly gradientNorm: number | undefined;
}

export interface Opened {
  /** Numbers in a vector. */
  readonly width: number;
  readonly trained: number;
  readonly frozen: number;
  readonly notes: readonly string[];
}

/** An encoder being trained: sessions, weights, optimiser. Runs in the thread that it is made in, and blocks it. */
export class TrainerCore {
  readonly #params: TrainerParams;
  readonly #trainable: Trainable;
  readonly #loss: LossGraph;
  readonly #parameters: readonly Parameter[];
  readonly #weights: ReadonlyMap<string, Tensor>;
  readonly #buffer: ParameterBuffer;
  readonly #optimiser: AdamW;
  readonly #steps = new Map<boolean, EncoderStep>();
  readonly #sessions: StepSessions;
  readonly #masks: DropoutMasks;
  /** Batches whose gradients have come together since the last update. */
  #gathered = 0;
  /** Tensors whose gradient is there. */
  readonly #filled = new Set<string>();
  /** By weight, whose names a file gave. */
  #rows = new Map<string, RowGradients[]>();
  readonly width: number;

  private constructor(parts: { params: TrainerParams; trainable: Trainable; loss: LossGraph; parameters: readonly Parameter[]; weights: ReadonlyMap<string, Tensor>; buffer: ParameterBuffer; step: EncoderStep }) {
    const { params, trainable, loss, parameters, weights, buffer, step } = parts;
    this.#params = params;
    this.#trainable = trainable;
    this.#loss = loss;
    this.#parameters = parameters;
    this.#weights = weights;
    this.#buffer = buffer;
    this.#steps.set(false, step);
    const { files: { name }, threads, device, seed } = params;
    this.#masks = new DropoutMasks({ seed, name });
    this.#sessions = new StepSessions({ name, folder: trainable.inference.folder, weights, threads, device });
    this.width = step.width;
    const vectorLike = (tensor: string) => buffer.dims(tensor).length < 2;
    this.#optimiser = new AdamW(buffer, {
      weightDecay: params.weightDecay,
      noDecay: params.decayMatricesOnly ? vectorLike : undefined,
      ignoreRows: paddingRows(step, params.padId),
    });
  }

  /** Throws as `openTrainable` does; FORMAT where a weight holds NaN or an infinity; OPTION where there is nothing to freeze, or nothing is left to train. */
  static async open(params: TrainerParams): Promise<{ core: TrainerCore; opened: Opened }> {
    const { files, spec, freeze, classes, objectiveOptions, seed, denseEmbeddings, dropout: rate } = params;
    const trainable = await openTrainable(files, rate === undefined ? {} : { hidden: rate, attention: rate });
    const objective = OBJECTIVES[params.objective];
    const frozen = frozenWeights(trainable.weights, freeze);
    const trained = new Set(trainable.weights.map(({ name }) => name).filter((name) => !frozen.has(name)));
    const dims = new Map(trainable.weights.map((weight) => [weight.name, weight]));
    const step = await encoderStep({ forward: await trainable.training({ long: false }), spec, trained, weights: dims, texts: probeTexts(trainable.ragged) });
    const shape = { width: step.width, classes, options: objectiveOptions };
    const loss = await lossGraph(objective, shape);
    const parameters = objective.parameters(shape);
    if (step.gradients.length === 0 && parameters.length === 0) {
      throw new HarnessError('OPTION', { where: '--freeze', what: 'Nothing is left to train: every weight that the vectors depend on is frozen.', mend: 'Freeze less.' });
    }

    const reached = new Set(step.gradients.map(({ weight }) => weight));
    const buffer = new ParameterBuffer({
      tensors: [
        ...step.gradients.map((gradient) => ({ name: gradient.weight, dims: dims.get(gradient.weight)!.dims, sparse: isTable(gradient) })),
        ...parameters.map(({ name, dims: own }) => ({ name, dims: own })),
      ],
      dense: denseEmbeddings,
      accumulate: true,
    });
    const weights = new Map<string, Tensor>();
    for (const { name, label, dims: shapeOf, initial } of trainable.weights) {
      const values = await initial();
      // Weights that the vectors do not come from, as those behind a cut, may hold what they like.
      const value = reached.has(name) ? brokenNumberOf(values) : undefined;
      if (value !== undefined) throw weightError(files.name, { name: label, value, file: '' });
      if (reached.has(name)) buffer.weight(name).set(values);
      weights.set(name, new Tensor('float32', reached.has(name) ? buffer.weight(name) : values, shapeOf));
    }
    const random = uniform(seed);
    for (const { name, dims: own, initial } of parameters) {
      buffer.weight(name).set(initial(random));
      weights.set(name, new Tensor('float32', buffer.weight(name), own));
    }
    const core = new TrainerCore({ params, trainable, loss, parameters, weights, buffer, step });
    const count = (names: Iterable<string>) => [...names].reduce((sum, name) => sum + dims.get(name)!.dims.reduce((product, size) => product * size, 1), 0);
    return {
      core,
      opened: { width: step.width, trained: count(reached), frozen: count(frozen), notes: trainable.notes },
    };
  }

  /** Forward and backward pass of a batch; with `update`, a step of the optimiser over all batches since the last. */
  async step({ texts, feeds, step, update }: StepRequest): Promise<StepResult> {
    const { chunkTokens } = this.#params;
    const { longAbove, ragged } = this.#trainable;
    const padded = !this.#steps.get(false)!.forward.packed;
    const lengths = texts.map(({ ids }) => ids.length);
    if (lengths.some((length) => length > (longAbove ?? Infinity))) await this.#variant(true);
    const chunks = chunksOf({ lengths, most: chunkTokens, longAbove, ragged, padded, maskBytes: (sizes, long) => maskBytes(this.#steps.get(long)!.forward.sites, sizes) });
    const { loss, vectors } = chunks.length === 1 && !chunks[0]!.long ? await this.#whole({ texts, feeds, step }) : await this.#cached({ texts, feeds, step, chunks });
    this.#gathered++;
    return { loss, vectors, gradientNorm: update === undefined ? undefined : this.#update(update) };
  }

  /** Vectors [texts, width] of texts of one length, without dropout. */
  async embed(texts: readonly TokenText[]): Promise<Float32Array> {
    const { inference } = this.#trainable;
    const { spec, padId } = this.#params;
    const { session, output } = await this.#inference(inference);
    const { inputs } = textBatch(texts, { padId, token: spec.token });
    const result = await this.#sessions.run(session, { feeds: tensorsOf(inputs), fetches: { [output]: null } });
    return result[output]!.data as Float32Array;
  }

  /** Values of the objective's own tensors, copies. */
  parameters(): Record<string, Float32Array> {
    return Object.fromEntries(this.#parameters.map(({ name }) => [name, this.#buffer.weight(name).slice()]));
  }

  /** Writes all weights, and with `moments` the optimiser's state, as safetensors. */
  async save({ weights, moments }: { weights: string; moments?: string | undefined }): Promise<void> {
    await writeTensors(weights, [...this.#weights].map(([name, { dims, data }]) => ({ name, dims, data: data as Float32Array })));
    if (moments !== undefined) await writeTensors(moments, [...this.#optimiser.save()].map(([name, data]) => ({ name, dims: [data.length], data })));
  }

  /** Goes on from what `save` wrote. Throws FORMAT where it is of another encoder or objective. */
  async restore({ weights, moments }: { weights: string; moments?: string | undefined }): Promise<void> {
    const values = await readTensors(weights);
    for (const [name, { data }] of this.#weights) {
      const then = values.get(name);
      if (then?.length !== data.length) throw new HarnessError('FORMAT', { where: weights, what: `It has no "${name}" of ${data.length} numbers.`, mend: 'It belongs to another encoder or objective: give another folder, or --overwrite.' });
      (data as Float32Array).set(then);
    }
    if (moments !== undefined) this.#optimiser.restore(await readTensors(moments));
  }

  /** All texts at once: encoder, loss and both backward passes are one run. */
  async #whole({ texts, feeds, step }: Pick<StepRequest, 'texts' | 'feeds' | 'step'>): Promise<Pick<StepResult, 'loss' | 'vectors'>> {
    const own = this.#steps.get(false)!;
    const session = await this.#sessions.open('fused', () => fusedStep(own, this.#loss));
    const loss = fusedName(this.#loss, this.#loss.loss);
    const parameterGradients = new Map([...this.#loss.parameterGradients].map(([name, value]) => [name, fusedName(this.#loss, value)]));
    const target = this.#target([...denseGradients(own), ...parameterGradients]);
    const outputs = await this.#sessions.run(session, {
      feeds: { ...this.#textFeeds(texts, { own, step, chunk: 0 }), ...tensorsOf(feeds) },
      fetches: { [loss]: null, [own.vectors]: null, ...rowOutputs(own), ...target.fetches },
    });
    target.gather();
    this.#gatherRows(own, outputs);
    return { loss: (outputs[loss]!.data as Float32Array)[0]!, vectors: outputs[own.vectors]!.data as Float32Array };
  }

  /**
   * Gradient caching (Gao et al. 2021): vectors of all chunks without gradient, the loss and its gradient in the vectors, then
   * each chunk once more, forward and backward, under the same dropout. What a step holds at once is one chunk, however many
   * texts the loss compares.
   */
  async #cached({ texts, feeds, step, chunks }: Pick<StepRequest, 'texts' | 'feeds' | 'step'> & { readonly chunks: readonly Chunk[] }): Promise<Pick<StepResult, 'loss' | 'vectors'>> {
    const { width } = this;
    const vectors = new Float32Array(texts.length * width);
    for (const [i, chunk] of chunks.entries()) {
      const own = await this.#variant(chunk.long);
      const session = await this.#sessions.open(`forward ${chunk.long}`, () => withOutputs(own.proto, [own.vectors]));
      const outputs = await this.#sessions.run(session, { feeds: this.#textFeeds(chunk.texts.map((text) => texts[text]!), { own, step, chunk: i }), fetches: { [own.vectors]: null } });
      const data = outputs[own.vectors]!.data as Float32Array;
      for (const [row, text] of chunk.texts.entries()) vectors.set(data.subarray(row * width, (row + 1) * width), text * width);
    }

    const { model, loss, vectors: input, vectorGradient, parameterGradients } = this.#loss;
    const target = this.#target([...parameterGradients]);
    const answer = await this.#sessions.run(await this.#sessions.open('loss', () => model), {
      feeds: { [input]: new Tensor('float32', vectors, [texts.length, width]), ...tensorsOf(feeds) },
      fetches: { [loss]: null, [vectorGradient]: null, ...target.fetches },
    });
    target.gather();
    const upstream = answer[vectorGradient]!.data as Float32Array;

    for (const [i, chunk] of chunks.entries()) {
      const own = await this.#variant(chunk.long);
      const session = await this.#sessions.open(`backward ${chunk.long}`, () => withOutputs(own.proto, gradientOutputs(own)));
      const part = new Float32Array(chunk.texts.length * width);
      for (const [row, text] of chunk.texts.entries()) part.set(upstream.subarray(text * width, (text + 1) * width), row * width);
      const gradients = this.#target(denseGradients(own));
      const outputs = await this.#sessions.run(session, {
        feeds: { ...this.#textFeeds(chunk.texts.map((text) => texts[text]!), { own, step, chunk: i }), [UPSTREAM]: new Tensor('float32', part, [chunk.texts.length, width]) },
        fetches: { ...rowOutputs(own), ...gradients.fetches },
      });
      gradients.gather();
      this.#gatherRows(own, outputs);
    }
    return { loss: (answer[loss]!.data as Float32Array)[0]!, vectors };
  }

  #update({ lr, clip }: NonNullable<StepRequest['update']>): number {
    if (this.#gathered > 1) {
      const share = 1 / this.#gathered;
      for (const name of this.#filled) scale(this.#buffer.gradient(name), share);
      // Copies: two tables that are added up have the same gradient.
      this.#rows = new Map([...this.#rows].map(([name, lists]) => [name, lists.map(({ ids, values }) => ({ ids, values: values.map((value) => value * share) }))]));
    }
    const { gradientNorm } = this.#optimiser.step({ lr, clip, dense: [...this.#filled], rows: Object.fromEntries(this.#rows) });
    this.#gathered = 0;
    this.#filled.clear();
    this.#rows = new Map();
    return gradientNorm;
  }

  /** Where gradients go: straight into the buffer, or where there is one already, beside it and then added. */
  #target(outputs: Iterable<readonly [weight: string, output: string]>): { readonly fetches: Record<string, Tensor>; gather(): void } {
    const fetches: Record<string, Tensor> = {};
    const fresh: string[] = [];
    const first: string[] = [];
    for (const [name, output] of outputs) {
      const again = this.#filled.has(name);
      (again ? fresh : first).push(name);
      fetches[output] = new Tensor('float32', again ? this.#buffer.fresh(name) : this.#buffer.gradient(name), this.#buffer.dims(name));
    }
    return {
      fetches,
      gather: () => {
        for (const name of fresh) this.#buffer.accumulate(name);
        for (const name of first) this.#filled.add(name);
      },
    };
  }

  #gatherRows({ gradients }: EncoderStep, outputs: Readonly<Record<string, Tensor>>): void {
    for (const { weight, rows } of gradients) {
      for (const { ids, values } of rows) {
        const lists = this.#rows.get(weight) ?? [];
        lists.push({ ids: outputs[ids]!.data as BigInt64Array, values: outputs[values]!.data as Float32Array });
        this.#rows.set(weight, lists);
      }
    }
  }

  #textFeeds(texts: readonly TokenText[], { own, step, chunk }: { own: EncoderStep; step: number; chunk: number }): Record<string, Tensor> {
    const { padId, spec } = this.#params;
    const { sizes, inputs } = textBatch(texts, { padId, token: spec.token });
    return { ...tensorsOf(inputs), ...this.#masks.feeds(own.forward.sites, sizes, { step, chunk }) };
  }

  /** The graphs for texts that attend in another way are made when the first comes. */
  async #variant(long: boolean): Promise<EncoderStep> {
    const known = this.#steps.get(long);
    if (known !== undefined) return known;
    const weights = new Map(this.#trainable.weights.map((weight) => [weight.name, weight]));
    const trained = new Set(this.#steps.get(false)!.gradients.map(({ weight }) => weight));
    const step = await encoderStep({ forward: await this.#trainable.training({ long }), spec: this.#params.spec, trained, weights, texts: probeTexts(false, this.#trainable.longAbove) });
    this.#steps.set(long, step);
    return step;
  }

  async #inference({ proto, states, mask }: ForwardGraph): Promise<{ session: InferenceSession; output: string }> {
    const output = 'training.embedded';
    const session = await this.#sessions.open('inference', () => {
      const builder = GraphBuilder.from(proto);
      const vectors = addVectors(builder, { states, spec: this.#params.spec, mask });
      builder.node('Identity', [vectors], {}, { name: output });
      return withOutputs(builder.build(), [output]);
    });
    return { session, output };
  }
}

/** Only looked up: its gradient is rows. */
function isTable({ dense, rows }: WeightGradient): boolean {
  return dense === undefined && rows.length > 0;
}

/** torch's padding_idx: the padding token's own row of the token table has no gradient. */
function paddingRows({ gradients }: EncoderStep, padId: number): Record<string, number> {
  const tables = gradients.filter(({ weight, rows }) => rows.length > 0 && /word_embeddings|tok_embeddings|embed_tokens/.test(weight));
  return Object.fromEntries(tables.map(({ weight }) => [weight, padId]));
}

function denseGradients({ gradients }: EncoderStep): [string, string][] {
  return gradients.flatMap(({ weight, dense }): [string, string][] => (dense === undefined ? [] : [[weight, dense]]));
}

function rowOutputs({ gradients }: EncoderStep): Record<string, null> {
  return Object.fromEntries(gradients.flatMap(({ rows }) => rows.flatMap(({ ids, values }) => [[ids, null], [values, null]])));
}

/** Texts for a probe: of different lengths where they may be. */
function probeTexts(ragged: boolean, longAbove = 0): TokenText[] {
  return (ragged ? [3, 4, 4] : [longAbove + 4, longAbove + 4]).map((length) => ({ ids: Int32Array.from({ length }, (_, i) => i % 5) }));
}
