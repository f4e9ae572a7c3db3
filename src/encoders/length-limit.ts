import path from 'node:path';
import type { GraphProto } from '../graph/onnx_pb.ts';
import { topologyOf } from '../graph/topology.ts';
import { readJsonObject } from './json-file.ts';

/** tokenizer_config.json writes a number like 1e30 for "no limit". */
const NO_LIMIT = 1_000_000;
/** What BERT and its kin were trained with: where no file says anything. */
const FALLBACK = 512;
/** Families whose positions begin behind the padding id: two positions of the table are never a text's. */
const OFFSET_FAMILIES: ReadonlySet<string> = new Set(['roberta', 'xlm-roberta', 'camembert', 'longformer', 'mpnet', 'data2vec-text', 'ibert', 'luke', 'mdeberta', 'bigbird_pegasus']);

/**
 * Longest text in tokens that an encoder takes, special tokens included: the first that is given of
 * sentence_bert_config.json `max_seq_length`, tokenizer_config.json `model_max_length` (below a million), and the number of
 * positions that a text can use.
 */
export async function lengthLimit({ folder, positions }: { folder: string; positions: () => number | undefined | Promise<number | undefined> }): Promise<number> {
  const sentence = await field(folder, 'sentence_bert_config.json', 'max_seq_length');
  if (sentence !== undefined) return sentence;
  const tokenizer = await field(folder, 'tokenizer_config.json', 'model_max_length');
  if (tokenizer !== undefined && tokenizer < NO_LIMIT) return tokenizer;
  return (await positions()) ?? FALLBACK;
}

/** Positions that a text can use by an exported encoder's files: config.json, else the graph's table. */
export async function exportedPositions({ folder, graph }: { folder: string; graph: GraphProto }): Promise<number | undefined> {
  const positions = await field(folder, 'config.json', 'max_position_embeddings');
  if (positions === undefined) return positionTable(graph);
  const type = (await readJsonObject(path.join(folder, 'config.json')))?.['model_type'];
  return typeof type === 'string' && OFFSET_FAMILIES.has(type) ? positions - 2 : positions;
}

/**
 * Rows of the graph's position table that texts can use, where it has one: a table as wide as that of the tokens, looked
 * up by something that does not depend on the tokens, or named so. A longer text would end the run.
 */
export function positionTable(graph: GraphProto): number | undefined {
  const { initializers, content } = topologyOf(graph);
  const tokenTable = graph.node.find(({ opType, input }) => opType === 'Gather' && input[1] === 'input_ids');
  const width = initializers.get(tokenTable?.input[0] ?? '')?.dims[1];
  for (const { opType, input } of graph.node) {
    if (opType !== 'Gather' && opType !== 'GatherBlockQuantized') continue;
    const table = initializers.get(input[0]!);
    const indices = input[1]!;
    if (table === undefined || table.dims.length !== 2 || indices === 'input_ids' || indices === 'token_type_ids') continue;
    // Relative positions are looked up in a table of one number a head.
    if (opType === 'Gather' && width !== undefined && table.dims[1] !== width) continue;
    const rows = Number(table.dims[0]);
    // Positions counted from the tokens that are no padding begin behind the padding id (RoBERTa).
    if (content.has(indices)) {
      if (/position/i.test(table.name)) return rows - 2;
    } else if (rows > 2) {
      return rows;
    }
  }
  return undefined;
}

async function field(folder: string, file: string, name: string): Promise<number | undefined> {
  const value = (await readJsonObject(path.join(folder, file)))?.[name];
  return typeof value === 'number' && Number.isFinite(value) && value >= 1 ? Math.floor(value) : undefined;
}
