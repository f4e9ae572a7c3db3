import type { GraphProto } from '../graph/onnx_pb.ts';
import { topologyOf } from '../graph/topology.ts';

/** A graph's position table. */
export interface PositionTable {
  readonly rows: number;
  /** Positions count the tokens that are not padding, and begin after the padding id (RoBERTa). */
  readonly counted: boolean;
}

/**
 * The graph's position table, if it has one: a table as wide as that of the tokens, with indices that do not depend on the tokens, or with
 * such a name.
 */
export function positionTable(graph: GraphProto): PositionTable | undefined {
  const { initializers, content } = topologyOf(graph);
  const tokenTable = graph.node.find(({ opType, input }) => opType === 'Gather' && input[1] === 'input_ids');
  const width = initializers.get(tokenTable?.input[0] ?? '')?.dims[1];
  for (const { opType, input } of graph.node) {
    if (opType !== 'Gather' && opType !== 'GatherBlockQuantized') continue;
    const table = initializers.get(input[0]!);
    const indices = input[1]!;
    if (table === undefined || table.dims.length !== 2 || indices === 'input_ids' || indices === 'token_type_ids') continue;
    // Relative positions have a table with one number per head.
    if (opType === 'Gather' && width !== undefined && table.dims[1] !== width) continue;
    const rows = Number(table.dims[0]);
    if (content.has(indices)) {
      if (/position/i.test(table.name)) return { rows, counted: true };
    } else if (rows > 2) {
      return { rows, counted: false };
    }
  }
  return undefined;
}
