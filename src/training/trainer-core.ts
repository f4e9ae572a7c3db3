import { encoderShape, type EncoderShape } from '../encoders/encoder-shape.ts';
import { HarnessError, option } from '../errors.ts';
import { Fitting, halvesOf, joined } from '../embed/fitting.ts';
import { GraphBuilder } from '../graph/builder.ts';
import type { InferenceSession } from '../graph/runtime.ts';
import { cachedPass } from './cached-pass.ts';
import { CardParameters } from './card/card-parameters.ts';
import { checkTypes } from './check-types.ts';
import { chunkBytes, chunkRoom } from './card/chunk-memory.ts';
import { chunksOf, type Chunk } from './chunks.ts';
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
import type { ParameterParts, TrainedParameters } from './trained-parameters.ts';
import { requireCardMemory, residentBytes } from './training-memory.ts';
import type { CardChunks, Opened, StateFiles, StepRequest, StepResult, TrainerParams } from './trainer-params.ts';
import { trainedVectors } from './vectors.ts';
import { withinMemory } from './within-memory.ts';

interface Parts {
  readonly params: TrainerParams;
  readonly trainable: Trainable;
  readonly trained: TrainedParameters;
  readonly graphs: StepGraphs;
  /** undefined: unknown. */
  readonly room: Room | undefined;
}

/** What a run over texts may take of a card's memory. */
interface Room {
  readonly bytes: number;
  readonly shape: EncoderShape;
}

/** An encoder being trained: sessions, weights, optimiser. Runs in, and blocks, the thread that creates it. */
export class TrainerCore {
  readonly #params: TrainerParams;
  readonly #trainable: Trainable;
  readonly #trained: TrainedParameters;
  readonly #graphs: StepGraphs;
  /** Maximum tokens per run. */
  #chunkTokens: number;
  readonly #room: Room | undefined;
  /** Whether it was said that a card's memory made chunks smaller. */
  #said = false;
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

  private constructor({ params, trainable, trained, graphs, room }: Parts) {
    this.#params = params;
    this.#trainable = trainable;
    this.#trained = trained;
    this.#graphs = graphs;
    this.#chunkTokens = params.chunkTokens;
    this.#room = room;
    this.width = graphs.short.width;
  }

  /**
   * Throws as `openTrainable` does; FORMAT if a weight contains NaN or infinity; OPTION if there is nothing to freeze, or nothing left to
   * train; TRAINING if weights, gradients and moments exceed a card's memory, before they are read.
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
    const onCard = cardUse(parts);
    const tensors = await (keepsTensors(params.device) ? CardParameters.open(parts) : HostParameters.open(parts));
    const graphs = new StepGraphs({ params, trainable, loss, step, weights: tensors.tensors });
    const count = (names: Iterable<string>) =>
      [...names].reduce((sum, name) => sum + dims.get(name)!.dims.reduce((product, size) => product * size, 1), 0);
    const reached = new Set(step.gradients.map(({ weight }) => weight));
    return {
      core: new TrainerCore({ params, trainable, trained: tensors, graphs, room: onCard.room }),
      opened: {
        device: params.device,
        shape: onCard.shape,
        width: step.width,
        trained: count(reached),
        frozen: count(frozen),
        notes: trainable.notes,
      },
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
      forCard: this.#chunksForCard(texts),
    };
  }

  async #batch(batch: BatchRequest, most: number): Promise<BatchResult> {
    const { longAbove } = this.#trainable;
    const [graphs, { gradients }] = [this.#graphs, this.#trained];
    if (batch.texts.some(({ ids }) => ids.length > (longAbove ?? Infinity))) await graphs.of(true);
    const chunks = this.#chunks(batch.texts, { most, room: this.#room });
    const whole = chunks.length === 1 && !chunks[0]!.long;
    return whole ? fusedPass({ graphs, gradients }, batch) : cachedPass({ graphs, gradients }, batch, chunks);
  }

  /** How many there are, if for the first time there are more than a card of unknown memory would have. */
  #chunksForCard(texts: readonly TokenText[]): CardChunks | undefined {
    const [room, most] = [this.#room, this.#chunkTokens];
    if (room === undefined || this.#said) return undefined;
    const chunks = this.#chunks(texts, { most, room }).length;
    if (chunks <= this.#chunks(texts, { most, room: undefined }).length) return undefined;
    this.#said = true;
    return { chunks, bytes: room.bytes };
  }

  #chunks(texts: readonly TokenText[], { most, room }: { most: number; room: Room | undefined }): Chunk[] {
    const { longAbove, ragged } = this.#trainable;
    const graphs = this.#graphs;
    const padded = !graphs.short.forward.packed;
    return chunksOf({
      lengths: texts.map(({ ids }) => ids.length),
      most,
      longAbove,
      ragged,
      padded,
      maskBytes: (sizes, long) => graphs.maskBytes(sizes, long),
      suits: room && ((sizes) => chunkBytes(room.shape, padded ? { ...sizes, rows: sizes.batch * sizes.tokens } : sizes) <= room.bytes),
    });
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

/**
 * What training takes of a card's memory, and what it leaves for runs over texts; nothing on the CPU. Throws TRAINING if the card has less.
 */
function cardUse({ params, ...parts }: ParameterParts): Pick<Opened, 'shape'> & { readonly room: Room | undefined } {
  const { files, device, cardMemory: memory } = params;
  const { inference, weights } = parts.trainable;
  if (device === 'cpu') return { shape: undefined, room: undefined };
  const resident = residentBytes({ params, ...parts });
  requireCardMemory({ where: files.name, device, resident, memory });
  const encoder = encoderShape({ model: inference, states: inference.states, fed: weights });
  const shape = encoder === undefined ? undefined : { ...encoder, weightBytes: resident };
  const room = memory === undefined || shape === undefined ? undefined : { shape, bytes: chunkRoom({ total: memory.total, resident }) };
  return { shape, room };
}
