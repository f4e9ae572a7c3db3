import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import path from 'node:path';
import type { Device } from '../devices/device.ts';
import { HarnessError, option } from '../errors.ts';
import { findStates } from '../graph/hidden-states.ts';
import { readModel, type OnnxModel } from '../graph/read.ts';
import { ADAPTER_CONFIG, hasAdapter } from './adapters/find-adapter.ts';
import { CAUSAL_NOTE, isCausal } from './causal.ts';
import { buildEncoder, CHECKPOINT_DTYPES, FAMILIES_VERSION, type CheckpointDtype } from './families/build.ts';
import { NO_TASK, type FamilyOptions } from './families/family.ts';
import { folderNotes } from './folder-notes.ts';
import { readJsonObject } from './json-file.ts';
import { exportedPositions, lengthLimit, tablePositions, type LengthLimit } from './length-limit.ts';
import { requireStoredMemory } from './memory.ts';
import { graphDtype } from './graph-dtype.ts';
import { encoderShape, type EncoderShape } from './encoder-shape.ts';
import { familyPositions, FROM_ZERO, positionsFed, type PositionStart } from './position-start.ts';
import { includesPrompt } from './include-prompt.ts';
import { readSentenceTransformersConfig } from './sentence-transformers-config.ts';
import { once, pairGraph, untypedNote, type PairGraph } from './pair-graph.ts';
import type { Prompt } from './prompted-text.ts';
import { knownPrompts, promptFor, promptNotes, type PromptChoice, type Prompts } from './prompts.ts';
import { isPlain, publishedModules, type NoPublishedModules, type PublishedModules } from './published/modules.ts';
import { checkSentenceConfig } from './sentence-config.ts';
import { transformerFolder } from './sentence-modules.ts';
import { staticRules } from './static/static-folder.ts';
import { staticLimit } from './static/static-tokenizer.ts';
import { stateWidth } from './state-width.ts';
import { checkStates } from './stated-layers.ts';
import { textInputs, type TextInput } from './text-inputs.ts';
import type { TextTokenizer } from './tokenizer.ts';
import { checkIds, tokenRows, typeRows } from './token-rows.ts';
import { openTokenizer } from './tokenizers/open-tokenizer.ts';
import { savedBy } from './training-record.ts';

/** An encoder that can be run: graph, tokenizer and the settings of its files. */
export interface Encoder {
  /** Name in tables: `KEY`, or `KEY@N` if truncated after layer N. */
  readonly name: string;
  readonly model: OnnxModel;
  /** Hidden states 0..depth as tensors of the graph. */
  readonly states: readonly string[];
  /** Number of layers; of a truncated encoder, those kept. */
  readonly depth: number;
  readonly inputs: readonly TextInput[];
  /** How `position_ids` are counted, if the graph takes them. */
  readonly positions: PositionStart;
  readonly tokenizer: TextTokenizer;
  /** Rows of the token table; undefined if the graph does not show it. */
  readonly vocabulary?: number | undefined;
  /**
   * Number of token types, rows of a table: a pair's texts have the first two. Below 2, pairs are distinguished by separators only;
   * undefined if the graph takes types but does not show their table.
   */
  readonly tokenTypes?: number | undefined;
  /** Builds the graph for pairs, if it differs from that for single texts; once, on first use. */
  readonly pairGraph?: (() => Promise<PairGraph>) | undefined;
  /** Note for users of pairs, a sentence. */
  readonly pairNote?: string | undefined;
  /**
   * Maximum length in tokens, special tokens included: as requested, or from its files; never above what its graph supports. Infinity: no
   * truncation.
   */
  readonly maxLength: number;
  /** Stored weight precision: fp32, fp16, bf16, q8, q4. Computation is in float32, except for 8-bit and 4-bit products. */
  readonly dtype: string;
  /** Activations are quantised over a whole batch: texts must run one at a time, or a vector would depend on the rest of its batch. */
  readonly needsSingleTextBatches: boolean;
  /** The encoder's published modules, or why there are none. */
  readonly published: PublishedModules | NoPublishedModules;
  /** Its known prompts. */
  readonly prompts?: Prompts | undefined;
  /** Prompt put before every text; undefined for none. */
  readonly prompt?: Prompt | undefined;
  /** Whether a prompt's tokens are included in means. Default: true. */
  readonly includePrompt?: boolean | undefined;
  /** Causal attention. Default: bidirectional, or unknown. */
  readonly causal?: true | undefined;
  /** Column `attention`: the selected option if the encoder's family has one, else ''. */
  readonly attention: string;
  /** Weights of a checkpoint that the encoder does not use: heads, poolers. */
  readonly unused: readonly string[];
  /** Human-readable notes on its files, one sentence each: unused layers, duplicate weights. */
  readonly notes: readonly string[];
  /**
   * sha256 over the files with graph and weights, including those of published modules, and the configuration that a graph was built from.
   */
  readonly fileHash: string;
  /** Commit, package@version, or empty for a user's own folder. */
  readonly revision: string;
  /** What it runs on. Its numbers differ from those of another device in the last digits. */
  readonly device: Device;
  /** What its memory on a card depends on; undefined on the CPU, or if its graph does not show it. */
  readonly shape?: EncoderShape | undefined;
}

