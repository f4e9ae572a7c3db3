import type { Matrix } from '../numeric/matrix.ts';
import type { Head } from './head.ts';
import type { ClassifierRecord } from './record.ts';

/** Texts that a classifier was trained on. */
export interface KnownTexts {
  /** [texts, width] */
  readonly vectors: Matrix;
  /** Classes of each text, ascending. */
  readonly labels: readonly Int32Array[];
  /** The texts themselves, read on demand; undefined if they were not saved. */
  readonly texts: (() => Promise<readonly string[]>) | undefined;
}

/** Classifies vectors of an encoder. */
export interface Classifier {
  /** For messages. */
  readonly name: string;
  readonly record: ClassifierRecord;
  /** If `kind: 'head'`. */
  readonly head: (Head & { readonly width: number }) | undefined;
  /** undefined: a head whose folder has no training vectors. */
  readonly train: KnownTexts | undefined;
  /** sha256 over everything that determines a prediction, except for the encoder's own files. */
  readonly hash: string;
}
