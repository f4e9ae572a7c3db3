import type { Value } from '../graph/builder.ts';
import type { ModelProto } from '../graph/onnx_pb.ts';
import type { InferenceSession, Tensor } from '../graph/runtime.ts';
import { checkTypes } from './check-types.ts';
import { DropoutMasks, maskBytes } from './dropout-masks.ts';
import type { BatchSizes } from '../encoders/families/text-graph.ts';
import { encoderStep, type EncoderStep } from './encoder-step.ts';
import type { LossGraph } from './loss-graph.ts';
import { inHalves } from './mixed-precision.ts';
import { StepSessions } from './step-sessions.ts';
import { tensorsOf } from './tensors.ts';
import { textBatch, type TokenText } from './text-batch.ts';
import type { Trainable } from './trainable.ts';
import type { TrainerParams } from './trainer-params.ts';

interface Parts {
  readonly params: TrainerParams;
  readonly trainable: Trainable;
  readonly loss: LossGraph;
  /** For texts that are not long. */
  readonly step: EncoderStep;
  readonly weights: ReadonlyMap<string, Tensor>;
}

/** The graphs of a training step, the sessions that run them and their inputs for texts. */
export class StepGraphs {
  readonly sessions: StepSessions;
  readonly loss: LossGraph;
  /** For texts that are not long. */
  readonly short: EncoderStep;
  readonly #params: TrainerParams;
  readonly #trainable: Trainable;
  readonly #masks: DropoutMasks;
  #long: EncoderStep | undefined;

  constructor({ params, trainable, loss, step, weights }: Parts) {
    const {
      files: { name },
      threads,
      device,
      seed,
    } = params;
    this.#params = params;
    this.#trainable = trainable;
    this.loss = loss;
    this.short = step;
    this.#masks = new DropoutMasks({ seed, name });
    this.sessions = new StepSessions({ name, folder: trainable.inference.folder, weights, threads, device });
  }

  /** The graphs for texts with another attention pattern are built when the first such text comes. */
  async of(long: boolean): Promise<EncoderStep> {
    if (!long) return this.short;
    this.#long ??= await this.#makeLong();
    return this.#long;
  }

  /**
   * A session over a graph with the encoder's passes, as `StepSessions.open`: its products in float16 if training is in mixed precision.
   */
  open(name: string, model: () => ModelProto, resident: readonly Value[] = []): Promise<InferenceSession> {
    const { mixedPrecision, device } = this.#params;
    return this.sessions.open(name, mixedPrecision === undefined ? model : () => inHalves(model(), device), resident);
  }

  /** Bytes of the dropout masks of such texts; the graphs of long ones must exist. */
  maskBytes(sizes: BatchSizes, long: boolean): number {
    return maskBytes((long ? this.#long! : this.short).forward.sites, sizes);
  }

  /** Throws OPTION for pairs if the encoder was opened for single texts. */
  textFeeds(texts: readonly TokenText[], { own, step, chunk }: { own: EncoderStep; step: number; chunk: number }): Record<string, Tensor> {
    const {
      padId,
      spec,
      files: { name },
    } = this.#params;
    checkTypes(own.forward, texts, name);
    const { sizes, inputs } = textBatch(texts, { padId, spec });
    return { ...tensorsOf(inputs), ...this.#masks.feeds(own.forward.sites, sizes, { step, chunk }) };
  }

  async #makeLong(): Promise<EncoderStep> {
    const weights = new Map(this.#trainable.weights.map((weight) => [weight.name, weight]));
    const trained = new Set(this.short.gradients.map(({ weight }) => weight));
    return encoderStep({
      forward: await this.#trainable.training({ long: true }),
      spec: this.#params.spec,
      trained,
      weights,
      texts: probeTexts(false, this.#trainable.longAbove),
    });
  }
}

/** Texts for a probe run, of two words each: of different lengths if possible. */
export function probeTexts(ragged: boolean, longAbove = 0): TokenText[] {
  const spans = Int32Array.of(0, 1, 1, 3);
  return (ragged ? [3, 4, 4] : [longAbove + 4, longAbove + 4]).map((length) => ({
    ids: Int32Array.from({ length }, (_, i) => i % 5),
    spans,
  }));
}
