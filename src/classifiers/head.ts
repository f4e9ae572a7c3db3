import type { Matrix } from '../numeric/matrix.ts';
import { row } from '../numeric/matrix.ts';

/** Computes logits from a text's vector: W v + b. */
export interface Head {
  /** W [classes, width], row-major. */
  readonly weight: Float32Array;
  /** b [classes] */
  readonly bias: Float32Array;
  /** Vectors are normalised to length 1 first. */
  readonly unit: boolean;
}

/** Minimum length of a vector, as in training. */
const SHORTEST = 1e-8;

/** Logits [texts, classes] of vectors [texts, width], in float64. */
export function headLogits({ weight, bias, unit }: Head, vectors: Matrix): Float64Array {
  const [classes, width] = [bias.length, vectors.cols];
  const logits = new Float64Array(vectors.rows * classes);
  for (let text = 0; text < vectors.rows; text++) {
    const vector = row(vectors, text);
    const length = unit ? Math.max(Math.hypot(...vector), SHORTEST) : 1;
    for (let own = 0, at = 0; own < classes; own++) {
      let sum = 0;
      for (let i = 0; i < width; i++, at++) sum += vector[i]! * weight[at]!;
      logits[text * classes + own] = sum / length + bias[own]!;
    }
  }
  return logits;
}

export interface HeadSource {
  /** Values of an objective's parameters by name. */
  readonly parameters: Readonly<Record<string, Float32Array>>;
  readonly classes: number;
  /** Scale of the cosines with prototypes. */
  readonly scale: number;
}

/**
 * The head trained by an objective; undefined if it has none. Prototypes are a head on normalised vectors: `scale` times the cosine with a
 * prototype is the product with the prototype scaled accordingly.
 */
export function trainedHead({ parameters, classes, scale }: HeadSource): Head | undefined {
  const { 'head.weight': weight, 'head.bias': bias, 'prototypes.weight': prototypes } = parameters;
  if (weight !== undefined && bias !== undefined) return { weight, bias, unit: false };
  if (prototypes === undefined) return undefined;
  const width = prototypes.length / classes;
  const scaled = prototypes.map((value, at) => {
    const own = Math.floor(at / width) * width;
    return (scale * value) / Math.max(Math.hypot(...prototypes.subarray(own, own + width)), SHORTEST);
  });
  return { weight: scaled, bias: new Float32Array(classes), unit: true };
}
