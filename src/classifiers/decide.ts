import type { Matrix } from '../numeric/matrix.ts';
import type { Neighbours } from '../knn/types.ts';
import { vote, voteMultiLabel, voteShares } from '../knn/vote.ts';
import type { KnownTexts } from './classifier.ts';
import { headLogits, type Head } from './head.ts';
import { voteLogits } from './probabilities.ts';
import type { ClassifierRecord } from './record.ts';

/** Predictions for vectors, before probabilities. */
export interface Decisions {
  /** [texts, classes] */
  readonly logits: Float64Array;
  /** Classes of each text, ascending: one, unless texts may have several. */
  readonly classes: readonly Int32Array[];
}

/** By a head: the largest logit, the first of equal ones; for multi-label texts, those above 0. */
export function decideByHead(vectors: Matrix, head: Head, { multiLabel }: Pick<ClassifierRecord, 'multiLabel'>): Decisions {
  const logits = headLogits(head, vectors);
  const classes = head.bias.length;
  const decided = Array.from({ length: vectors.rows }, (_, row) => {
    const own = logits.subarray(row * classes, (row + 1) * classes);
    return multiLabel ? positive(own) : Int32Array.of(largest(own));
  });
  return { logits, classes: decided };
}

/** By votes of training texts, as `bench run` counts them. */
export function decideByVotes(neighbours: Neighbours, { labels }: KnownTexts, record: ClassifierRecord): Decisions {
  const {
    multiLabel,
    neighbours: { k, votes },
  } = record;
  const classes = record.classes.length;
  const shares = voteShares({ neighbours, k, labelSets: labels, classes, votes });
  const logits = new Float64Array(shares.length);
  for (let at = 0; at < shares.length; at += classes)
    logits.set(voteLogits({ shares: shares.subarray(at, at + classes), k, multiLabel }), at);
  if (multiLabel) return { logits, classes: voteMultiLabel({ neighbours, k, labelSets: labels, classes, votes }) };
  const given = vote({ neighbours, k, labels: Int32Array.from(labels, ([label]) => label!), classes, votes });
  return { logits, classes: Array.from(given, (label) => Int32Array.of(label)) };
}

function largest(values: Float64Array): number {
  let best = 0;
  for (let c = 1; c < values.length; c++) if (values[c]! > values[best]!) best = c;
  return best;
}

function positive(values: Float64Array): Int32Array {
  const on: number[] = [];
  for (let c = 0; c < values.length; c++) if (values[c]! > 0) on.push(c);
  return Int32Array.from(on);
}
