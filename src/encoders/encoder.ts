import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import path from 'node:path';
import { HarnessError } from '../errors.ts';
import { TensorProto_DataType, type GraphProto } from '../graph/onnx_pb.ts';
import { findHiddenStates } from '../graph/hidden-states.ts';
import { readModel, type OnnxModel } from '../graph/read.ts';
import { lengthLimit, positionTable } from './length-limit.ts';
import { numberType } from './number-type.ts';
import { TextTokenizer } from './tokenizer.ts';

/** An encoder that can be run: graph, tokenizer and what its files say of it. */
export interface Encoder {
  /** As the tables say it: `KEY`, or `KEY@N` when cut after layer N. */
  readonly name: string;
  readonly model: OnnxModel;
  /** Hidden states 0..depth as tensors of the graph. */
  readonly states: readonly string[];
  /** Layers that count: all, or those before the cut. */
  readonly depth: number;
  readonly inputs: readonly { readonly name: string; readonly type: 'int64' | 'int32' }[];
  readonly tokenizer: TextTokenizer;
  /** Texts are cut at so many tokens, special tokens included: as asked for, or as its files say; never above what its graph takes. */
  readonly maxLength: number;
  /** Number type of the weights: fp32, fp16, q8, q4. */
  readonly dtype: string;
  /** Activations are quantised over a whole batch: its texts must run one by one, or a vector would depend on its neighbours. */
  readonly alone: boolean;
  /** sha256 over the ONNX file and its external data. */
  readonly fileHash: string;
  /** Commit, package@version, or empty for a user's own folder. */
  readonly revision: string;
}

export interface EncoderFiles {
  readonly name: string;
  /** Folder with tokenizer.json, config.json and the like. */
  readonly folder: string;
  /** Path of the ONNX file. */
  readonly onnx: string;
  readonly revision: string;
  /** Cut after this layer. */
  readonly firstLayers?: number | undefined;
  /** The limit asked for: the user's, or the registry's. */
  readonly maxLength?: number | undefined;
  /** sha256 of a file where it is known already, to spare reading it. */
  readonly sha256?: ((file: string) => Promise<string>) | undefined;
}

/** Throws FORMAT, GRAPH, TOKENIZER as the files deserve; OPTION for a cut behind the last layer. */
export async function openEncoder({ name, folder, onnx, revision, firstLayers, maxLength, sha256 = hashFile }: EncoderFiles): Promise<Encoder> {
  const model = await readModel(onnx);
  const states = findHiddenStates(model, onnx);
  const layers = states.length - 1;
  if (firstLayers !== undefined && (firstLayers < 1 || firstLayers > layers)) {
    throw new HarnessError('OPTION', { where: name, what: `There is no layer ${firstLayers} to cut after.`, mend: `It has layers 1 to ${layers}.` });
  }
  const graph = model.proto.graph!;
  const tokenizer = await TextTokenizer.read(path.join(folder, 'tokenizer.json'));
  const { dtype, alone } = numberType(graph);
  return {
    name,
    model,
    states,
    depth: firstLayers ?? layers,
    inputs: textInputs(graph, onnx),
    tokenizer,
    maxLength: Math.min(maxLength ?? (await lengthLimit({ folder, graph })), positionTable(graph) ?? Infinity),
    dtype,
    alone,
    fileHash: await hashModel(model, sha256),
    revision,
  };
}

const TEXT_INPUTS: ReadonlySet<string> = new Set(['input_ids', 'attention_mask', 'token_type_ids', 'position_ids']);

function textInputs(graph: GraphProto, file: string): Encoder['inputs'] {
  const weights = new Set(graph.initializer.map(({ name }) => name));
  return graph.input.filter(({ name }) => !weights.has(name)).map(({ name, type }) => {
    if (!TEXT_INPUTS.has(name)) {
      throw new HarnessError('GRAPH', { where: file, what: `It wants an input "${name}" that texts do not have.`, mend: `Export the encoder with ${[...TEXT_INPUTS].join(', ')} alone.` });
    }
    const elem = type?.value.case === 'tensorType' ? type.value.value.elemType : TensorProto_DataType.INT64;
    return { name, type: elem === TensorProto_DataType.INT32 ? 'int32' : 'int64' };
  });
}

/** The file's own hash where it holds everything, else that of all its files' hashes. */
async function hashModel({ files }: OnnxModel, sha256: (file: string) => Promise<string>): Promise<string> {
  const hashes: string[] = [];
  for (const file of files) hashes.push(await sha256(file));
  return hashes.length === 1 ? hashes[0]! : createHash('sha256').update(hashes.join('\n')).digest('hex');
}

/** sha256 of a file in hex, streamed. */
export async function hashFile(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
