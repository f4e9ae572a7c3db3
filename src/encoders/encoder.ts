import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import path from 'node:path';
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
import { numberType } from './number-type.ts';
import { familyPositions, FROM_ZERO, positionsFed, type PositionStart } from './position-start.ts';
import { includesPrompt } from './include-prompt.ts';
import { readMakersConfig } from './makers-config.ts';
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

/** An encoder that can be run: graph, tokenizer and what its files say of it. */
export interface Encoder {
  /** As the tables say it: `KEY`, or `KEY@N` when cut after layer N. */
  readonly name: string;
  readonly model: OnnxModel;
  /** Hidden states 0..depth as tensors of the graph. */
  readonly states: readonly string[];
  /** Layers that count: all, or those before the cut. */
  readonly depth: number;
  readonly inputs: readonly TextInput[];
  /** How `position_ids` are counted, where the graph wants them. */
  readonly positions: PositionStart;
  readonly tokenizer: TextTokenizer;
  /** Rows of the table that tokens are looked up in; undefined where the graph does not show it. */
  readonly vocabulary?: number | undefined;
  /**
   * Kinds of tokens that its graph tells apart, rows of a table: a pair's texts are of the first two. Below 2 none are told apart, and
   * separators alone part the texts; undefined where the graph is fed types and does not show their table.
   */
  readonly tokenTypes?: number | undefined;
  /** Makes the graph that reads pairs, where it is not that of single texts; once, when it is first asked for. */
  readonly pairGraph?: (() => Promise<PairGraph>) | undefined;
  /** What a person who has it read pairs should know, a sentence. */
  readonly pairNote?: string | undefined;
  /**
   * Texts are cut at so many tokens, special tokens included: as asked for, or as its files say; never above what its graph takes.
   * Infinity: never.
   */
  readonly maxLength: number;
  /**
   * Number type of the weights as they are stored: fp32, fp16, bf16, q8, q4. Computed with is float32, but for products in 8 and 4 bits.
   */
  readonly dtype: string;
  /** Activations are quantised over a whole batch: its texts must run one by one, or a vector would depend on its neighbours. */
  readonly needsSingleTextBatches: boolean;
  /** The modules that the encoder was published with, or why there are none. */
  readonly published: PublishedModules | NoPublishedModules;
  /** Prompts that it is known to have. */
  readonly prompts?: Prompts | undefined;
  /** What is put before every text; undefined for nothing. */
  readonly prompt?: Prompt | undefined;
  /** Whether a prompt's tokens count in means; if omitted, they do. */
  readonly includePrompt?: boolean | undefined;
  /** Its tokens see those before them alone; if omitted, they see all, or nothing says so. */
  readonly causal?: true | undefined;
  /** Column `attention`: what was chosen where the encoder's family leaves a choice, else ''. */
  readonly attention: string;
  /** Weights of a checkpoint that the encoder has no use for: heads, poolers. */
  readonly unused: readonly string[];
  /** What a person should know of its files, a sentence each: layers left out, weights that are there twice. */
  readonly notes: readonly string[];
  /** sha256 over the files with graph and weights, those of published modules too, and the configuration that a graph was built from. */
  readonly fileHash: string;
  /** Commit, package@version, or empty for a user's own folder. */
  readonly revision: string;
}

export interface EncoderFiles {
  readonly name: string;
  /** Folder with the tokenizer's files, config.json and the like; of a checkpoint they may lie where its modules.json says. */
  readonly folder: string;
  /** Path of the ONNX file; undefined where the folder holds a checkpoint. */
  readonly onnx: string | undefined;
  readonly revision: string;
  /** Cut after this layer. */
  readonly firstLayers?: number | undefined;
  /** The limit asked for: the user's, or the registry's. */
  readonly maxLength?: number | undefined;
  /** Number type asked for: of a checkpoint fp32 or q8. An ONNX file has the one it has. */
  readonly dtype?: string | undefined;
  /** Choices that a checkpoint's family leaves open. */
  readonly options?: FamilyOptions | undefined;
  /** What is put before every text; if omitted, the prompt that its makers put there, if any. */
  readonly prompt?: PromptChoice | undefined;
  /** Prompts by name that its files need not have: the registry's. Never a default. */
  readonly prompts?: Readonly<Record<string, { readonly text: string }>> | undefined;
  /** Whether a prompt's tokens count in means; if omitted, its files say. */
  readonly includePrompt?: boolean | undefined;
  /** sha256 of a file where it is known already, to spare reading it. */
  readonly sha256?: ((file: string) => Promise<string>) | undefined;
}

/** Throws FORMAT, GRAPH, TOKENIZER as the files deserve; OPTION for a cut behind the last layer. */
export async function openEncoder(params: EncoderFiles): Promise<Encoder> {
  const { name, folder, onnx, revision, firstLayers, maxLength, sha256 = hashFile } = params;
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
  // Modules with weights of their own, or settings that no pooling's name tells, are part of what the encoder is.
  const modules = 'reason' in published || isPlain(published) ? [] : [`modules ${published.hash} ${published.truncateDim ?? ''}`];
  const usable = async () => Math.min((await positions()) ?? Infinity, limit ?? Infinity);
  const length = maxLength === undefined ? await longest({ folder: inner, positions: usable }) : { tokens: maxLength };
  const { prompts, defaultPrompt } = await readMakersConfig(folder);
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
    ...numberType(graph),
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
  };
  return promptedEncoder(encoder, params.prompt);
}

/** A task that was named for an encoder that has no adapters for tasks. */
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

/** The same, with notes on it. Throws OPTION. */
export function promptedEncoder(encoder: Encoder, choice: PromptChoice | undefined): Encoder {
  const prompted = withPrompt(encoder, choice);
  return { ...prompted, notes: [...encoder.notes, ...promptNotes(prompted, choice)] };
}

/** The length limit of its files. */
async function longest({ folder, positions }: Parameters<typeof lengthLimit>[0]): Promise<LengthLimit> {
  const rules = staticRules(folder);
  return rules === undefined ? lengthLimit({ folder, positions }) : { tokens: await staticLimit(folder, rules) };
}

/** What is known of an encoder once its graph is there. */
interface Opened {
  readonly model: OnnxModel;
  readonly states: readonly string[];
  /** Positions that its files promise. */
  readonly positions: () => number | undefined | Promise<number | undefined>;
  readonly fed: PositionStart;
  /** Positions that there are: a longer text would end the run. */
  readonly limit: number | undefined;
  /** What besides the weights' files makes the graph. */
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

async function fromCheckpoint({ name, folder, options, dtype = 'fp32' }: EncoderFiles): Promise<Opened> {
  if (!isCheckpointDtype(dtype)) {
    throw new HarnessError('OPTION', {
      where: option('dtype'),
      what: `${name} is a checkpoint, available as ${CHECKPOINT_DTYPES.join(' or ')}, not as ${dtype}.`,
    });
  }
  const built = await buildEncoder({ folder, options, dtype });
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
    pairs: { tokenTypes: types, pairGraph: types < 2 ? undefined : once(() => pairGraph({ folder, options, dtype })) },
  };
}

function isCheckpointDtype(dtype: string): dtype is CheckpointDtype {
  return (CHECKPOINT_DTYPES as readonly string[]).includes(dtype);
}

/** The file's own hash where it holds everything, else that of all its files' hashes and what else makes the graph. */
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
