import { create } from '@bufbuild/protobuf';
import { floatTensor } from './poolings.ts';
import { NodeProtoSchema, type GraphProto } from './onnx_pb.ts';
import { prune } from './topology.ts';

/** Output name that loaders of ONNX files expect. */
const LAST_STATE = 'last_hidden_state';

/**
 * Makes the last of `states` the only output, under the name that loaders expect, instead of other outputs of a published file: poolers,
 * token heads. The graph keeps its inputs, whether it still reads them or not. Changes `graph`.
 */
export function outputLastState(
  graph: GraphProto,
  { states, width }: { readonly states: readonly string[]; readonly width: number | undefined },
): void {
  const last = states.at(-1)!;
  const weights = new Set(graph.initializer.map(({ name }) => name));
  const inputs = graph.input.filter(({ name }) => !weights.has(name));
  graph.output = [];
  prune(graph, states);
  graph.input = inputs;
  const made = new Set(graph.node.flatMap(({ output }) => output));
  const isTaken = last === LAST_STATE || made.has(LAST_STATE);
  if (!isTaken) graph.node.push(create(NodeProtoSchema, { name: LAST_STATE, opType: 'Identity', input: [last], output: [LAST_STATE] }));
  graph.output = [floatTensor(isTaken ? last : LAST_STATE, [...sizesOf(graph), width])];
}

/** The graph's names for the number of texts and of their tokens. */
export function sizesOf({ input }: GraphProto): [string | undefined, string | undefined] {
  const type = input.find(({ name }) => name === 'input_ids')?.type?.value;
  const dims = type?.case === 'tensorType' ? (type.value.shape?.dim ?? []) : [];
  const [texts, tokens] = dims.map(({ value }) => (value.case === 'dimParam' ? value.value : undefined));
  return [texts, tokens];
}
