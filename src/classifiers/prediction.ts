/** A class and its probability. */
export interface ScoredLabel {
  readonly label: string;
  readonly confidence: number;
}

/** One of the nearest texts that a classifier learnt from. */
export interface NeighbourText {
  readonly text: string;
  /** Its classes; one, unless texts may have several. */
  readonly labels: readonly string[];
  /** Cosine of the two vectors. */
  readonly similarity: number;
}

/** What a text is classified as. */
export interface Prediction {
  /** Where texts may have several classes: the most probable one, whether it is on or not. */
  readonly label: string;
  /** Probability of `label`. */
  readonly confidence: number;
  /** The most probable classes, `label` first. */
  readonly top: readonly ScoredLabel[];
  /** Where texts may have several classes: those that the text has, in the order of the classes; maybe none. */
  readonly labels?: readonly ScoredLabel[] | undefined;
  /** Whether the text was longer than the limit, and its end was not looked at. */
  readonly truncated: boolean;
  /** The nearest train texts, nearest first, where they are asked for. */
  readonly neighbours?: readonly NeighbourText[] | undefined;
}

/** What number a text, or a pair, is given. */
export interface NumberPrediction {
  /** In the unit of the targets. */
  readonly value: number;
  /** The number lies between these as often as the model's record says (`residuals`); left out where it has none. */
  readonly low?: number | undefined;
  readonly high?: number | undefined;
  /** Whether the text was longer than the limit, and its end was not looked at. */
  readonly truncated: boolean;
}

/** What the words of a sentence are tagged as. */
export interface TagPrediction {
  /** [words] A word without a vector (no sub-token, or beyond the limit) is given O; null where O is none of the tags. */
  readonly tags: readonly (string | null)[];
  /** [words] Probability of each tag; null for a word without a vector. */
  readonly confidences: readonly (number | null)[];
  /** Whether the sentence was longer than the limit, and its end was not looked at. */
  readonly truncated: boolean;
}

/** The same, with why words have no vector. */
export interface TaggedWords extends TagPrediction {
  /** [words] WORD_LOSS of each. */
  readonly lost: Uint8Array;
}

/** What a model says, of classes or of numbers. */
export type AnyPrediction = Prediction | NumberPrediction;

export function isNumber(prediction: AnyPrediction): prediction is NumberPrediction {
  return 'value' in prediction;
}
