import { HarnessError } from '../errors.ts';

export interface LeepParams {
  /** [n, sources] probability of each source class for each text, by a model trained on source classes only. */
  readonly posteriors: Float64Array;
  readonly sources: number;
  /** [n] target class of each text. */
  readonly labels: Int32Array;
  readonly classes: number;
}

/**
 * LEEP: mean log-likelihood of the target classes, predicted from the source classes alone (Nguyen et al. 2020). Higher is better; at most
 * 0.
 * In the paper the source classes are those of another dataset, and their posteriors come from the head that the encoder was trained with.
 * A published text encoder has no such head: `estimate` gives the posteriors of a linear probe fitted on another label of the same texts,
 * each held-out text by the probe that was not fitted on it. So this measures how well that label, as represented in the vectors, predicts
 * the target; not how well the encoder's training does.
 * Throws SHAPE if the number of posteriors does not match the texts.
 */
export function leep({ posteriors, sources, labels, classes }: LeepParams): number {
  const n = labels.length;
  if (posteriors.length !== n * sources)
    throw new HarnessError('SHAPE', { what: `${posteriors.length} posteriors for ${n} texts of ${sources} source classes.` });
  const joint = new Float64Array(classes * sources);
  const source = new Float64Array(sources);
  for (let i = 0; i < n; i++) {
    for (let z = 0; z < sources; z++) {
      joint[labels[i]! * sources + z]! += posteriors[i * sources + z]! / n;
      source[z]! += posteriors[i * sources + z]! / n;
    }
  }
  let total = 0;
  for (let i = 0; i < n; i++) {
    let likelihood = 0;
    for (let z = 0; z < sources; z++)
      if (source[z]! > 0) likelihood += (joint[labels[i]! * sources + z]! / source[z]!) * posteriors[i * sources + z]!;
    total += Math.log(likelihood);
  }
  return total / n;
}
