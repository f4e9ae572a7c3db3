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

/** Inputs that say where the words of a batch are. Sentences have places for as many words as that with the most has. */
export const WORD_INPUTS = {
  /** [batch, places, tokens]: what each token weighs in the word at a place; 0 all along for a place without one. */
  weights: 'training.word_weights',
  /** [words]: place of each word among the batch * places; sentence by sentence, in their order. */
  places: 'training.word_places',
  /** [batch * places]: word at each place; `words` where there is none. The backward pass alone has it. */
  words: 'training.words_or_none',
} as const;

/** A sentence as far as its words are concerned. */
export interface WordSpans {
  /** [words * 2] of each word, where its sub-tokens begin among the ids and where they end; equal where it has none. */
  readonly spans: Int32Array;
}

/** Words of a sentence that have a vector, ascending. */
export function wordsOf({ spans }: WordSpans): number[] {
  return [...Array(spans.length / 2).keys()].filter((word) => spans[2 * word]! < spans[2 * word + 1]!);
}

/** Adds the vectors of words to a graph, [words, width of the spec], with operators that have gradients. */
export function addWordVectors(
  builder: GraphBuilder,
  { states, spec }: { readonly states: readonly Value[]; readonly spec: WordSpec },
): Value {
  return builder.within('words', () => {
    const weights = builder.input(WORD_INPUTS.weights, TensorProto_DataType.FLOAT, ['batch_size', 'places', 'sequence_length']);
    const places = builder.input(WORD_INPUTS.places, TensorProto_DataType.INT64, ['words']);
    const pooled = builder.op('MatMul', [weights, layersTogether(builder, states, spec)]);
    // [batch, places, width] as rows of one table: of those without a word nothing is taken.
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

/** What undoes the choice of words, for the walk of the gradients. */
export function wordInverses(): Map<Value, Inverse> {
  return new Map([[WORD_INPUTS.places, { ids: WORD_INPUTS.words, zeroRow: true }]]);
}

/** Inputs of the words of sentences that are padded to `tokens`. */
export function wordInputs(sentences: readonly WordSpans[], { tokens, spec }: { readonly tokens: number; readonly spec: WordSpec }): Feeds {
  const kept = sentences.map(wordsOf);
  // A sentence that stands alone in a batch may have no word with a vector: graphs can tell no sizes of an empty grid.
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

/** What the tokens of a sentence weigh in a word whose sub-tokens are those from `from` to `to` (not included). */
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
