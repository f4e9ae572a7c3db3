import { buildFedEncoder } from '../encoders/families/build.ts';
import type { Device } from '../devices/device.ts';
import type { FamilyOptions } from '../encoders/families/family.ts';
import type { DropoutRates } from '../encoders/families/training-graph.ts';
import { readFloats } from '../tensors/read-floats.ts';
import type { StoredTensor } from '../tensors/stored-tensor.ts';
import { transformerFolder } from '../encoders/sentence-modules.ts';
import { takeBranches } from '../graph/branches.ts';
import { findHiddenStates } from '../graph/hidden-states.ts';
import { lengthBranches } from '../graph/length-branches.ts';
import type { ModelProto } from '../graph/onnx_pb.ts';
import { lower } from '../graph/lowering.ts';
import { readModel } from '../graph/read.ts';
import { trainableWeights } from '../graph/trainable.ts';
import type { ForwardGraph } from './encoder-step.ts';
import { weightsAsInputs, type WeightInput } from './weight-inputs.ts';

/** Files of an encoder that `openTrainable` needs. */
export interface TrainableFiles {
  readonly name: string;
  readonly folder: string;
  /** Path of the ONNX file; undefined if the folder contains a checkpoint. */
  readonly onnx: string | undefined;
  /** Truncates the encoder after this layer. */
  readonly firstLayers?: number | undefined;
  readonly options?: FamilyOptions | undefined;
  /** Pairs are trained: tokens have their type ids, and the type table is trained. An ONNX file either has an input for them or not. */
  readonly pairs?: boolean | undefined;
}

/** An encoder that can be trained: graphs whose weights are inputs, and the weights. */
export interface Trainable {
  /** Every weight that a graph needs, trained or not. */
  readonly weights: readonly WeightInput[];
  /** For passes without gradients: batches of one length. */
  readonly inference: ForwardGraph;
  /** For differentiation. `long`: texts of more than `longAbove` tokens. */
  training(variant: { readonly long: boolean }): Promise<ForwardGraph>;
  /**
   * Texts with more tokens use another attention pattern, and only run with texts of the same length; undefined if there is no such limit.
   */
  readonly longAbove: number | undefined;
  /** Whether texts of different lengths may run together in training. */
  readonly ragged: boolean;
  readonly dropout: DropoutRates;
  /** Row of the token table that is not trained, given that of the tokenizer's padding token. */
  readonly paddingRow: (tokenizers: number) => number | undefined;
  /** Human-readable notes: what was dequantised, what is missing. */
  readonly notes: readonly string[];
}

/** Throws what opening the encoder throws; GRAPH if its graph cannot be trained. */
export async function openTrainable(
  files: TrainableFiles,
  dropout: Partial<DropoutRates> = {},
  device: Device = 'cpu',
): Promise<Trainable> {
  return files.onnx === undefined ? fromCheckpoint(files, dropout, device) : fromGraph(files, files.onnx, dropout);
}

async function fromCheckpoint(
  { folder: home, firstLayers, options, pairs }: TrainableFiles,
  wish: Partial<DropoutRates>,
  device: Device,
): Promise<Trainable> {
  const folder = transformerFolder(home);
  const inference = await buildFedEncoder({ folder, options, pairs, form: device === 'cpu' ? 'fast' : 'device' });
  const dropout = { ...inference.dropout, ...wish };
  const cut = (states: readonly string[]) => states.slice(0, (firstLayers ?? states.length - 1) + 1);
  const forward = (built: Awaited<ReturnType<typeof buildFedEncoder>>, packed: boolean): ForwardGraph => ({
    proto: built.model.proto,
    folder: built.model.folder,
    states: cut(built.states),
    sites: built.sites,
    packed,
  });
  return {
    weights: [...inference.weights].map(([name, tensor]) => fromStored(name, tensor)),
    inference: forward(inference, false),
    async training({ long }) {
      // Attention blocks depend on where a text ends: long texts are not packed with others.
      const packed = !long;
      return forward(await buildFedEncoder({ folder, options, pairs, training: { packed, long, dropout } }), packed);
    },
    longAbove: inference.longAbove,
    ragged: true,
    dropout,
    paddingRow: inference.paddingRow,
    notes: [],
  };
}

function fromStored(name: string, tensor: StoredTensor): WeightInput {
  return { name, label: name, dims: tensor.shape, initial: () => readFloats(tensor) };
}

async function fromGraph({ name, firstLayers }: TrainableFiles, onnx: string, wish: Partial<DropoutRates>): Promise<Trainable> {
  const { model, notes } = await lower(await readModel(onnx));
  const states = findHiddenStates(model, onnx);
  const { proto, weights } = weightsAsInputs(model, trainableWeights(model.proto.graph!));
  const inputs = new Set(proto.graph!.input.map((input) => input.name));
  const branches = lengthBranches(model);
  const forward = (own: ModelProto): ForwardGraph => ({
    proto: own,
    folder: model.folder,
    states: states.slice(0, (firstLayers ?? states.length - 1) + 1),
    sites: [],
    packed: false,
  });
  const asked = Math.max(wish.hidden ?? 0, wish.attention ?? 0) > 0;
  return {
    weights,
    inference: forward(proto),
    training: ({ long }) => Promise.resolve(forward(branches === undefined ? proto : takeBranches(proto, branches.taken(long)))),
    longAbove: branches?.above,
    ragged: inputs.has('attention_mask'),
    dropout: { hidden: 0, attention: 0 },
    paddingRow: (tokenizers) => tokenizers,
    notes: [...notes, ...(asked ? [`${name} is an ONNX file without dropout: fine-tuned without dropout.`] : [])],
  };
}