export interface EncoderFiles {
  readonly name: string;
  /** Folder with the tokenizer's files, config.json and so on; for a checkpoint they may be where its modules.json says. */
  readonly folder: string;
  /** Path of the ONNX file; undefined if the folder contains a checkpoint. */
  readonly onnx: string | undefined;
  readonly revision: string;
  /** Truncate after this layer. */
  readonly firstLayers?: number | undefined;
  /** The requested limit: the user's, or the registry's. */
  readonly maxLength?: number | undefined;
  /** Requested weight precision: for a checkpoint fp32 or q8. That of an ONNX file is fixed. */
  readonly dtype?: string | undefined;
  /** Options of a checkpoint's family. */
  readonly options?: FamilyOptions | undefined;
  /** Prompt put before every text. Default: the encoder's default prompt, if any. */
  readonly prompt?: PromptChoice | undefined;
  /** Further prompts by name: the registry's. Never a default. */
  readonly prompts?: Readonly<Record<string, { readonly text: string }>> | undefined;
  /** Whether a prompt's tokens are included in means. Default: as in its files. */
  readonly includePrompt?: boolean | undefined;
  /** What it will run on. Default: the CPU. */
  readonly device?: Device | undefined;
  /** sha256 of a file if already known, to avoid reading it. */
  readonly sha256?: ((file: string) => Promise<string>) | undefined;
}

/** Throws FORMAT, GRAPH, TOKENIZER for invalid files; OPTION for a truncation after the last layer. */
export async function openEncoder(params: EncoderFiles): Promise<Encoder> {
  const { name, folder, onnx, revision, firstLayers, maxLength, device = 'cpu', sha256 = hashFile } = params;
  const inner = onnx === undefined ? transformerFolder(folder) : folder;
  await checkSentenceConfig(inner);
  const tokenizer = await openTokenizer(inner);
  const opened =
    onnx === undefined ? await fromCheckpoint({ ...params, folder: inner }) : await fromGraph({ onnx, folder, padId: tokenizer.padId });
  const { model, states, positions, fed, limit, identity, attention, unused, notes, pairs } = opened;
  const layers = states.length - 1;
  if (firstLayers !== undefined && (firstLayers < 1 || firstLayers > layers)) {
    throw new HarnessError('OPTION', {
      where: name,
      what: `No layer ${firstLayers}.`,
      hint: layers === 0 ? 'It is a static encoder without layers.' : `It has layers 1 to ${layers}.`,
    });
  }
  const graph = model.proto.graph!;
  const vocabulary = tokenRows(graph);
  checkIds({ name, vocabulary, tokenizer }, tokenizer.encode('', 0).ids, undefined);
  const published = await publishedModules({ folder, width: stateWidth(model, states), sha256 });
  // Modules with weights, or with settings that no pooling's name shows, are part of the encoder's identity.
  const modules = 'reason' in published || isPlain(published) ? [] : [`modules ${published.hash} ${published.truncateDim ?? ''}`];
  const usable = async () => Math.min((await positions()) ?? Infinity, limit ?? Infinity);
  const length = maxLength === undefined ? await longest({ folder: inner, positions: usable }) : { tokens: maxLength };
  const { prompts, defaultPrompt } = await readSentenceTransformersConfig(folder);
  const causal = (await isCausal(inner)) ? true : undefined;
  const encoder: Encoder = {
    name,
    model,
    states,
    depth: firstLayers ?? layers,
    inputs: textInputs(graph, onnx ?? folder),
    positions: fed,
    tokenizer,
    vocabulary,
    ...pairs,
    published,
    maxLength: Math.min(length.tokens, limit ?? Infinity),
    ...graphDtype(graph),
    prompts: { known: knownPrompts(prompts, params.prompts), byDefault: defaultPrompt, trained: (await savedBy(folder)) !== undefined },
    includePrompt: params.includePrompt ?? ('steps' in published ? published.includePrompt : await includesPrompt(folder)),
    causal,
    attention,
    unused,
    notes: [
      ...notes,
      ...(causal === true ? [CAUSAL_NOTE] : []),
      ...taskNotes(params.options, attention),
      ...(length.note === undefined ? [] : [length.note]),
      ...(await folderNotes({ folder, inner, tokenizer })),
    ],
    fileHash: await hashOf({ model, identity: [...identity, ...modules], sha256 }),
    revision,
    // A static encoder is a table, which is read on the CPU.
    device: layers === 0 ? 'cpu' : device,
    shape: layers === 0 || device === 'cpu' ? undefined : encoderShape({ model, states }),
  };
  return promptedEncoder(encoder, params.prompt);
}

/** Note on a task selected for an encoder without task adapters. */
function taskNotes(options: FamilyOptions | undefined, attention: string): string[] {
  const task = options?.task ?? NO_TASK;
  return task === NO_TASK || attention.startsWith('task:')
    ? []
    : [`It has no task adapters: ${option('adapterTask')} ${task} has no effect.`];
}

