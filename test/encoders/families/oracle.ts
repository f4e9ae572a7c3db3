import { readFileSync } from 'node:fs';
import path from 'node:path';
import { toBinary } from '@bufbuild/protobuf';
import { InferenceSession, Tensor } from '../../../src/graph/runtime.ts';
import { buildEncoder, type BuildParams, type BuiltEncoder } from '../../../src/encoders/families/build.ts';
import { readSafetensors } from '../../../src/tensors/read-safetensors.ts';
import { ModelProtoSchema } from '../../../src/graph/onnx_pb.ts';
import { largest } from '../../largest.ts';

/** Numbers of the reference: [layers + 1, texts, tokens, width] hidden states, and the ids and mask they were made from. */
export interface Reference {
  readonly layers: number;
  readonly texts: number;
  readonly tokens: number;
  readonly width: number;
  readonly ids: Int32Array;
  readonly mask: Int32Array;
  readonly states: Float32Array;
}

/** `prefix` selects one of several batches of a folder: '' is the top level, `global0.` the Longformer with a global token. */
export function reference(
  folder: string,
  { prefix = '', of = prefix, inputs = of }: { prefix?: string; of?: string; inputs?: string } = {},
): Reference {
  const { tensors } = readSafetensors(readFileSync(path.join(folder, 'expected.safetensors')), folder);
  const states = tensors.get(`${of}hidden_states`)!;
  const [layers, texts, tokens, width] = states.shape as [number, number, number, number];
  const integers = (name: string) => tensors.get(`${inputs}${name}`)?.data as Int32Array;
  return {
    layers: layers - 1,
    texts,
    tokens,
    width,
    ids: integers('input_ids'),
    mask: integers('attention_mask'),
    states: states.data as Float32Array,
  };
}

/** A built encoder that outputs all its hidden states. */
export class Probe {
  readonly built: BuiltEncoder;
  readonly #session: InferenceSession;

  private constructor(built: BuiltEncoder, session: InferenceSession) {
    this.built = built;
    this.#session = session;
  }

  static async open(params: BuildParams): Promise<Probe> {
    const built = await buildEncoder(params);
    const { proto, folder } = built.model;
    const [last] = proto.graph!.output;
    proto.graph!.output = built.states.map((name) => ({ ...last!, name }));
    const session = await InferenceSession.create(toBinary(ModelProtoSchema, proto), {
      extra: { session: { model_external_initializers_file_folder_path: folder } },
      logSeverityLevel: 3,
    });
    return new Probe(built, session);
  }

  /** Hidden states 0 to L of a batch [texts, tokens], each [texts, tokens, width]; the mask is fed if the graph has it. */
  async run(ids: ArrayLike<number>, { tokens, mask }: { tokens: number; mask?: ArrayLike<number> }): Promise<Float32Array[]> {
    const wide = (values: ArrayLike<number>) =>
      new Tensor('int64', BigInt64Array.from(Array.from(values, BigInt)), [values.length / tokens, tokens]);
    const feeds: Record<string, Tensor> = { input_ids: wide(ids) };
    if (this.#session.inputNames.includes('attention_mask')) feeds['attention_mask'] = wide(mask ?? new Int32Array(ids.length).fill(1));
    const outputs = await this.#session.run(feeds);
    return this.built.states.map((name) => outputs[name]!.data as Float32Array);
  }

  async close(): Promise<void> {
    await this.#session.release();
  }
}

/** Largest difference from the reference, over real tokens, when each text runs on its own, unpadded. */
export async function differenceAlone(probe: Probe, expected: Reference): Promise<number> {
  const { texts, tokens, width, ids, mask, states, layers } = expected;
  let worst = 0;
  for (let text = 0; text < texts; text++) {
    const count = mask.subarray(text * tokens, (text + 1) * tokens).reduce((sum, value) => sum + value, 0);
    const got = await probe.run(ids.subarray(text * tokens, text * tokens + count), { tokens: count });
    for (let layer = 0; layer <= layers; layer++) {
      const from = (layer * texts + text) * tokens * width;
      worst = Math.max(worst, largest(got[layer]!, states.subarray(from, from + count * width)));
    }
  }
  return worst;
}

/** The same when all texts run in the reference's own padded batch. */
export async function differenceTogether(probe: Probe, expected: Reference): Promise<number> {
  const { texts, tokens, width, ids, mask, states, layers } = expected;
  const got = await probe.run(ids, { tokens, mask });
  let worst = 0;
  for (let layer = 0; layer <= layers; layer++) {
    for (let row = 0; row < texts * tokens; row++) {
      if (mask[row] !== 1) continue;
      const from = layer * texts * tokens * width + row * width;
      worst = Math.max(worst, largest(got[layer]!.subarray(row * width, (row + 1) * width), states.subarray(from, from + width)));
    }
  }
  return worst;
}
