import type { Encoder } from '../encoders/encoder.ts';
import { bounded, HarnessError, option } from '../errors.ts';
import { brokenWeight, MEND_WEIGHTS, saidOf } from '../graph/finite-weights.ts';

/** Characters of a text shown in a message. */
const SHOWN = 60;

/** The first NaN or infinity of a vector; undefined if all are finite. */
export function brokenNumber(vector: Float32Array): number | undefined {
  let [a, b, c, d] = [0, 0, 0, 0];
  let i = 0;
  // Finite float32 numbers cannot overflow a float64 sum, however many there are. Four independent sums, for speed.
  for (; i + 4 <= vector.length; i += 4) {
    a += vector[i]!;
    b += vector[i + 1]!;
    c += vector[i + 2]!;
    d += vector[i + 3]!;
  }
  for (; i < vector.length; i++) a += vector[i]!;
  return Number.isFinite(a + b + c + d) ? undefined : vector.find((value) => !Number.isFinite(value));
}

export interface BrokenVector {
  readonly encoder: Pick<Encoder, 'name' | 'model' | 'dtype'>;
  readonly text: string;
  /** Index of the text, from 0. */
  readonly row: number;
  /** Which vector: `mean@6`. */
  readonly spec: string;
  readonly value: number;
}

/** The error for a vector with NaN or infinity: which encoder and text, and, if the weights show it, why. */
export function brokenVector({ encoder, text, row, spec, value }: BrokenVector): HarnessError {
  return broken({ encoder, spec, value, of: `text ${row + 1} ("${beginning(text)}")` });
}

/** The same for the vector of a word: which sentence, and the index of the word in it, from 0. */
export function brokenWord({ encoder, words, row, word, spec, value }: BrokenWord): HarnessError {
  const of = `word ${word + 1} ("${beginning(words[word]!)}") of sentence ${row + 1} ("${beginning(words.join(' '))}")`;
  return broken({ encoder, spec, value, of });
}

export interface BrokenWord extends Omit<BrokenVector, 'text'> {
  /** Of the sentence. */
  readonly words: readonly string[];
  /** Index of the word in it. */
  readonly word: number;
}

function beginning(text: string): string {
  return bounded(text.replaceAll(/\s+/g, ' '), SHOWN);
}

function broken({ encoder, spec, value, of }: Pick<BrokenVector, 'encoder' | 'spec' | 'value'> & { readonly of: string }): HarnessError {
  const weight = brokenWeight(encoder.model);
  const why = weight === undefined ? '' : ` ${saidOf(weight)}`;
  return new HarnessError('DATA', {
    where: encoder.name,
    what: `The vector ${spec} of ${of} holds ${Number.isNaN(value) ? 'NaN' : 'an infinity'}.${why}`,
    hint: weight === undefined ? mendOverflow(encoder.dtype) : MEND_WEIGHTS,
  });
}

function mendOverflow(dtype: string): string {
  const half = dtype === 'fp16' || dtype === 'bf16';
  return half
    ? `Its activations overflow ${dtype}: use another weight precision (${option('dtype')} fp32).`
    : 'All its weights are finite: its activations overflow, or it divides by zero; try another export or weight precision.';
}
