import { Tensor } from '../graph/runtime.ts';
import { WORD } from '../graph/word-poolings.ts';
import { integerTensor } from './integer-tensor.ts';
import type { WordPlan } from './word-plan.ts';
import type { WordBatch } from './word-runner.ts';
import { wordSpecWidth, type WordPooling, type WordSpec } from './word-specs.ts';

/** Inputs of the edited graph in addition to a batch's tokens: which of them are picked, and which are summed (see `addWordPoolings`). */
export function wordFeeds({ picks, sums }: WordPlan, batch: WordBatch): Record<string, Tensor> {
  const feeds: Record<string, Tensor> = {};
  if (picks.length > 0) {
    const tokens = picked(picks, batch);
    feeds[WORD.tokens] = integerTensor('int64', tokens, [tokens.length]);
  }
  if (sums) {
    const { members, most } = membersOf(batch);
    feeds[WORD.members] = new Tensor('float64', members, [batch.count, most, batch.length]);
  }
  return feeds;
}

/** [picks * words] Positions among the batch's tokens. */
function picked(picks: WordPlan['picks'], { spans }: WordBatch): Int32Array {
  const words = spans.length / 2;
  const tokens = new Int32Array(picks.length * words);
  for (const [p, pick] of picks.entries()) {
    for (let i = 0; i < words; i++) tokens[p * words + i] = pick === 'first' ? spans[2 * i]! : spans[2 * i + 1]! - 1;
  }
  return tokens;
}

/** [sentences, maximum words of one, tokens] 1 for each sub-token of a word; rows of a sentence with fewer words stay zero. */
function membersOf({ count, length, spans }: WordBatch): { members: Float64Array; most: number } {
  const words = new Int32Array(count);
  for (let i = 0; i < spans.length; i += 2) words[Math.floor(spans[i]! / length)]!++;
  const most = words.reduce((a, b) => Math.max(a, b), 1);
  const members = new Float64Array(count * most * length);
  eachWord({ length, spans }, (i, sentence, place) => {
    const row = (sentence * most + place) * length - sentence * length;
    members.fill(1, row + spans[2 * i]!, row + spans[2 * i + 1]!);
  });
  return { members, most };
}

/** Each word with its sentence, and its index in the sentence. */
function eachWord(
  { length, spans }: Pick<WordBatch, 'length' | 'spans'>,
  take: (i: number, sentence: number, place: number) => void,
): void {
  let sentence = -1;
  let place = 0;
  for (let i = 0; 2 * i < spans.length; i++) {
    const own = Math.floor(spans[2 * i]! / length);
    place = own === sentence ? place + 1 : 0;
    sentence = own;
    take(i, sentence, place);
  }
}

/** Location of the vectors of one hidden state: that of a word at `at[word]`, to be multiplied by `scale[word]`. */
interface Source {
  readonly data: Float32Array;
  readonly at: Float64Array;
  readonly scale: Float64Array | undefined;
}

export interface WordOutputs {
  readonly [WORD.picked]?: Tensor;
  readonly [WORD.sums]?: Tensor;
}

/**
 * Vectors [words, width] for each spec, from the outputs of the edited graph. Means are computed in float64. `room` returns an array to
 * write into.
 */
export function wordVectors(
  plan: WordPlan,
  batch: WordBatch,
  outputs: WordOutputs,
  room: (length: number) => Float32Array,
): Float32Array[] {
  const { specs, states, picks } = plan;
  const words = batch.spans.length / 2;
  const width = (outputs[WORD.picked] ?? outputs[WORD.sums]!).dims.at(-1)!;
  const sources = new Map<string, Source>();
  for (const [s, state] of states.entries()) {
    for (const [p, pick] of picks.entries()) {
      const at = Float64Array.from({ length: words }, (_, i) => ((s * picks.length + p) * words + i) * width);
      sources.set(`${pick} ${state}`, { data: outputs[WORD.picked]!.data as Float32Array, at, scale: undefined });
    }
  }
  if (plan.sums) {
    const { data, dims } = outputs[WORD.sums]!;
    const most = dims[1]! / states.length;
    const scale = Float64Array.from({ length: words }, (_, i) => 1 / (batch.spans[2 * i + 1]! - batch.spans[2 * i]!));
    for (const [s, state] of states.entries()) {
      const at = new Float64Array(words);
      eachWord(batch, (i, sentence, place) => {
        at[i] = ((sentence * states.length + s) * most + place) * width;
      });
      sources.set(`mean ${state}`, { data: data as Float32Array, at, scale });
    }
  }
  return specs.map((spec) => combine(spec, { words, width, sourceOf: (word, layer) => sources.get(`${word} ${layer}`)!, room }));
}

interface Combined {
  readonly words: number;
  readonly width: number;
  readonly sourceOf: (word: WordPooling, layer: number) => Source;
  readonly room: (length: number) => Float32Array;
}

function combine(spec: WordSpec, { words, width, sourceOf, room }: Combined): Float32Array {
  const sources = spec.layers.map((layer) => sourceOf(spec.word, layer));
  const outWidth = wordSpecWidth(spec, width);
  const out = room(words * outWidth);
  const sum = new Float64Array(width);
  for (let i = 0; i < words; i++) {
    const to = i * outWidth;
    if (spec.combine === 'mean') {
      sum.fill(0);
      for (const source of sources) addTo(sum, source, i);
      for (let j = 0; j < width; j++) out[to + j] = sum[j]! / sources.length;
      continue;
    }
    for (const [k, { data, at, scale }] of sources.entries()) {
      const from = at[i]!;
      if (scale === undefined) out.set(data.subarray(from, from + width), to + k * width);
      else for (let j = 0; j < width; j++) out[to + k * width + j] = data[from + j]! * scale[i]!;
    }
  }
  return out;
}

function addTo(sum: Float64Array, { data, at, scale }: Source, word: number): void {
  const from = at[word]!;
  const factor = scale?.[word] ?? 1;
  for (let j = 0; j < sum.length; j++) sum[j]! += data[from + j]! * factor;
}
