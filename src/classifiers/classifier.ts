import type { Matrix } from '../numeric/matrix.ts';
import type { Head } from './head.ts';
import type { ClassifierRecord } from './record.ts';

/** Texts that a classifier learnt from. */
export interface KnownTexts {
  /** [texts, width] */
  readonly vectors: Matrix;
  /** Classes of each text, ascending. */
  readonly labels: readonly Int32Array[];
  /** The texts themselves, read where they are wanted; undefined where they are not kept. */
  readonly texts: (() => Promise<readonly string[]>) | undefined;
}

/** What classifies vectors of an encoder. */
export interface Classifier {
  /** For messages. */
  readonly name: string;
  readonly record: ClassifierRecord;
  /** Of `kind: 'head'`. */
  readonly head: (Head & { readonly width: number }) | undefined;
  /** undefined: a head whose folder has none. */
  readonly train: KnownTexts | undefined;
  /** sha256 over all that decides a prediction, the encoder's own files aside. */
  readonly hash: string;
}
