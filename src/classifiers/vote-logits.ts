import { matrix, type Matrix } from '../numeric/matrix.ts';
import { Searcher } from '../knn/searcher.ts';
import { voteShares } from '../knn/vote.ts';
import { voteLogits } from './probabilities.ts';
import type { ClassifierRecord } from './record.ts';

export interface VotedParams {
  /** Vectors of the texts that vote. */
  readonly train: Matrix;
  /** Classes of each of them. */
  readonly labelSets: readonly Int32Array[];
  /** Vectors of the texts to classify; undefined: those of `train`, each without its own vote. */
  readonly queries?: Matrix | undefined;
  readonly classes: number;
  readonly multiLabel: boolean;
  readonly neighbours: ClassifierRecord['neighbours'];
  readonly threads?: number | undefined;
}

/** Votes of the nearest training texts as logits [texts, classes]. Throws as `Searcher` does. */
export async function votedLogits({
  train,
  labelSets,
  queries,
  classes,
  multiLabel,
  neighbours,
  threads,
}: VotedParams): Promise<Float64Array> {
  const { k, metric, votes } = neighbours;
  const searcher = await Searcher.open({ corpus: train, queries, metric, threads });
  try {
    const found = await searcher.exact({ k, excludeSelf: queries === undefined });
    const shares = voteShares({ neighbours: found, labelSets, classes, votes });
    const logits = new Float64Array(shares.length);
    for (let at = 0; at < shares.length; at += classes) {
      logits.set(voteLogits({ shares: shares.subarray(at, at + classes), k, multiLabel }), at);
    }
    return logits;
  } finally {
    await searcher.close();
  }
}

/** Rows of a matrix, in this order. */
export function rowsOf({ cols, data }: Matrix, rows: readonly number[]): Matrix {
  const some = matrix(rows.length, cols);
  for (const [i, each] of rows.entries()) some.data.set(data.subarray(each * cols, (each + 1) * cols), i * cols);
  return some;
}
