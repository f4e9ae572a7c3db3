import { toBinary } from '@bufbuild/protobuf';
import { InferenceSession, type Tensor } from '../graph/runtime.ts';
import { PACKING } from '../encoders/families/training-graph.ts';
import { HarnessError, reason } from '../errors.ts';
import { BACKWARD_SESSION } from '../graph/differentiate.ts';
import { ModelProtoSchema, type ModelProto } from '../graph/onnx_pb.ts';
import { absentDevice, type Device } from '../devices/device.ts';
import { fitToDevice, providersOf, residentOutputs } from '../graph/device-graph.ts';
import { stepError } from './step-error.ts';
import { own } from '../own.ts';

export interface StepSessionsParams {
  /** Name of the encoder, for messages. */
  readonly name: string;
  /** Folder of constants that are in files. */
  readonly folder: string;
  readonly weights: ReadonlyMap<string, Tensor>;
  readonly threads: number;
  readonly device: Device;
}

/** The runtime's sessions of a training run. */
export class StepSessions {
  readonly #params: StepSessionsParams;
  readonly #sessions = new Map<string, InferenceSession>();

  constructor(params: StepSessionsParams) {
    this.#params = params;
  }

  /**
   * The session of this name, created on first use; the outputs `resident` stay on the device. Throws GRAPH if the runtime rejects its
   * graph, OPTION if it lacks the device.
   */
  async open(name: string, model: () => ModelProto, resident: readonly string[] = []): Promise<InferenceSession> {
    const known = this.#sessions.get(name);
    if (known !== undefined) return known;
    const { threads, device, folder } = this.#params;
    try {
      const proto = model();
      fitToDevice(proto, device);
      const session = await InferenceSession.create(toBinary(ModelProtoSchema, proto), {
        executionProviders: providersOf(device, proto),
        intraOpNumThreads: threads,
        interOpNumThreads: 1,
        executionMode: 'sequential',
        graphOptimizationLevel: 'all',
        enableMemPattern: false,
        extra: { ...BACKWARD_SESSION, session: { model_external_initializers_file_folder_path: folder } },
        logSeverityLevel: 4,
        ...residentOutputs(resident),
      });
      this.#sessions.set(name, session);
      return session;
    } catch (error) {
      if (device !== 'cpu') throw absentDevice(device, reason(error), error);
      throw new HarnessError(
        'GRAPH',
        { where: this.#params.name, what: `The graph of a training step cannot be loaded: ${reason(error)}.` },
        { cause: error },
      );
    }
  }

  /** Releases them. */
  async close(): Promise<void> {
    for (const session of this.#sessions.values()) await session.release();
    this.#sessions.clear();
  }

  /**
   * Runs with `feeds`, and with the weights that a graph has as inputs. Outputs for which `fetches` has a tensor are written there. Throws
   * as `stepError` says.
   */
  async run(
    session: InferenceSession,
    { feeds, fetches }: { feeds: Readonly<Record<string, Tensor>>; fetches: Record<string, Tensor | null> },
  ): Promise<Record<string, Tensor>> {
    const given = Object.fromEntries(session.inputNames.map((name) => [name, own(feeds, name) ?? this.#params.weights.get(name)!]));
    try {
      return (await session.run(given, fetches, { logSeverityLevel: 4 })) as Record<string, Tensor>;
    } catch (error) {
      const [texts = 0, tokens = 0] = feeds['input_ids']?.dims ?? [];
      throw stepError(error, { name: this.#params.name, texts, tokens, counted: given[PACKING.pack]?.dims[0] ?? texts * tokens });
    }
  }
}
