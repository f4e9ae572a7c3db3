import path from 'node:path';
import { HarnessError, option, shown } from '../errors.ts';
import type { GraphProto } from '../graph/onnx_pb.ts';
import { readJsonObject } from './json-file.ts';
import { familyPositions } from './position-start.ts';
import { positionTable } from './position-table.ts';
import { readSentenceConfig } from './sentence-config.ts';
import { TOKENIZER_ARGUMENTS } from './tokenizers/settings.ts';

/** tokenizer_config.json writes a number like 1e30 for "no limit". */
const NO_LIMIT = 1_000_000;
/** What BERT and its kin were trained with: taken where no file says anything, and where what it says is a language model's. */
const USUAL = 512;
/**
 * Decoders and what is made of them can take whole books, and few datasets have any. Attention costs the square of a length: one long text
 * among thousands would decide how long a run takes.
 */
const LONGEST_UNASKED = 8192;

/** The limit that an encoder's files give. */
export interface LengthLimit {
  /** Longest text in tokens, special tokens included. */
  readonly tokens: number;
  /** What a person should know of it, a sentence. */
  readonly note?: string | undefined;
}

interface LimitParams {
  readonly folder: string;
  /** Positions that the encoder's files promise, and its graph has; undefined or Infinity where neither says. */
  readonly positions: () => number | undefined | Promise<number | undefined>;
}

/**
 * Longest text in tokens that an encoder takes, special tokens included: what the configuration of a sentence encoder says
 * (`model_max_length` among the arguments of its tokenizer, else `max_seq_length`), else the least of tokenizer_config.json
 * `model_max_length` (`max_len` in old ones; below a million) and the number of positions that a text can use. The first is a choice that
 * its makers made; the second is what the graph bears, and where that is above 8192, or has no end that a file names, 512 is taken, with a
 * note. Throws FORMAT for a length that is none.
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

/** The limit where the files say what is possible, and nobody what is wanted. */
function unasked(published: number): LengthLimit {
  if (published <= LONGEST_UNASKED) return { tokens: published };
  const longest = published === Infinity ? 'Its files state no maximum length.' : `It takes up to ${published} tokens.`;
  return { tokens: USUAL, note: `${longest} Texts are truncated to ${USUAL} tokens; change this with ${option('maxLength')}.` };
}

/** Positions that a text can use by an exported encoder's files: config.json, else the graph's table. */
export async function exportedPositions({ folder, graph }: { folder: string; graph: GraphProto }): Promise<number | undefined> {
  const file = path.join(folder, 'config.json');
  const values = (await readJsonObject(file)) ?? {};
  const positions = values['max_position_embeddings'];
  const first = familyPositions({ values, file })?.first;
  if (typeof positions === 'number' && Number.isInteger(positions) && positions > (first ?? 0)) return positions - (first ?? 0);
  return tablePositions(graph, first);
}

/**
 * Rows of the graph's position table that texts can use, where it has one. A longer text would end the run. `first`: the first of them,
 * where it is known.
 */
export function tablePositions(graph: GraphProto, first: number | undefined): number | undefined {
  const table = positionTable(graph);
  if (table === undefined) return undefined;
  return table.rows - (first ?? (table.counted ? USUAL_FIRST : 0));
}

/** First position of a RoBERTa whose padding id is 1. */
const USUAL_FIRST = 2;

/** A length in tokens; undefined where there is none. Throws FORMAT. */
function length(value: unknown, where: string): number | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'number' && value >= 1 && (Number.isInteger(value) || value >= NO_LIMIT)) return value;
  throw new HarnessError('FORMAT', {
    where,
    what: `Expected a length in tokens, got ${shown(value)}.`,
    hint: 'Correct the file, or download it again.',
  });
}
