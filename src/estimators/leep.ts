import { HarnessError } from '../errors.ts';

export interface LeepParams {
  /** [n, sources] probability of each source class for each text, by a model that knows source classes alone. */
  readonly posteriors: Float64Array;
  readonly sources: number;
  /** [n] target class of each text. */
  readonly labels: Int32Array;
  readonly classes: number;
}

/**
 * LEEP: mean log-likelihood of the target classes, guessed from the source classes alone (Nguyen et al. 2020). Higher is better, 0 the
 * most.
 * In the paper the source classes are those of another dataset, and their posteriors the head's that the encoder was trained with. A
 * published
 * text encoder has no such head: `estimate` gives the posteriors of a linear probe fitted on another label of the same texts, each text by
 * the probe that did not see it. So this says how far that label, as the vectors know it, tells the target; not how far the encoder's
 * training does.
 * Throws SHAPE where the posteriors are not those of the texts.
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
