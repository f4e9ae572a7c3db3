/** A class and its probability. */
export interface ScoredLabel {
  readonly label: string;
  readonly confidence: number;
}

/** One of the nearest training texts. */
export interface NeighbourText {
  readonly text: string;
  /** Its classes; one, unless texts may have several. */
  readonly labels: readonly string[];
  /** Cosine of the two vectors. */
  readonly similarity: number;
}

/** Predicted class of a text. */
export interface Prediction {
  /** For multi-label texts: the most probable class, whether it is predicted or not. */
  readonly label: string;
  /** Probability of `label`. */
  readonly confidence: number;
  /** The most probable classes, `label` first. */
  readonly top: readonly ScoredLabel[];
  /** For multi-label texts: the predicted classes, in class order; possibly none. */
  readonly labels?: readonly ScoredLabel[] | undefined;
  /** Whether the text was truncated at the length limit. */
  readonly truncated: boolean;
  /** The nearest training texts, nearest first, if requested. */
  readonly neighbours?: readonly NeighbourText[] | undefined;
}

/** Number predicted for a text or a pair. */
export interface NumberPrediction {
  /** In the unit of the targets. */
  readonly value: number;
  /** Interval with the coverage stated in the model's record (`residuals`); omitted if it has none. */
  readonly low?: number | undefined;
  readonly high?: number | undefined;
  /** Whether the text was truncated at the length limit. */
  readonly truncated: boolean;
}

/** Predicted tags of the words of a sentence. */
export interface TagPrediction {
  /** [words] A word without a vector (no sub-token, or beyond the limit) gets O; null if O is not among the tags. */
  readonly tags: readonly (string | null)[];
  /** [words] Probability of each tag; null for a word without a vector. */
  readonly confidences: readonly (number | null)[];
  /** Whether the sentence was truncated at the length limit. */
  readonly truncated: boolean;
}

/** The same, with why words have no vector. */
export interface TaggedWords extends TagPrediction {
  /** [words] WORD_LOSS of each. */
  readonly lost: Uint8Array;
}

/** A prediction of classes or of numbers. */
export type AnyPrediction = Prediction | NumberPrediction;

export function isNumber(prediction: AnyPrediction): prediction is NumberPrediction {
  return 'value' in prediction;
}