/** The encoder with another prompt before every text, or none (see `promptFor`). Throws OPTION. */
export function withPrompt(encoder: Encoder, choice: PromptChoice | undefined): Encoder {
  const { prompt: _other, ...bare } = encoder;
  const prompt = promptFor(encoder, choice);
  return prompt === undefined ? bare : { ...bare, prompt };
}

/** The same, with notes. Throws OPTION. */
export function promptedEncoder(encoder: Encoder, choice: PromptChoice | undefined): Encoder {
  const prompted = withPrompt(encoder, choice);
  return { ...prompted, notes: [...encoder.notes, ...promptNotes(prompted, choice)] };
}

/** The length limit in its files. */
async function longest({ folder, positions }: Parameters<typeof lengthLimit>[0]): Promise<LengthLimit> {
  const rules = staticRules(folder);
  return rules === undefined ? lengthLimit({ folder, positions }) : { tokens: await staticLimit(folder, rules) };
}

/** Properties of an encoder that require its graph. */
interface Opened {
  readonly model: OnnxModel;
  readonly states: readonly string[];
  /** Number of positions declared in its files. */
  readonly positions: () => number | undefined | Promise<number | undefined>;
  readonly fed: PositionStart;
  /** Number of positions that exist: a longer text would fail. */
  readonly limit: number | undefined;
  /** What determines the graph, in addition to the weights' files. */
  readonly identity: readonly string[];
  readonly attention: string;
  readonly unused: readonly string[];
  readonly notes: readonly string[];
  readonly pairs: Pick<Encoder, 'tokenTypes' | 'pairGraph' | 'pairNote'>;
}

async function fromGraph({ onnx, folder, padId }: { onnx: string; folder: string; padId: number }): Promise<Opened> {
  const adapted = [folder, path.dirname(onnx)].find(hasAdapter);
  if (adapted !== undefined) {
    throw new HarnessError('FORMAT', {
      where: path.join(adapted, ADAPTER_CONFIG),
      what: `There is an adapter next to ${path.basename(onnx)}; whether it was merged into that file is unknown.`,
      hint: 'If it was merged, move it out of the folder; if not, export the encoder with its adapter again.',
    });
  }
  const model = await readModel(onnx);
  const graph = model.proto.graph!;
  requireStoredMemory(graph, { where: onnx });
  textInputs(graph, onnx);
  const found = findStates(model, onnx);
  await checkStates({ model, found, folder, onnx });
  const file = path.join(folder, 'config.json');
  const asked = graph.input.some(({ name }) => name === 'position_ids');
  const fed = asked ? await positionsFed({ folder, graph, onnx, padId }) : FROM_ZERO;
  const config = await readJsonObject(file);
  const first = asked ? fed.first : familyPositions({ values: config ?? {}, file })?.first;
  const types = typeRows(graph);
  return {
    model,
    states: found.states,
    positions: () => exportedPositions({ folder, graph }),
    fed,
    limit: tablePositions(graph, first),
    identity: fed.first === 0 ? [] : [`positions ${fed.first} ${fed.padding ?? ''}`],
    attention: '',
    unused: [],
    notes: [],
    pairs: { tokenTypes: types, pairNote: types === 0 ? untypedNote(config) : undefined },
  };
}

async function fromCheckpoint({ name, folder, options, dtype = 'fp32', device = 'cpu' }: EncoderFiles): Promise<Opened> {
  if (!isCheckpointDtype(dtype)) {
    throw new HarnessError('OPTION', {
      where: option('dtype'),
      what: `${name} is a checkpoint, available as ${CHECKPOINT_DTYPES.join(' or ')}, not as ${dtype}.`,
    });
  }
  const form = device === 'cpu' ? ('fast' as const) : ('device' as const);
  const built = await buildEncoder({ folder, options, dtype, form });
  const { model, states, config, positions, limit, attention, unused, identity, notes, typeRows: types } = built;
  return {
    model,
    states,
    positions: () => positions,
    fed: FROM_ZERO,
    limit,
    identity: [`families ${FAMILIES_VERSION}`, attention, dtype, config.json, ...identity],
    attention,
    unused,
    notes,
    pairs: { tokenTypes: types, pairGraph: types < 2 ? undefined : once(() => pairGraph({ folder, options, dtype, form })) },
  };
}

function isCheckpointDtype(dtype: string): dtype is CheckpointDtype {
  return (CHECKPOINT_DTYPES as readonly string[]).includes(dtype);
}

/** The file's own hash if it contains everything, else a hash over all files' hashes and whatever else determines the graph. */
async function hashOf({
  model: { files },
  identity,
  sha256,
}: Pick<Opened, 'model' | 'identity'> & { sha256: (file: string) => Promise<string> }): Promise<string> {
  const parts = [...identity];
  for (const file of files) parts.push(await sha256(file));
  return parts.length === 1 ? parts[0]! : createHash('sha256').update(parts.join('\n')).digest('hex');
}

/** sha256 of a file in hex, streamed. */
export async function hashFile(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
