import path from 'node:path';
import { HarnessError, option, shown } from '../errors.ts';
import type { GraphProto } from '../graph/onnx_pb.ts';
import { readJsonObject } from './json-file.ts';
import { familyPositions } from './position-start.ts';
import { positionTable } from './position-table.ts';
import { readSentenceConfig } from './sentence-config.ts';
import { TOKENIZER_ARGUMENTS } from './tokenizers/settings.ts';

/** tokenizer_config.json uses a number like 1e30 for "no limit". */
const NO_LIMIT = 1_000_000;
/** BERT's training length: used if no file declares a limit, or only a language model's. */
const USUAL = 512;
/**
 * Decoders and their derivatives accept whole books, but few datasets contain any. Attention cost is quadratic in the length: one long text
 * among thousands would determine the time of a run.
 */
const LONGEST_UNASKED = 8192;

/** The length limit in an encoder's files. */
export interface LengthLimit {
  /** Maximum length in tokens, special tokens included. */
  readonly tokens: number;
  /** Human-readable note, a sentence. */
  readonly note?: string | undefined;
}

interface LimitParams {
  readonly folder: string;
  /** Number of positions declared in the encoder's files and available in its graph; undefined or Infinity if neither says. */
  readonly positions: () => number | undefined | Promise<number | undefined>;
}

/**
 * Maximum length in tokens that an encoder takes, special tokens included: that in the configuration of a sentence encoder
 * (`model_max_length` among its tokenizer arguments, else `max_seq_length`), else the minimum of `model_max_length` in
 * tokenizer_config.json (`max_len` in old ones; below a million) and the number of usable positions. The former is a choice of the
 * encoder's authors; the latter is what the graph supports, and if that is above 8192, or not declared in a file, 512 is used, with a note.
 * Throws FORMAT for an invalid length.
 */
export async function lengthLimit({ folder, positions }: LimitParams): Promise<LengthLimit> {
  const { file, values } = await readSentenceConfig(folder);
  const given = TOKENIZER_ARGUMENTS.map((key) => values[key]).find((each) => typeof each === 'object' && each !== null) as
    Readonly<Record<string, unknown>> | undefined;
  const argument = length(given?.['model_max_length'], `${path.join(folder, file)}: model_max_length`);
  if (argument !== undefined && argument < NO_LIMIT) return { tokens: argument };
  const sentence = length(values['max_seq_length'], `${path.join(folder, file)}: max_seq_length`);
  if (sentence !== undefined && sentence < NO_LIMIT) return { tokens: sentence };
  const config = (await readJsonObject(path.join(folder, 'tokenizer_config.json'))) ?? {};
  const key = Object.hasOwn(config, 'model_max_length') ? 'model_max_length' : 'max_len';
  const tokenizer = length(config[key], `${path.join(folder, 'tokenizer_config.json')}: ${key}`);
  const own = (await positions()) ?? Infinity;
  return unasked(tokenizer !== undefined && tokenizer < NO_LIMIT ? Math.min(tokenizer, own) : own);
}

/** The default limit if the files only declare what is possible. */
function unasked(published: number): LengthLimit {
  if (published <= LONGEST_UNASKED) return { tokens: published };
  const longest = published === Infinity ? 'Its files state no maximum length.' : `It takes up to ${published} tokens.`;
  return { tokens: USUAL, note: `${longest} Texts are truncated to ${USUAL} tokens; change this with ${option('maxLength')}.` };
}

/** Number of usable positions of an exported encoder: from config.json, else from the graph's table. */
export async function exportedPositions({ folder, graph }: { folder: string; graph: GraphProto }): Promise<number | undefined> {
  const file = path.join(folder, 'config.json');
  const values = (await readJsonObject(file)) ?? {};
  const positions = values['max_position_embeddings'];
  const first = familyPositions({ values, file })?.first;
  if (typeof positions === 'number' && Number.isInteger(positions) && positions > (first ?? 0)) return positions - (first ?? 0);
  return tablePositions(graph, first);
}

/** Usable rows of the graph's position table, if it has one. A longer text would fail. `first`: the first of them, if known. */
export function tablePositions(graph: GraphProto, first: number | undefined): number | undefined {
  const table = positionTable(graph);
  if (table === undefined) return undefined;
  return table.rows - (first ?? (table.counted ? USUAL_FIRST : 0));
}

/** First position of a RoBERTa with padding id 1. */
const USUAL_FIRST = 2;

/** A length in tokens; undefined if there is none. Throws FORMAT. */
function length(value: unknown, where: string): number | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'number' && value >= 1 && (Number.isInteger(value) || value >= NO_LIMIT)) return value;
  throw new HarnessError('FORMAT', {
    where,
    what: `Expected a length in tokens, got ${shown(value)}.`,
    hint: 'Correct the file, or download it again.',
  });
}
