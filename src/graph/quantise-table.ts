import { GraphBuilder } from './builder.ts';
import { TensorProto_DataType } from './onnx_pb.ts';
import { quantise } from './quantise.ts';
import type { OnnxModel } from './read.ts';
import { tokenTable, type TokenTable } from './token-table.ts';
import { prune } from './topology.ts';
import { isFloatingPoint, readFloat32 } from './weight-bytes.ts';

/** An encoder with 8-bit weights: the matrices of its products; for a static one, which has none, its table. */
export function quantiseEncoder(model: OnnxModel): OnnxModel {
  const [output] = model.proto.graph!.output;
  const table = tokenTable(model, output!.name);
  return table === undefined ? quantise(model) : quantiseTable(model, table);
}

/**
 * A graph that looks tokens up in a table, with the table in 8 bits: -127 to 127 times one scale per row, so that a number is off by at
 * most half a scale. Uses only operators of the ONNX standard. A table already in 8 bits is kept.
 */
function quantiseTable({ proto, folder, files }: OnnxModel, { table, scales }: TokenTable): OnnxModel {
  if (!isFloatingPoint(table) || scales !== undefined) return { proto, folder, files };
  const [rows, width] = table.dims.map(Number) as [number, number];
  const values = readFloat32(table, folder);
  const quantised = new Int8Array(rows * width);
  const factors = new Float32Array(rows);
  for (let row = 0; row < rows; row++) {
    const [from, to] = [row * width, (row + 1) * width];
    let most = 0;
    for (let i = from; i < to; i++) most = Math.max(most, Math.abs(values[i]!));
    const scale = Math.fround(most / 127);
    factors[row] = scale;
    if (scale > 0) for (let i = from; i < to; i++) quantised[i] = Math.max(-127, Math.min(127, Math.round(values[i]! / scale)));
  }
  const [output] = proto.graph!.output;
  const state = proto.graph!.node.find(({ output: made }) => made[0] === output!.name)!.input[0]!;
  const builder = GraphBuilder.rewriting(proto);
  const of8 = builder.tensor(`${table.name}.int8`, { dataType: TensorProto_DataType.INT8, dims: [rows, width], raw: quantised });
  const scale = builder.tensor(`${table.name}.scales`, { dataType: TensorProto_DataType.FLOAT, dims: [rows, 1], raw: factors });
  const wide = builder.op('Cast', [builder.op('Gather', [of8, 'input_ids'])], { to: TensorProto_DataType.FLOAT });
  builder.node('Mul', [wide, builder.op('Gather', [scale, 'input_ids'])], {}, { name: state });
  builder.node('Identity', [state], {}, { name: output!.name });
  const built = { ...proto, graph: builder.build().graph! };
  const inputs = built.graph.input;
  prune(built.graph);
  built.graph.input = inputs;
  return { proto: built, folder, files };
}
