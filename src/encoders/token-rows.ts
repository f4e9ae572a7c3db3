import { HarnessError, shown } from '../errors.ts';
import type { GraphProto } from '../graph/onnx_pb.ts';
import { topologyOf, type Topology } from '../graph/topology.ts';
import type { TextTokenizer } from './tokenizer.ts';

/** Operators that only change shape or type. */
const SAME_VALUES: ReadonlySet<string> = new Set([
  'Cast',
  'Identity',
  'Reshape',
  'Unsqueeze',
  'Squeeze',
  'Flatten',
  'Transpose',
  'Expand',
  'DequantizeLinear',
]);
const LOOK_UPS: ReadonlySet<string> = new Set(['Gather', 'GatherBlockQuantized']);

/** Rows of the graph's token table; undefined if none is found. The smallest of several. */
export function tokenRows(graph: GraphProto): number | undefined {
  return rowsFor(graph, 'input_ids');
}

/** Rows of the token type table: 0 if the graph has no such input, undefined if it does not show the table. */
export function typeRows(graph: GraphProto): number | undefined {
  return graph.input.some(({ name }) => name === 'token_type_ids') ? rowsFor(graph, 'token_type_ids') : 0;
}

function rowsFor(graph: GraphProto, wanted: string): number | undefined {
  const topology = topologyOf(graph);
  const rows = graph.node
    .filter(({ opType, input }) => LOOK_UPS.has(opType) && source(topology, input[1]!) === wanted)
    .flatMap(({ input, attribute }) => {
      const table = topology.initializers.get(source(topology, input[0]!));
      const axis = attribute.find(({ name }) => name === 'axis' || name === 'gather_axis')?.i ?? 0n;
      return table === undefined || table.dims.length !== 2 || axis !== 0n ? [] : [Number(table.dims[0])];
    });
  return rows.length === 0 ? undefined : Math.min(...rows);
}

/** The original tensor of a value, across operators that do not change it. */
function source({ producer }: Topology, name: string): string {
  for (let node = producer.get(name); node !== undefined && SAME_VALUES.has(node.opType); node = producer.get(name)) name = node.input[0]!;
  return name;
}

export interface CheckedEncoder {
  readonly name: string;
  /** Rows of its token table; undefined if unknown. */
  readonly vocabulary?: number | undefined;
  readonly tokenizer: Pick<TextTokenizer, 'tokenOf'>;
}

/**
 * Throws TOKENIZER if a text has a token without an embedding: tokenizer and weights do not match, or tokens were added without extending
 * the table. Unused tokens are harmless. `text` undefined: the tokens around every text.
 */
export function checkIds({ name, vocabulary = Infinity, tokenizer }: CheckedEncoder, ids: Int32Array, text: string | undefined): void {
  const id = ids.find((each) => each >= vocabulary);
  if (id === undefined) return;
  const token = tokenizer.tokenOf(id, text ?? '');
  throw new HarnessError('TOKENIZER', {
    where: name,
    what:
      `${text === undefined ? 'Every text' : `The text ${shown(text)}`} has ` +
      `${token === undefined ? 'a token' : `the token ${shown(token)}`} of ID ${id}, but the embedding table has ${vocabulary} ` +
      `rows (ids 0 to ${vocabulary - 1}).`,
    hint: 'Use the tokenizer that belongs to the weights, or weights saved after the table was extended.',
  });
}
