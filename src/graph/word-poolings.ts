import { create } from '@bufbuild/protobuf';
import { TensorProto_DataType, TensorProtoSchema, type ModelProto } from './onnx_pb.ts';
import { append, editable, floatTensor, tensorOf } from './poolings.ts';
import { prune } from './topology.ts';

/** Names of added nodes. */
export const WORD = {
  tokens: 'bench.word_tokens',
  picked: 'bench.picked',
  members: 'bench.word_members',
  sums: 'bench.word_sums',
  rest: 'bench.rest',
} as const;

export interface WordPoolingEdit {
  readonly proto: ModelProto;
  /** Tensors [batch, tokens, width], all up to the deepest requested, in order. */
  readonly states: readonly string[];
  /** Indices in `states` of those whose words are requested, ascending. */
  readonly wanted: readonly number[];
  /** Vectors of single tokens are requested. */
  readonly picks: boolean;
  /** Sums of tokens are requested. */
  readonly sums: boolean;
}

/**
 * A copy of the model whose only outputs are vectors of words; token vectors stay in the runtime: `bench.picked` [wanted * picks, width],
 * the tokens at the positions `bench.word_tokens` [picks] of a batch flattened to one row of tokens; and `bench.word_sums` [batch, wanted *
 * words, width], the product of `bench.word_members` [batch, words, tokens], 1 for the sub-tokens of a word, else 0, with the tokens. A
 * word's vector does not depend on the rest of the batch: picked tokens are copied, and sums of float32 numbers are exact in float64
 * (unless their magnitudes differ by a factor of more than about 2^25), so that the order of summation does not matter.
 *
 * For states that are not requested one token is an output, `bench.rest`: so each has a reader in addition to the next layer, the runtime
 * fuses the same operators, and a vector does not depend on which others are requested.
 */
export function addWordPoolings({ proto, states, wanted, picks, sums }: WordPoolingEdit): ModelProto {
  const edited = editable(proto);
  const graph = edited.graph!;
  graph.output = [];
  const { FLOAT, DOUBLE, INT64 } = TensorProto_DataType;
  const cast = (input: string, output: string, to: TensorProto_DataType): string =>
    append(graph, 'Cast', [input], output, { to: BigInt(to) });
  const float = states.map((state, i) => cast(state, `bench.state.${i}`, FLOAT));
  const flat = (i: number): string => append(graph, 'Flatten', [float[i]!], `bench.flat.${i}`, { axis: 2n });
  if (picks) {
    graph.input.push(tensorOf(INT64, WORD.tokens, ['bench.picks']));
    const picked = wanted.map((i) => append(graph, 'Gather', [flat(i), WORD.tokens], `bench.picked.${i}`, { axis: 0n }));
    append(graph, 'Concat', picked, WORD.picked, { axis: 0n });
    graph.output.push(floatTensor(WORD.picked, [undefined, undefined]));
  }
  if (sums) {
    graph.input.push(tensorOf(DOUBLE, WORD.members, ['batch_size', 'bench.words', 'sequence_length']));
    const wide = wanted.map((i) => cast(float[i]!, `bench.wide.${i}`, DOUBLE));
    const exact = wide.map((state, k) => append(graph, 'MatMul', [WORD.members, state], `bench.sum.${k}`, {}));
    cast(append(graph, 'Concat', exact, 'bench.wide_sums', { axis: 1n }), WORD.sums, FLOAT);
    graph.output.push(floatTensor(WORD.sums, ['batch_size', undefined, undefined]));
  }
  const rest = [...states.keys()].filter((i) => !wanted.includes(i));
  if (rest.length > 0) {
    const first = create(TensorProtoSchema, { name: 'bench.first_token', dataType: INT64, dims: [1n], int64Data: [0n] });
    graph.initializer.push(first);
    const tokens = rest.map((i) => append(graph, 'Gather', [flat(i), first.name], `bench.rest.${i}`, { axis: 0n }));
    append(graph, 'Concat', tokens, WORD.rest, { axis: 0n });
    graph.output.push(floatTensor(WORD.rest, [undefined, undefined]));
  }
  prune(graph);
  return edited;
}
