import { create } from '@bufbuild/protobuf';
import { TensorProto_DataType, TensorProtoSchema, type ModelProto } from './onnx_pb.ts';
import { append, editable, floatTensor, tensorOf } from './poolings.ts';
import { prune } from './topology.ts';

/** Names of what the edit adds. */
export const WORD = {
  tokens: 'bench.word_tokens',
  picked: 'bench.picked',
  members: 'bench.word_members',
  sums: 'bench.word_sums',
  rest: 'bench.rest',
} as const;

export interface WordPoolingEdit {
  readonly proto: ModelProto;
  /** Tensors [batch, tokens, width], all up to the deepest that is wanted, in order. */
  readonly states: readonly string[];
  /** Positions among `states` of those whose words are wanted, ascending. */
  readonly wanted: readonly number[];
  /** Vectors of single tokens are wanted. */
  readonly picks: boolean;
  /** Sums of tokens are wanted. */
  readonly sums: boolean;
}

/**
 * A copy of the model whose outputs are vectors of words alone, token vectors stay in the runtime: `bench.picked` [wanted * picks, width],
 * the tokens at the positions `bench.word_tokens` [picks] of a batch that is read as one row of tokens; and `bench.word_sums` [batch,
 * wanted * words, width], the product of `bench.word_members` [batch, words, tokens], 1 for the sub-tokens of a word, else 0, with the
 * tokens. A word's vector does not change with what else is in the batch: what is picked is copied, and sums of float32 numbers are exact
 * in float64 (but where they differ by a factor of more than some 2^25), so that the order in which a runtime adds them does not show.
 *
 * Of states that nobody wants one token goes out, `bench.rest`: so each has a use besides the next layer's, the runtime fuses the same
 * operators, and a vector does not change with which others are wanted.
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
