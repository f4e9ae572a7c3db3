import { HarnessError } from '../errors.ts';
import { nearestCentroid } from './centroid.ts';
import { stratifiedFolds } from './folds.ts';
import { hscore } from './hscore.ts';
import type { Labelled } from './labelled.ts';
import { leep } from './leep.ts';
import { linearProbe } from './linear-probe.ts';
import { logme } from './logme.ts';
import { momentsOf, type Moments } from './moments.ts';
import type { EstimatorRuntime } from './runtime.ts';
import { silhouette } from './silhouette.ts';

/**
 * Estimators of how well an encoder will do once fine-tuned, from its frozen vectors. The first two share one neighbour search; the last
 * needs a second label for each text.
 */
export const ESTIMATORS = ['knn', 'consistency', 'linear-probe', 'centroid', 'hscore', 'logme', 'silhouette', 'leep'] as const;
export type EstimatorName = (typeof ESTIMATORS)[number];

/** Those that need no neighbours. */
export type VectorEstimator = Exclude<EstimatorName, 'knn' | 'consistency'>;

/** What one says of the vectors of an encoder. */
export interface Estimate {
  readonly estimator: EstimatorName;
  /** Higher is better. For estimators that predict classes, the accuracy. */
  readonly score: number;
  /** [n] class given to each text by what did not see it; undefined where the estimator gives none. */
  readonly predicted?: Int32Array | undefined;
}

/** Labels of the same texts in another field. */
export interface SourceLabels {
  /** [n] each of 0 to classes - 1 */
  readonly labels: Int32Array;
  readonly classes: number;
}

/** Of the cross-validation of the linear probe. */
const FOLDS = 5;

export interface EstimateParams {
  readonly labelled: Labelled;
  readonly estimators: readonly VectorEstimator[];
  /** Needed by leep. */
  readonly source?: SourceLabels | undefined;
  /** Decides the folds. */
  readonly seed: number;
}

/** Estimates in the order asked for. What several need is computed once. Throws INTERNAL where leep has no source labels. */
export async function estimate({ labelled, estimators, source, seed }: EstimateParams, runtime: EstimatorRuntime): Promise<Estimate[]> {
  let moments: Promise<Moments> | undefined;
  const shared = (): Promise<Moments> => (moments ??= momentsOf(labelled, runtime));
  const probe = (of: Labelled) => linearProbe(of, { fold: stratifiedFolds({ ...of, folds: FOLDS, seed }), folds: FOLDS }, runtime);
  const found: Estimate[] = [];
  for (const estimator of estimators) found.push({ estimator, ...(await one(estimator)) });
  return found;

  async function one(estimator: VectorEstimator): Promise<Omit<Estimate, 'estimator'>> {
    switch (estimator) {
      case 'linear-probe':
        return classified((await probe(labelled)).predicted, labelled.labels);
      case 'centroid':
        return classified(nearestCentroid(labelled), labelled.labels);
      case 'hscore':
        return { score: hscore(await shared()) };
      case 'logme':
        return { score: logme(await shared()) };
      case 'silhouette':
        return { score: await silhouette(labelled, runtime) };
      case 'leep': {
        if (source === undefined) throw new HarnessError('INTERNAL', { what: 'LEEP has no source labels.' });
        const { posteriors } = await probe({ ...labelled, ...source });
        return { score: leep({ posteriors, sources: source.classes, labels: labelled.labels, classes: labelled.classes }) };
      }
      default:
        return estimator satisfies never;
    }
  }
}

export function classified(predicted: Int32Array, labels: Int32Array): Omit<Estimate, 'estimator'> {
  return { score: predicted.reduce((right, label, i) => right + Number(label === labels[i]), 0) / labels.length, predicted };
}
