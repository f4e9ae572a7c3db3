import path from 'node:path';
import { HarnessError, shown } from '../../errors.ts';
import { TensorProto_DataType, type ModelProto } from '../../graph/onnx_pb.ts';
import { quantiseEncoder } from '../../graph/quantise-table.ts';
import type { OnnxModel } from '../../graph/read.ts';
import { adapted } from '../adapters/adapter.ts';
import { taskFolder, withTask } from '../adapters/task-adapters.ts';
import { openCheckpoint } from '../checkpoint/checkpoint.ts';
import { requireFedMemory, requireMemory } from '../memory.ts';
import { readStaticConfig, withTable } from '../static/static-config.ts';
import { staticRules, type StaticRules } from '../static/static-folder.ts';
import { staticNotes } from '../static/static-notes.ts';
import { staticTensors } from '../static/static-tensors.ts';
import type { StoredTensor } from '../../tensors/stored-tensor.ts';
import { Config } from './config.ts';
import { prefixOf, unwrappedTensors } from './encoder-names.ts';
import { familyOf } from './families.ts';
import { WeightsAsInputs } from './weights-as-inputs.ts';
import { DEFAULT_OPTIONS, type Family, type FamilyOptions } from './family.ts';
import { TextGraph, type GraphForm } from './text-graph.ts';
import { TrainingGraph, type DropoutRates, type DropoutSite, type TrainingOptions } from './training-graph.ts';
import { staticTable } from './static.ts';
import { Weights, type WeightsParams } from './weights.ts';

/**
 * Changes when a checkpoint may become another graph, and so other numbers, than before: stored vectors are keyed by it.
 */
export const FAMILIES_VERSION = 3;

export interface BuildParams {
  /** With config.json and the weights. */
  readonly folder: string;
  readonly form?: GraphForm | undefined;
  readonly options?: FamilyOptions | undefined;
  /** q8: products in 8 bits, made while loading. */
  readonly dtype?: CheckpointDtype | undefined;
  /** The graph holds weights of other types as float32 numbers, in place of naming the file's and casting them. */
  readonly widen?: boolean | undefined;
  /** The graph reads pairs: where the encoder tells types of tokens apart, an input `token_type_ids` says them. */
  readonly pairs?: boolean | undefined;
  /** Bytes of memory that there are; those of the machine where left out. */
  readonly memory?: number | undefined;
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
  /** Longest text that runs at all; undefined where any does. */
  readonly limit: number | undefined;
  /** Texts of more tokens are attended to in another way; undefined where all are alike. */
  readonly longAbove: number | undefined;
  /** As config.json has it. */
  readonly dropout: DropoutRates;
  /** Whether a norm stands behind the last layer, which a cut has not. */
  readonly lastNorm: boolean;
  /** Row of the token table that training leaves alone, given that of the tokenizer's padding token. */
  readonly paddingRow: (tokenizers: number) => number | undefined;
  /** Rows of its table of token types; 0: it has none. */
  readonly typeRows: number;
  /** What the column `attention` says; '' where the family has no choice. */
  readonly attention: string;
  /** Weights of the checkpoint that the encoder has no use for: heads, poolers. */
  readonly unused: readonly string[];
  /** What besides config.json and the files decides the numbers: the configuration of an adapter that was merged in. */
  readonly identity: readonly string[];
  /** What a person should know of the files, a sentence each. */
  readonly notes: readonly string[];
}

/**
 * Builds the ONNX graph of a published checkpoint. Throws FORMAT where config.json or weights are missing, broken, of no
 * known family, or do not belong together; GRAPH where the weights are more than the machine's memory, before they are read.
 */
export async function buildEncoder({
  folder,
  form = 'fast',
  options,
  dtype = 'fp32',
  widen,
  pairs,
  memory,
}: BuildParams): Promise<BuiltEncoder> {
  const { weights, ...source } = await openSource(folder, { options, widen, integers: true });
  const built = build({ ...source, graph: new TextGraph({ weights, form, pairs }), options });
  // What is exported goes from file to file, unless it is widened on its way.
  const toRun = form === 'fast';
  if (toRun || widen === true) requireMemory(built.model.proto.graph!, { where: folder, dtype, toRun, memory });
  await weights.load();
  return dtype === 'q8' ? { ...built, model: quantiseEncoder(built.model) } : built;
}

/** An encoder whose weights are inputs of its graph. */
export interface FedEncoder extends BuiltEncoder {
  /** The weights, by the names of the inputs. */
  readonly weights: ReadonlyMap<string, StoredTensor>;
  readonly sites: readonly DropoutSite[];
}

