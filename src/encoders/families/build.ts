import path from 'node:path';
import { HarnessError } from '../../errors.ts';
import { TensorProto_DataType, type ModelProto } from '../../graph/onnx_pb.ts';
import { quantise } from '../../graph/quantise.ts';
import type { OnnxModel } from '../../graph/read.ts';
import { openCheckpoint, type Checkpoint } from '../checkpoint/checkpoint.ts';
import { Config } from './config.ts';
import { familyOf } from './families.ts';
import { DEFAULT_OPTIONS, type Family, type FamilyOptions } from './family.ts';
import { TextGraph, type GraphForm } from './text-graph.ts';
import { TrainingGraph, type DropoutRates, type DropoutSite, type TrainingOptions } from './training-graph.ts';
import { Weights } from './weights.ts';

/**
 * Changes when a checkpoint may become another graph, and so other numbers, than before: stored vectors are keyed by it.
 */
export const FAMILIES_VERSION = 1;

export interface BuildParams {
  /** With config.json and the weights. */
  readonly folder: string;
  readonly form?: GraphForm | undefined;
  readonly options?: FamilyOptions | undefined;
  /** q8: products in 8 bits, made while loading. */
  readonly dtype?: CheckpointDtype | undefined;
}

/** Number types that a checkpoint can be run in. */
export const CHECKPOINT_DTYPES = ['fp32', 'q8'] as const;
export type CheckpointDtype = (typeof CHECKPOINT_DTYPES)[number];

/** A checkpoint as a graph. The weights stay in their files, which the graph names. */
export interface BuiltEncoder {
  readonly model: OnnxModel;
  /** Names of hidden states 0 to L, [batch, tokens, width] each; the last is the graph's output too. */
  readonly states: readonly string[];
  readonly config: Config;
  /** Longest text in tokens; undefined where positions know no end. */
  readonly positions: number | undefined;
  /** What the column `attention` says; '' where the family has no choice. */
  readonly attention: string;
  /** Weights of the checkpoint that the encoder has no use for: heads, poolers. */
  readonly unused: readonly string[];
}

/**
 * Builds the ONNX graph of a published checkpoint. Throws FORMAT where config.json or weights are missing, broken, of no
 * known family, or do not belong together.
 */
export async function buildEncoder({ folder, form = 'fast', options, dtype = 'fp32' }: BuildParams): Promise<BuiltEncoder> {
  const { weights, ...source } = await openSource(folder);
  return build({ ...source, graph: new TextGraph({ weights, form }), options, dtype });
}

/** The same, to be differentiated: see TrainingGraph. Dropout is as config.json says where left out. */
export async function buildTrainingEncoder({ folder, options, ...training }: TrainingBuildParams): Promise<BuiltEncoder & { readonly sites: readonly DropoutSite[] }> {
  const { weights, ...source } = await openSource(folder);
  const graph = new TrainingGraph(weights, { ...training, dropout: training.dropout ?? publishedDropout(source.config) });
  return { ...build({ ...source, graph, options }), sites: graph.sites };
}

export interface TrainingBuildParams extends Pick<BuildParams, 'folder' | 'options'>, Omit<TrainingOptions, 'dropout'> {
  readonly dropout?: DropoutRates | undefined;
}

/** What config.json says of dropout, in the words of one family or another. */
export function publishedDropout(config: Config): DropoutRates {
  const rate = (...keys: string[]) => config.number(keys.find((key) => config.has(key)) ?? '', 0);
  return {
    hidden: rate('hidden_dropout_prob', 'dropout', 'mlp_dropout'),
    attention: rate('attention_probs_dropout_prob', 'attention_dropout'),
  };
}

interface Source {
  readonly config: Config;
  readonly family: Family;
  readonly checkpoint: Checkpoint;
  /** Folder of the weights. */
  readonly root: string;
  readonly weights: Weights;
}

async function openSource(folder: string): Promise<Source> {
  const config = await Config.read(folder);
  const family = familyOf(config);
  const checkpoint = await openCheckpoint(folder);
  const root = commonFolder(checkpoint.files, folder);
  const weights = await Weights.open({ checkpoint, root, prefixes: family.prefixes, landmark: family.landmark, folder });
  return { config, family, checkpoint, root, weights };
}

function build({ graph, config, family, checkpoint, root, options = DEFAULT_OPTIONS, dtype = 'fp32' }: Omit<Source, 'weights'> & Pick<BuildParams, 'options' | 'dtype'> & { readonly graph: TextGraph }): BuiltEncoder {
  const { states: rows, width } = family.build(graph, config, options);
  const states = rows.map((value, layer) => nameState(graph, value, width, layer));
  graph.builder.output(states.at(-1)!, { name: 'last_hidden_state', type: TensorProto_DataType.FLOAT, dims: ['batch_size', 'sequence_length', width] });
  const proto: ModelProto = graph.builder.build();
  const model = { proto, folder: root, files: checkpoint.files };
  return {
    model: dtype === 'q8' ? quantise(model) : model,
    states,
    config,
    positions: family.positions(config),
    attention: family.attention?.(options, config) ?? '',
    unused: graph.weights.unused,
  };
}

function nameState(graph: TextGraph, rows: string, width: number, layer: number): string {
  const name = `hidden_state.${layer}`;
  if (graph.packed) return graph.builder.node('Identity', [graph.sequence(rows, width)], {}, { name });
  const { batch, tokens } = graph.sizes;
  return graph.builder.node('Reshape', [rows, graph.shapeOf(batch, tokens, width)], {}, { name });
}

/** Shards lie side by side: links resolved, in one folder. */
function commonFolder(files: readonly string[], folder: string): string {
  const folders = new Set(files.map((file) => path.dirname(file)));
  if (folders.size === 1) return [...folders][0]!;
  throw new HarnessError('FORMAT', { where: folder, what: 'Its shards lie in different folders.', mend: 'Put them into one.' });
}
