import path from 'node:path';
import { HarnessError, shown } from '../errors.ts';
import type { GraphProto } from '../graph/onnx_pb.ts';
import { readJsonObject } from './json-file.ts';
import { positionTable } from './position-table.ts';

/** How the positions of a text's tokens are counted. */
export interface PositionStart {
  /** Position of the first token. */
  readonly first: number;
  /** Padding tokens spelled out in a text get the position before the first, and are not counted. */
  readonly padding?: number | undefined;
}

export const FROM_ZERO: PositionStart = { first: 0 };

/** Default padding id of the families below. */
const USUAL_PADDING = 1;

/** Families whose positions begin after the padding id: the rows up to it are never used. */
const BEHIND_PADDING: ReadonlySet<string> = new Set([
  'altclip',
  'bridgetower',
  'bridgetower_text_model',
  'camembert',
  'clap',
  'clap_text_model',
  'data2vec-text',
  'esm',
  'ibert',
  'layoutlmv3',
  'lilt',
  'longformer',
  'luke',
  'markuplm',
  'mluke',
  'mpnet',
  'roberta',
  'roberta-prelayernorm',
  'xlm-roberta',
  'xlm-roberta-xl',
  'xmod',
]);

/** Families whose positions begin at 0. */
const FROM_START: ReadonlySet<string> = new Set([
  'albert',
  'bert',
  'big_bird',
  'convbert',
  'deberta',
  'deberta-v2',
  'distilbert',
  'electra',
  'ernie',
  'eurobert',
  'gemma',
  'gemma2',
  'gemma3_text',
  'gpt2',
  'gpt_neo',
  'gpt_neox',
  'gptj',
  'gte',
  'jina_embeddings_v3',
  'layoutlm',
  'llama',
  'megatron-bert',
  'mistral',
  'mixtral',
  'mobilebert',
  'modernbert',
  'mra',
  'new',
  'nezha',
  'nomic_bert',
  'nystromformer',
  'olmo',
  'olmo2',
  'phi',
  'phi3',
  'qdqbert',
  'qwen2',
  'qwen3',
  'rembert',
  'roformer',
  'mt5',
  'splinter',
  'squeezebert',
  't5',
  'umt5',
  'visual_bert',
  'yoso',
]);

/** Kinds of positions (`position_embedding_type`) without a table, for any family. */
const TABLELESS: ReadonlySet<string> = new Set(['alibi', 'rope', 'rotary']);

/**
 * First position of a family, from config.json; undefined for an unknown family. MPNet's padding id is a constant in its code. Throws
 * FORMAT for an invalid padding id.
 */
export function familyPositions({ values, file }: { values: Readonly<Record<string, unknown>>; file: string }): PositionStart | undefined {
  const type = values['model_type'];
  if (typeof type !== 'string') return undefined;
  if (FROM_START.has(type) || TABLELESS.has(String(values['position_embedding_type']))) return FROM_ZERO;
  if (!BEHIND_PADDING.has(type)) return undefined;
  const padding = type === 'mpnet' ? USUAL_PADDING : (values['pad_token_id'] ?? USUAL_PADDING);
  if (typeof padding === 'number' && Number.isInteger(padding) && padding >= 0) return { first: padding + 1, padding };
  throw new HarnessError('FORMAT', {
    where: `${file}: pad_token_id`,
    what: `Expected a token ID, got ${shown(padding)}.`,
    hint: 'Check the encoder.',
  });
}

export interface PositionParams {
  readonly folder: string;
  readonly graph: GraphProto;
  /** Path of the ONNX file. */
  readonly onnx: string;
  /** Of the tokenizer. */
  readonly padId: number;
}

/**
 * The `position_ids` that an exported graph requires. If config.json does not name a known family, they are inferred from the position
 * table: it has as many rows as the longest text has tokens (`model_max_length` of tokenizer_config.json), plus those before the first
 * position, if any. A graph without a table (rotary positions) counts from 0. Throws GRAPH if it cannot be inferred.
 */
export async function positionsFed({ folder, graph, onnx, padId }: PositionParams): Promise<PositionStart> {
  const file = path.join(folder, 'config.json');
  const known = familyPositions({ values: (await readJsonObject(file)) ?? {}, file });
  if (known !== undefined) return known;
  const table = positionTable(graph);
  if (table === undefined) return FROM_ZERO;
  const longest = (await readJsonObject(path.join(folder, 'tokenizer_config.json')))?.['model_max_length'];
  if (longest === table.rows) return FROM_ZERO;
  if (longest === table.rows - padId - 1) return { first: padId + 1, padding: padId };
  const what = `It needs position_ids, and without config.json it is unknown whether they begin at 0 or after the padding ID (its table has ${table.rows} rows).`;
  throw new HarnessError('GRAPH', {
    where: onnx,
    what,
    hint: "Put the encoder's config.json next to it, or export it without that input.",
  });
}
