import { nearestCentroid } from './centroid.ts';
import { stratifiedFolds } from './folds.ts';
import { hscore } from './hscore.ts';
import type { Labelled } from './labelled.ts';
import { linearProbe } from './linear-probe.ts';
import { logme } from './logme.ts';
import { momentsOf, type Moments } from './moments.ts';
import type { EstimatorRuntime } from './runtime.ts';
import { silhouette } from './silhouette.ts';

/** Ways to tell from frozen vectors how well an encoder will do. The first two are of one search of neighbours. */
export const ESTIMATORS = ['knn', 'consistency', 'linear-probe', 'centroid', 'hscore', 'logme', 'silhouette'] as const;
export type EstimatorName = (typeof ESTIMATORS)[number];

/** Those that need no neighbours. */
export type VectorEstimator = Exclude<EstimatorName, 'knn' | 'consistency'>;

/** What one says of the vectors of an encoder. */
export interface Estimate {
  readonly estimator: EstimatorName;
  /** Higher is better. Of those that give classes the share of right texts. */
  readonly score: number;
  /** [n] class given to each text by what did not see it; undefined where the estimator gives none. */
  readonly predicted?: Int32Array | undefined;
}

/** Of the cross-validation of the linear probe. */
const FOLDS = 5;

export interface EstimateParams {
  readonly labelled: Labelled;
  readonly estimators: readonly VectorEstimator[];
  /** Decides the folds. */
  readonly seed: number;
}

/** Estimates in the order asked for. What several need is computed once. */
export async function estimate({ labelled, estimators, seed }: EstimateParams, runtime: EstimatorRuntime): Promise<Estimate[]> {
  let moments: Promise<Moments> | undefined;
  const shared = (): Promise<Moments> => (moments ??= momentsOf(labelled, runtime));
  const found: Estimate[] = [];
  for (const estimator of estimators) found.push({ estimator, ...(await one(estimator)) });
  return found;

  async function one(estimator: VectorEstimator): Promise<Omit<Estimate, 'estimator'>> {
    switch (estimator) {
      case 'linear-probe': {
        const { labels, classes } = labelled;
        return classified((await linearProbe(labelled, { fold: stratifiedFolds({ labels, classes, folds: FOLDS, seed }), folds: FOLDS }, runtime)).predicted, labels);
      }
      case 'centroid':
        return classified(nearestCentroid(labelled), labelled.labels);
      case 'hscore':
        return { score: hscore(await shared()) };
      case 'logme':
        return { score: logme(await shared()) };
      case 'silhouette':
        return { score: await silhouette(labelled, runtime) };
      default:
        return estimator satisfies never;
    }
  }
}

export function classified(predicted: Int32Array, labels: Int32Array): Omit<Estimate, 'estimator'> {
  return { score: predicted.reduce((right, label, i) => right + Number(label === labels[i]), 0) / labels.length, predicted };
}
