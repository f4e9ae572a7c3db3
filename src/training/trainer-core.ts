import { HarnessError, option } from '../errors.ts';
import { Fitting, halvesOf, joined } from '../embed/fitting.ts';
import { GraphBuilder } from '../graph/builder.ts';
import type { InferenceSession } from '../graph/runtime.ts';
import { cachedPass } from './cached-pass.ts';
import { CardParameters } from './card/card-parameters.ts';
import { checkTypes } from './check-types.ts';
import { chunksOf } from './chunks.ts';
import { encoderStep } from './encoder-step.ts';
import { frozenWeights } from './frozen.ts';
import { fusedPass, type BatchRequest, type BatchResult } from './fused-pass.ts';
import { keepsTensors } from '../graph/device-graph.ts';
import { HostParameters } from './host-parameters.ts';
import { lossGraph } from './loss-graph.ts';
import { OBJECTIVES } from './objectives.ts';
import { LOSS_SCALE } from './mixed-precision.ts';
import { probeTexts, StepGraphs } from './step-graphs.ts';
import { withOutputs } from './step-model.ts';
import { StepMemoryError } from './step-error.ts';
import { tensorsOf } from './tensors.ts';
import { textBatch, type TokenText } from './text-batch.ts';
import { openTrainable, type Trainable } from './trainable.ts';
import type { TrainedParameters } from './trained-parameters.ts';
import type { Opened, StateFiles, StepRequest, StepResult, TrainerParams } from './trainer-params.ts';
import { trainedVectors } from './vectors.ts';
import { withinMemory } from './within-memory.ts';

interface Parts {
  readonly params: TrainerParams;
  readonly trainable: Trainable;
  readonly trained: TrainedParameters;
  readonly graphs: StepGraphs;
}

