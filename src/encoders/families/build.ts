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

/** Increased when a checkpoint may become another graph, and so give other numbers: stored vectors are keyed by it. */
export const FAMILIES_VERSION = 3;

export interface BuildParams {
  /** With config.json and the weights. */
  readonly folder: string;
  readonly form?: GraphForm | undefined;
  readonly options?: FamilyOptions | undefined;
  /** q8: products in 8 bits, quantised while loading. */
  readonly dtype?: CheckpointDtype | undefined;
  /** The graph contains weights of other types as float32 numbers, instead of referring to the file and casting. */
  readonly widen?: boolean | undefined;
  /** The graph reads pairs: if the encoder uses token types, it has an input `token_type_ids`. */
  readonly pairs?: boolean | undefined;
  /** Available bytes of memory. Default: those of the machine. */
  readonly memory?: number | undefined;
}

/** Weight precisions that a checkpoint can be run in. */
export const CHECKPOINT_DTYPES = ['fp32', 'q8'] as const;
export type CheckpointDtype = (typeof CHECKPOINT_DTYPES)[number];

/** A checkpoint as a graph. The weights stay in their files, which the graph refers to. */
export interface BuiltEncoder {
  readonly model: OnnxModel;
  /** Names of hidden states 0 to L, [batch, tokens, width] each; the last is also the graph's output. */
  readonly states: readonly string[];
  readonly config: Config;
  /** Maximum length in tokens; undefined if positions are unlimited. */
  readonly positions: number | undefined;
  /** Maximum length that can be run at all; undefined if unlimited. */
  readonly limit: number | undefined;
  /** Texts with more tokens use another attention pattern; undefined if there is only one. */
  readonly longAbove: number | undefined;
  /** As in config.json. */
  readonly dropout: DropoutRates;
  /** Whether there is a norm after the last layer, which a truncated encoder does not have. */
  readonly lastNorm: boolean;
  /** Row of the token table that is not trained, given that of the tokenizer's padding token. */
  readonly paddingRow: (tokenizers: number) => number | undefined;
  /** Rows of its token type table; 0: it has none. */
  readonly typeRows: number;
  /** Value of the column `attention`; '' if the family has no option. */
  readonly attention: string;
  /** Weights of the checkpoint that the encoder does not use: heads, poolers. */
  readonly unused: readonly string[];
  /** What determines the numbers, in addition to config.json and the files: the configuration of a merged adapter. */
  readonly identity: readonly string[];
  /** Human-readable notes on the files, one sentence each. */
  readonly notes: readonly string[];
}

/**
 * Builds the ONNX graph of a published checkpoint. Throws FORMAT if config.json or weights are missing, broken, of an unknown family, or
 * inconsistent; GRAPH if the weights exceed the machine's memory, before they are read.
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
  // Exported weights are copied from file to file, unless they are widened.
  const toRun = form === 'fast' || form === 'device';
  if (toRun || widen === true) requireMemory(built.model.proto.graph!, { where: folder, dtype, toRun, memory });
  await weights.load();
  return dtype === 'q8' ? { ...built, model: quantiseEncoder(built.model) } : built;
}

/** An encoder whose weights are inputs of its graph. */
export interface FedEncoder extends BuiltEncoder {
  /** The weights, by input name. */
  readonly weights: ReadonlyMap<string, StoredTensor>;
  readonly sites: readonly DropoutSite[];
}

/** The same with fed weights: for differentiation (see TrainingGraph), or, without `training`, to be run. */
export async function buildFedEncoder({
  folder,
  options,
  pairs,
  training,
  form = 'fast',
  memory,
}: Pick<BuildParams, 'folder' | 'options' | 'pairs' | 'form' | 'memory'> & {
  readonly training?: TrainingOptions | undefined;
}): Promise<FedEncoder> {
  const { weights, ...source } = await openSource(folder, { options });
  const fed = new WeightsAsInputs(weights);
  const graph = training === undefined ? new TextGraph({ weights: fed, form, pairs }) : new TrainingGraph(fed, training, pairs);
  const built = build({ ...source, graph, options });
  requireFedMemory(
    [...fed.asked.values()].map(({ shape }) => shape),
    { where: folder, memory },
  );
  return { ...built, weights: fed.asked, sites: graph instanceof TrainingGraph ? graph.sites : [] };
}

const BERT_DROPOUT = { hidden: ['hidden_dropout_prob'], attention: ['attention_probs_dropout_prob'] };

/** Dropout probabilities in config.json, by the family's field names; 0 if missing. */
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
  /** Weights of an adapter that do not belong to the encoder. */
  readonly beside: readonly string[];
  /** Value of the column `attention` for a task whose adapter was merged in from its own folder. */
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

/** For a static encoder, whose sizes are those of its table. */
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

/** Shards must be in one folder after resolving links. */
function commonFolder(files: readonly string[], folder: string): string {
  const folders = new Set(files.map((file) => path.dirname(file)));
  if (folders.size === 1) return [...folders][0]!;
  throw new HarnessError('FORMAT', { where: folder, what: 'Its shards are in different folders.', hint: 'Put them into one folder.' });
}

/** Fields of config.json that mean that the weights are not plain numbers of the family's graph, with descriptions. */
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

/** Throws FORMAT if config.json declares a modified graph. */
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

/** The library `adapters` writes its field even if there are none. */
function isWithoutAdapters(key: string, value: unknown): boolean {
  const { adapters } = (typeof value === 'object' ? value : {}) as { adapters?: unknown };
  return key === 'adapters' && typeof adapters === 'object' && adapters !== null && Object.keys(adapters).length === 0;
}