/** The same with fed weights: to be differentiated (see TrainingGraph), or with `training` left out, to be run alone. */
export async function buildFedEncoder({
  folder,
  options,
  pairs,
  training,
  memory,
}: Pick<BuildParams, 'folder' | 'options' | 'pairs' | 'memory'> & {
  readonly training?: TrainingOptions | undefined;
}): Promise<FedEncoder> {
  const { weights, ...source } = await openSource(folder, { options });
  const fed = new WeightsAsInputs(weights);
  const graph = training === undefined ? new TextGraph({ weights: fed, form: 'fast', pairs }) : new TrainingGraph(fed, training, pairs);
  const built = build({ ...source, graph, options });
  requireFedMemory(
    [...fed.asked.values()].map(({ shape }) => shape),
    { where: folder, memory },
  );
  return { ...built, weights: fed.asked, sites: graph instanceof TrainingGraph ? graph.sites : [] };
}

const BERT_DROPOUT = { hidden: ['hidden_dropout_prob'], attention: ['attention_probs_dropout_prob'] };

/** What config.json says of dropout, in the family's words; none where it says nothing. */
function publishedDropout(config: Config, { dropout = BERT_DROPOUT }: Family): DropoutRates {
  const rate = (keys: readonly string[]) => config.number(keys.find((key) => config.has(key)) ?? '', 0);
  return { hidden: rate(dropout.hidden), attention: rate(dropout.attention) };
}

interface Source {
  readonly config: Config;
  readonly family: Family;
  /** With weights, links resolved. */
  readonly files: readonly string[];
  /** Folder of the weights. */
  readonly root: string;
  readonly weights: Weights;
  readonly identity: readonly string[];
  readonly notes: readonly string[];
  /** Weights of an adapter that are not the encoder's. */
  readonly beside: readonly string[];
  /** What the column `attention` says of a task whose adapter, from a folder of its own, was merged in. */
  readonly task?: string | undefined;
}

type SourceOptions = Pick<WeightsParams, 'widen' | 'integers'> & Pick<BuildParams, 'options'>;

async function openSource(folder: string, options: SourceOptions = {}): Promise<Source> {
  const rules = staticRules(folder);
  return rules === undefined ? openLayers(folder, options) : openTable(folder, rules, options);
}

async function openLayers(folder: string, { options = DEFAULT_OPTIONS, widen }: SourceOptions): Promise<Source> {
  const config = await Config.read(folder);
  const family = familyOf(config);
  refuseChanged(config, family);
  const { files, notes, ...checkpoint } = await openCheckpoint(folder);
  const tasked = withTask({ tensors: checkpoint.tensors, config, task: options.task });
  const root = commonFolder(files, folder);
  const plain = unwrappedTensors(tasked, folder);
  const prefix = prefixOf({ tensors: plain, prefixes: family.prefixes, landmark: family.landmark, folder });
  const own = taskFolder({ folder, config, task: options.task, alone: family.tasks === true });
  const none = { tensors: plain, files: [], identity: [], unused: [] };
  const { tensors, files: more, identity, unused: beside } = own.adapter === undefined ? none : await adapted(own.adapter, plain, prefix);
  const weights = new Weights({ tensors, prefix, root, folder, widen });
  return {
    config,
    family,
    files: [...files, ...more],
    root,
    weights,
    identity,
    notes: [...notes, ...tasked.notes, ...own.notes],
    beside,
    task: own.task,
  };
}

/** Of a static encoder, whose sizes its table has. */
async function openTable(folder: string, rules: StaticRules, { widen, integers }: SourceOptions): Promise<Source> {
  const read = await readStaticConfig(folder);
  const { config: said, clusters } = read;
  const family = staticTable;
  refuseChanged(said, family);
  const { files, notes, ...checkpoint } = await openCheckpoint(folder);
  const root = commonFolder(files, folder);
  const { tensors, rows, width } = await staticTensors({ tensors: unwrappedTensors(checkpoint, folder), folder, clusters });
  const weights = new Weights({ tensors, prefix: '', root, folder, widen, integers });
  const config = withTable(said, { rows, width });
  return {
    config,
    family,
    files,
    root,
    weights,
    identity: [],
    notes: [...read.notes, ...(await staticNotes(folder, rules, read)), ...notes],
    beside: [],
  };
}

