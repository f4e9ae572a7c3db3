import type { Device } from '../../devices/device.ts';
import { withoutHalves } from '../../devices/device.ts';
import { HarnessError, reason } from '../../errors.ts';
import { COPY, copyGraph } from '../../graph/copy-graph.ts';
import { Tensor } from '../../graph/runtime.ts';
import type { ModelProto } from '../../graph/onnx_pb.ts';
import { StepSessions, type StepSessionsParams } from '../step-sessions.ts';
import { inHalves } from '../mixed-precision.ts';
import { productGraph } from './card-graphs.ts';

/** A graphics card that keeps tensors: moves them there and back, and runs graphs whose inputs and outputs stay there. */
export class Card {
  readonly #device: Device;
  readonly #sessions: StepSessions;

  constructor(params: Pick<StepSessionsParams, 'name' | 'threads' | 'device'>) {
    this.#device = params.device;
    this.#sessions = new StepSessions({ ...params, folder: '.', weights: new Map() });
  }

  /** Throws OPTION if the card cannot compute in float16. */
  async requireHalves(): Promise<void> {
    const feeds = { values: new Tensor('float32', Float32Array.of(1), [1, 1]) };
    try {
      await this.run('halves', () => inHalves(productGraph(), this.#device), { feeds, resident: [] });
    } catch (error) {
      const why = error instanceof HarnessError && error.cause !== undefined ? error.cause : error;
      throw withoutHalves(reason(why), error);
    }
  }

  /** A copy on the card. Throws TRAINING if it does not fit. */
  async up(values: Float32Array, dims: readonly number[]): Promise<Tensor> {
    const feeds = { [COPY.from]: new Tensor('float32', values, dims) };
    const outputs = await this.run(`up ${dims.length}`, () => copyGraph(dims.length), { feeds, resident: [COPY.to] });
    return outputs[COPY.to]!;
  }

  /** A copy of what is on the card, bit for bit. */
  async down(values: Tensor): Promise<Float32Array> {
    const rank = values.dims.length;
    const outputs = await this.run(`down ${rank}`, () => copyGraph(rank), { feeds: { [COPY.from]: values }, resident: [] });
    return outputs[COPY.to]!.data as Float32Array;
  }

  /** Releases the sessions; tensors are released by whoever has them. */
  close(): Promise<void> {
    return this.#sessions.close();
  }

  /** Runs the graph of this name; the outputs `resident` stay on the card, and are the caller's to release. */
  async run(
    name: string,
    model: () => ModelProto,
    { feeds, resident }: { readonly feeds: Readonly<Record<string, Tensor>>; readonly resident: readonly string[] },
  ): Promise<Record<string, Tensor>> {
    const session = await this.#sessions.open(name, model, resident);
    return this.#sessions.run(session, { feeds, fetches: Object.fromEntries(session.outputNames.map((output) => [output, null])) });
  }
}

/** Frees tensors on the card: nothing collects them. Those in `kept`, and those that are not on the card, stay as they are. */
export function release(tensors: Iterable<Tensor>, kept: Iterable<Tensor> = []): void {
  const stay = new Set(kept);
  for (const tensor of new Set(tensors)) if (!stay.has(tensor) && tensor.location === 'gpu-buffer') tensor.dispose();
}
