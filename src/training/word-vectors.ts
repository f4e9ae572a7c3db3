import type { WordSpec } from '../embed/word-specs.ts';
import type { VectorSpec } from '../embed/vectors.ts';
import type { GraphBuilder, Value } from '../graph/builder.ts';
import type { Inverse } from '../graph/gradients/rule.ts';
import { TensorProto_DataType } from '../graph/onnx_pb.ts';
import type { Feeds } from './objective.ts';

/** What is trained: vectors of texts, or of the words of sentences. */
export type TrainedSpec = VectorSpec | WordSpec;

export function isOfWords(spec: Pick<TrainedSpec, 'layers'>): spec is WordSpec {
  return Object.hasOwn(spec, 'word');
}

/** Inputs with the positions of the words of a batch. Sentences are padded to the number of words of the longest. */
export const WORD_INPUTS = {
  /** [batch, slots, tokens]: weight of each token in the word of a slot; all 0 for an empty slot. */
  weights: 'training.word_weights',
  /** [words]: slot of each word among batch * slots; sentence by sentence, in order. */
  places: 'training.word_places',
  /** [batch * slots]: word in each slot; `words` if empty. Only used by the backward pass. */
  words: 'training.words_or_none',
} as const;

/** The word positions of a sentence. */
export interface WordSpans {
  /** [words * 2] start and end of each word's sub-tokens among the ids; equal if it has none. */
  readonly spans: Int32Array;
}

/** Words of a sentence that have a vector, ascending. */
export function wordsOf({ spans }: WordSpans): number[] {
  return [...Array(spans.length / 2).keys()].filter((word) => spans[2 * word]! < spans[2 * word + 1]!);
}

/** Adds the vectors of words to a graph, [words, width of the spec], with operators that have gradient rules. */
export function addWordVectors(
  builder: GraphBuilder,
  { states, spec }: { readonly states: readonly Value[]; readonly spec: WordSpec },
): Value {
  return builder.within('words', () => {
    const weights = builder.input(WORD_INPUTS.weights, TensorProto_DataType.FLOAT, ['batch_size', 'places', 'sequence_length']);
    const places = builder.input(WORD_INPUTS.places, TensorProto_DataType.INT64, ['words']);
    const pooled = builder.op('MatMul', [weights, layersTogether(builder, states, spec)]);
    // [batch, slots, width] as rows of one table: rows of empty slots are not selected.
    const width = builder.op('Slice', [builder.op('Shape', [pooled]), builder.ints([2]), builder.ints([3])]);
    const rows = builder.op('Reshape', [pooled, builder.op('Concat', [builder.ints([-1]), width], { axis: 0 })]);
    return builder.op('Gather', [rows, places], { axis: 0 });
  });
}

/** The vector of each token, [batch, tokens, width of the spec], from hidden states 0 to L. */
export function layersTogether(builder: GraphBuilder, states: readonly Value[], spec: WordSpec): Value {
  const each = spec.layers.map((layer) => states[layer]!);
  if (each.length === 1) return each[0]!;
  if (spec.combine === 'concat') return builder.op('Concat', each, { axis: 2 });
  return builder.op('Mul', [builder.op('Sum', each), builder.float(1 / each.length)]);
}

/** The inverse of the selection of words, for the backward pass. */
export function wordInverses(): Map<Value, Inverse> {
  return new Map([[WORD_INPUTS.places, { ids: WORD_INPUTS.words, zeroRow: true }]]);
}

/** Inputs of the words of sentences that are padded to `tokens`. */
export function wordInputs(sentences: readonly WordSpans[], { tokens, spec }: { readonly tokens: number; readonly spec: WordSpec }): Feeds {
  const kept = sentences.map(wordsOf);
  // A single sentence in a batch may have no word with a vector: graphs cannot infer shapes of empty tensors.
  const most = Math.max(1, ...kept.map(({ length }) => length));
  const total = kept.reduce((sum, { length }) => sum + length, 0);
  const weights = new Float32Array(sentences.length * most * tokens);
  const places = new BigInt64Array(total);
  const words = new BigInt64Array(sentences.length * most).fill(BigInt(total));
  let count = 0;
  for (const [sentence, { spans }] of sentences.entries()) {
    for (const [i, word] of kept[sentence]!.entries()) {
      const place = sentence * most + i;
      fillWordWeights(weights.subarray(place * tokens, (place + 1) * tokens), spec, spans[2 * word]!, spans[2 * word + 1]!);
      places[count] = BigInt(place);
      words[place] = BigInt(count++);
    }
  }
  return {
    [WORD_INPUTS.weights]: { type: 'float32', dims: [sentences.length, most, tokens], data: weights },
    [WORD_INPUTS.places]: { type: 'int64', dims: [total], data: places },
    [WORD_INPUTS.words]: { type: 'int64', dims: [words.length], data: words },
  };
}

/** Weights of the tokens of a sentence in a word whose sub-tokens are `from` to `to` (exclusive). */
function fillWordWeights(weights: Float32Array, { word }: WordSpec, from: number, to: number): void {
  switch (word) {
    case 'first':
      weights[from] = 1;
      return;
    case 'last':
      weights[to - 1] = 1;
      return;
    case 'mean':
      weights.fill(1 / (to - from), from, to);
      return;
    default:
      word satisfies never;
  }
}
