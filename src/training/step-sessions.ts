import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { toBinary } from '@bufbuild/protobuf';
import { InferenceSession, type Tensor } from 'onnxruntime-node';
import { HarnessError, reason } from '../errors.ts';
import { BACKWARD_SESSION } from '../graph/differentiate.ts';
import { ModelProtoSchema, type ModelProto } from '../graph/onnx_pb.ts';
import { stepError } from './step-error.ts';

export const DEVICES = ['cpu', 'webgpu', 'cuda'] as const;
export type Device = (typeof DEVICES)[number];

export interface StepSessionsParams {
  /** The encoder's, for messages. */
  readonly name: string;
  /** Of constants that lie in files. */
  readonly folder: string;
  readonly weights: ReadonlyMap<string, Tensor>;
  readonly threads: number;
  readonly device: Device;
}

const REMEDIES: Readonly<Record<Exclude<Device, 'cpu'>, string>> = {
  webgpu: 'It needs a graphics driver (Vulkan, Metal or Direct3D 12); --device cpu runs everywhere.',
  cuda: "Its libraries come by onnxruntime-node's own install step, which is skipped here (README, \"CUDA\"); --device cpu runs everywhere.",
};

/** Throws OPTION where the runtime lacks the libraries of a device: asked before it is loaded, for it would complain in its own words. */
export function checkDevice(device: Device): void {
  if (device !== 'cuda') return;
  const folder = path.join(path.dirname(createRequire(import.meta.url).resolve('onnxruntime-node/package.json')), 'bin', 'napi-v6', process.platform, process.arch);
  const library = process.platform === 'win32' ? 'onnxruntime_providers_cuda.dll' : 'libonnxruntime_providers_cuda.so';
  if (!existsSync(path.join(folder, library))) throw absentDevice(device, `there is no ${library}`);
}

function absentDevice(device: Exclude<Device, 'cpu'>, why: string, cause?: unknown): HarnessError {
  return new HarnessError('OPTION', { where: '--device', what: `${device} cannot be used here: ${why.replace(/\.$/, '')}.`, mend: REMEDIES[device] }, { cause });
}

/** The runtime's sessions of a training run. */
export class StepSessions {
  readonly #params: StepSessionsParams;
  readonly #sessions = new Map<string, InferenceSession>();

  constructor(params: StepSessionsParams) {
    this.#params = params;
  }

  /** The session of this name, made when it is first asked for. Throws GRAPH where the runtime refuses its graph, OPTION where it lacks the device. */
  async open(name: string, model: () => ModelProto): Promise<InferenceSession> {
    const known = this.#sessions.get(name);
    if (known !== undefined) return known;
    const { threads, device, folder } = this.#params;
    try {
      const session = await InferenceSession.create(toBinary(ModelProtoSchema, model()), {
        executionProviders: device === 'cpu' ? ['cpu'] : [device, 'cpu'],
        intraOpNumThreads: threads,
        interOpNumThreads: 1,
        executionMode: 'sequential',
        graphOptimizationLevel: 'all',
        enableMemPattern: false,
        extra: { ...BACKWARD_SESSION, session: { model_external_initializers_file_folder_path: folder } },
        logSeverityLevel: 4,
      });
      this.#sessions.set(name, session);
      return session;
    } catch (error) {
      if (device !== 'cpu') throw absentDevice(device, reason(error), error);
      throw new HarnessError('GRAPH', { where: this.#params.name, what: `The graph of a training step does not load: ${reason(error)}.` }, { cause: error });
    }
  }

  /** Runs with `feeds`, and the weights where a graph wants them. Outputs that `fetches` has a tensor for are written there. */
  async run(session: InferenceSession, { feeds, fetches }: { feeds: Readonly<Record<string, Tensor>>; fetches: Record<string, Tensor | null> }): Promise<Record<string, Tensor>> {
    const given: Record<string, Tensor> = {};
    for (const name of session.inputNames) given[name] = feeds[name] ?? this.#params.weights.get(name)!;
    try {
      return (await session.run(given, fetches, { logSeverityLevel: 4 })) as Record<string, Tensor>;
    } catch (error) {
      const [texts = 0, tokens = 0] = feeds['input_ids']?.dims ?? [];
      throw stepError(error, { name: this.#params.name, texts, tokens });
    }
  }
}