/** An encoder being trained: sessions, weights, optimiser. Runs in, and blocks, the thread that creates it. */
export class TrainerCore {
  readonly #params: TrainerParams;
  readonly #trainable: Trainable;
  readonly #trained: TrainedParameters;
  readonly #graphs: StepGraphs;
  /** Maximum tokens per run. */
  #chunkTokens: number;
  /** Runs without gradients. */
  readonly #embedding = new Fitting<readonly TokenText[], Float32Array>({
    run: (texts) => this.#embedTogether(texts),
    count: ({ length }) => length,
    size: ({ length }) => length,
    halves: halvesOf,
    join: ([first, second]) => joined(first, second),
    isOutOfMemory: (error) => error instanceof StepMemoryError,
  });
  /** Dimensions of a vector. */
  readonly width: number;

  private constructor({ params, trainable, trained, graphs }: Parts) {
    this.#params = params;
    this.#trainable = trainable;
    this.#trained = trained;
    this.#graphs = graphs;
    this.#chunkTokens = params.chunkTokens;
    this.width = graphs.short.width;
  }

  /**
   * Throws as `openTrainable` does; FORMAT if a weight contains NaN or infinity; OPTION if there is nothing to freeze, or nothing left to
   * train.
   */
  static async open(params: TrainerParams): Promise<{ core: TrainerCore; opened: Opened }> {
    const { files, spec, freeze, classes, objectiveOptions, dropout: rate } = params;
    const trainable = await openTrainable(files, rate === undefined ? {} : { hidden: rate, attention: rate }, params.device);
    const objective = OBJECTIVES[params.objective];
    const frozen = frozenWeights(trainable.weights, freeze);
    const trained = new Set(trainable.weights.map(({ name }) => name).filter((name) => !frozen.has(name)));
    const dims = new Map(trainable.weights.map((weight) => [weight.name, weight]));
    const step = await encoderStep({
      forward: await trainable.training({ long: false }),
      spec,
      trained,
      weights: dims,
      texts: probeTexts(trainable.ragged),
    });
    const shape = { width: step.width, classes, options: objectiveOptions };
    const loss = await lossGraph(objective, shape, { scale: params.mixedPrecision === undefined ? 1 : LOSS_SCALE });
    const parameters = objective.parameters(shape);
    if (step.gradients.length === 0 && parameters.length === 0) {
      throw new HarnessError('OPTION', {
        where: option('freeze'),
        what: 'Nothing is left to train: every weight that the vectors depend on is frozen.',
        hint: 'Freeze less.',
      });
    }

    const parts = { params, trainable, step, parameters, lossScale: loss.scale };
    const tensors = await (keepsTensors(params.device) ? CardParameters.open(parts) : HostParameters.open(parts));
    const graphs = new StepGraphs({ params, trainable, loss, step, weights: tensors.tensors });
    const count = (names: Iterable<string>) =>
      [...names].reduce((sum, name) => sum + dims.get(name)!.dims.reduce((product, size) => product * size, 1), 0);
    const reached = new Set(step.gradients.map(({ weight }) => weight));
    return {
      core: new TrainerCore({ params, trainable, trained: tensors, graphs }),
      opened: { device: params.device, width: step.width, trained: count(reached), frozen: count(frozen), notes: trainable.notes },
    };
  }

  /**
   * Forward and backward pass of a batch; with `update`, an optimiser step over all batches since the last. Where a card's memory runs out,
   * this batch and all later ones run in smaller chunks. Throws TRAINING if that does not help, or in the machine's memory.
   */
  async step({ texts, feeds, step, update }: StepRequest): Promise<StepResult> {
    const { gradients } = this.#trained;
    const before = this.#chunkTokens;
    const { result, most } = await withinMemory({
      most: before,
      run: (tokens) => this.#batch({ texts, feeds, step }, tokens),
      undo: () => gradients.undoBatch(),
    });
    this.#chunkTokens = most;
    gradients.endBatch();
    return {
      ...result,
      gradientNorm: update === undefined ? undefined : await gradients.update(update),
      chunkTokens: most === before ? undefined : most,
    };
  }

  async #batch(batch: BatchRequest, most: number): Promise<BatchResult> {
    const { longAbove, ragged } = this.#trainable;
    const [graphs, { gradients }] = [this.#graphs, this.#trained];
    const padded = !graphs.short.forward.packed;
    const lengths = batch.texts.map(({ ids }) => ids.length);
    if (lengths.some((length) => length > (longAbove ?? Infinity))) await graphs.of(true);
    const chunks = chunksOf({ lengths, most, longAbove, ragged, padded, maskBytes: (sizes, long) => graphs.maskBytes(sizes, long) });
    const whole = chunks.length === 1 && !chunks[0]!.long;
    return whole ? fusedPass({ graphs, gradients }, batch) : cachedPass({ graphs, gradients }, batch, chunks);
  }

  /**
   * Vectors [texts, width], or [words, width], of texts of one length, without dropout; if they do not fit into memory, in halves. Throws
   * OPTION as a step does.
   */
  embed(texts: readonly TokenText[]): Promise<Float32Array> {
    return this.#embedding.run(texts);
  }

  async #embedTogether(texts: readonly TokenText[]): Promise<Float32Array> {
    const {
      spec,
      padId,
      files: { name },
    } = this.#params;
    checkTypes(this.#trainable.inference, texts, name);
    const { session, output } = await this.#inference();
    const { inputs } = textBatch(texts, { padId, spec });
    const result = await this.#graphs.sessions.run(session, { feeds: tensorsOf(inputs), fetches: { [output]: null } });
    return result[output]!.data as Float32Array;
  }

  /** Copies of the values of the objective's parameters. */
  parameters(): Promise<Record<string, Float32Array>> {
    return this.#trained.ofObjective();
  }

  /** Writes all weights, and with `moments` the optimiser's state, as safetensors. */
  async save(files: StateFiles): Promise<void> {
    await this.#trained.save(files);
  }

  /** Resumes from what `save` wrote. Throws FORMAT if it is of another encoder or objective. */
  async restore(files: StateFiles): Promise<void> {
    await this.#trained.restore(files);
  }

  /** Releases what is on a card. */
  async close(): Promise<void> {
    await this.#graphs.sessions.close();
    await this.#trained.close();
  }

  async #inference(): Promise<{ session: InferenceSession; output: string }> {
    const { proto, states } = this.#trainable.inference;
    const output = 'training.embedded';
    const { spec } = this.#params;
    const add = await trainedVectors(spec);
    const session = await this.#graphs.sessions.open('inference', () => {
      const builder = GraphBuilder.from(proto);
      const vectors = add(builder, states);
      builder.node('Identity', [vectors], {}, { name: output });
      return withOutputs(builder.build(), [output]);
    });
    return { session, output };
  }
}