function build({
  graph,
  config,
  family,
  files,
  root,
  identity,
  notes,
  beside,
  task,
  options = DEFAULT_OPTIONS,
}: Omit<Source, 'weights'> & Pick<BuildParams, 'options'> & { readonly graph: TextGraph }): BuiltEncoder {
  const { states: made, width, sequences = false } = family.build(graph, config, options);
  const states = made.map((value, layer) => nameState(graph, { value, width, layer, sequences }));
  graph.builder.output(states.at(-1)!, {
    name: 'last_hidden_state',
    type: TensorProto_DataType.FLOAT,
    dims: ['batch_size', 'sequence_length', width],
  });
  const proto: ModelProto = graph.builder.build();
  const { unused, leftOut } = graph.weights;
  const said = family.notes?.(config);
  return {
    model: { proto, folder: root, files },
    states,
    config,
    positions: family.positions(config),
    limit: family.endless === true ? undefined : family.positions(config),
    longAbove: family.longAbove?.(config),
    dropout: publishedDropout(config, family),
    lastNorm: family.lastNorm === true,
    paddingRow: (tokenizers) => (family.paddingRow === undefined ? config.number('pad_token_id', tokenizers) : family.paddingRow(config)),
    typeRows: graph.typeRows,
    attention: task ?? family.attention?.(options, config) ?? '',
    unused: [...unused, ...beside],
    identity,
    notes: [...notes, ...[said, leftOut].filter((note) => note !== undefined)],
  };
}

interface State {
  readonly value: string;
  readonly width: number;
  readonly layer: number;
  readonly sequences: boolean;
}

function nameState(graph: TextGraph, { value, width, layer, sequences }: State): string {
  const name = `hidden_state.${layer}`;
  if (graph.packed) return graph.builder.node('Identity', [graph.sequence(value, width)], {}, { name });
  if (sequences) return graph.builder.node('Identity', [value], {}, { name });
  const { batch, tokens } = graph.sizes;
  return graph.builder.node('Reshape', [value, graph.shapeOf(batch, tokens, width)], {}, { name });
}

/** Shards lie side by side: links resolved, in one folder. */
function commonFolder(files: readonly string[], folder: string): string {
  const folders = new Set(files.map((file) => path.dirname(file)));
  if (folders.size === 1) return [...folders][0]!;
  throw new HarnessError('FORMAT', { where: folder, what: 'Its shards are in different folders.', hint: 'Put them into one folder.' });
}

/** Keys of config.json that say that the weights are not plain numbers of the family's graph, and what they say. */
const CHANGED: readonly { readonly key: string; readonly what: string; readonly hint: string }[] = [
  {
    key: 'quantization_config',
    what: 'Its weights are quantised (SAID), which is not supported.',
    hint: 'Use the original encoder, or an ONNX file.',
  },
  {
    key: 'compression_config',
    what: 'Its weights are compressed (SAID), which is not supported.',
    hint: 'Use the original encoder, or an ONNX file.',
  },
  {
    key: 'is_decoder',
    what: 'It is a causal decoder; for this type only bidirectional encoders are supported.',
    hint: 'Use an ONNX file of it.',
  },
  { key: 'pruned_heads', what: 'Some of its heads are pruned (SAID), which is not supported.', hint: 'Use an ONNX file of it.' },
  {
    key: 'adapters',
    what: 'It has adapters of the library `adapters` (SAID), which are not supported.',
    hint: 'Use the encoder without them, or an ONNX file.',
  },
];

/** Throws FORMAT where config.json says that the graph is another than its family's. */
function refuseChanged({ file, values }: Config, { causal }: Family): void {
  for (const { key, what, hint } of CHANGED) {
    if (key === 'is_decoder' && causal !== undefined) continue;
    const value = values[key];
    const none = value === undefined || value === null || value === false || (typeof value === 'object' && Object.keys(value).length === 0);
    if (none || isWithoutAdapters(key, value)) continue;
    const method = typeof value === 'object' && 'quant_method' in value ? value.quant_method : value;
    throw new HarnessError('FORMAT', { where: `${file}: ${key}`, what: what.replace('SAID', () => shown(method)), hint });
  }
}

/** The library `adapters` writes its key also where there are none. */
function isWithoutAdapters(key: string, value: unknown): boolean {
  const { adapters } = (typeof value === 'object' ? value : {}) as { adapters?: unknown };
  return key === 'adapters' && typeof adapters === 'object' && adapters !== null && Object.keys(adapters).length === 0;
}
