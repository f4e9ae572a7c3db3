import { HarnessError } from '../errors.ts';
import { nearestCentroid } from './centroid.ts';
import { groupedFolds, stratifiedFolds } from './folds.ts';
import { hscore } from './hscore.ts';
import type { Labelled } from './labelled.ts';
import { leep } from './leep.ts';
import { linearProbe } from './linear-probe.ts';
import { logme } from './logme.ts';
import { logmeRegression } from './logme-regression.ts';
import { momentsOf, type Moments } from './moments.ts';
import { fitRidge } from './ridge.ts';
import type { EstimatorRuntime } from './runtime.ts';
import { silhouette } from './silhouette.ts';
import { spearman } from '../statistics/rank-correlation.ts';
import type { Targeted } from './targeted.ts';

/** For tags of words: there is no second tag. The first two share one neighbour search. */
export const TAG_ESTIMATORS = ['knn', 'consistency', 'linear-probe', 'centroid', 'hscore', 'logme', 'silhouette'] as const;
/** For classes; leep needs a second label for each text. */
export const CLASS_ESTIMATORS = [...TAG_ESTIMATORS, 'leep'] as const;
/** Estimators of how well an encoder will perform once fine-tuned, from its frozen vectors. The last two are for numbers. */
export const ESTIMATORS = [...CLASS_ESTIMATORS, 'ridge', 'cosine'] as const;
export type EstimatorName = (typeof ESTIMATORS)[number];

/** For numbers; cosine only for pairs of texts. */
export const NUMBER_ESTIMATORS = ['knn', 'ridge', 'logme', 'cosine'] as const satisfies readonly EstimatorName[];

/** Fitted to vectors: for pairs, the features include a and b themselves. */
export const FITTED_TO_VECTORS: readonly EstimatorName[] = ['linear-probe', 'hscore', 'logme', 'leep', 'ridge'];

/** Those that need neither neighbours nor two vectors. */
export type VectorEstimator = Exclude<EstimatorName, 'knn' | 'consistency' | 'cosine'>;

/** Score of an estimator for the vectors of an encoder. */
export interface Estimate {
  readonly estimator: EstimatorName;
  /** Higher is better. For estimators that predict classes, accuracy; numbers, Spearman's correlation with the targets. */
  readonly score: number;
  /** [n] held-out prediction of a class or number for each text; undefined if the estimator makes none. */
  readonly predicted?: Int32Array | Float64Array | undefined;
}

/** Labels of the same texts in another field. */
export interface SourceLabels {
  /** [n] each of 0 to classes - 1 */
  readonly labels: Int32Array;
  readonly classes: number;
}

/** Folds of the linear probe's cross-validation. */
const FOLDS = 5;

export interface EstimateParams {
  readonly labelled: Labelled | Targeted;
  readonly estimators: readonly VectorEstimator[];
  /** Required by leep. */
  readonly source?: SourceLabels | undefined;
  /** Determines the folds. */
  readonly seed: number;
}

/**
 * Estimates in the order requested. Shared intermediate results are computed once. Throws INTERNAL if leep has no source labels, or an
 * estimator does not apply to such labels.
 */
export async function estimate(params: EstimateParams, runtime: EstimatorRuntime): Promise<Estimate[]> {
  const { labelled } = params;
  return 'targets' in labelled ? ofNumbers(labelled, params.estimators, runtime) : ofClasses({ ...params, labelled }, runtime);
}

async function ofNumbers(targeted: Targeted, estimators: readonly VectorEstimator[], runtime: EstimatorRuntime): Promise<Estimate[]> {
  const found: Estimate[] = [];
  for (const estimator of estimators) {
    if (estimator === 'ridge') found.push({ estimator, ...correlated((await fitRidge(targeted, runtime)).leftOut, targeted.targets) });
    else if (estimator === 'logme') found.push({ estimator, score: await logmeRegression(targeted, runtime) });
    else throw new HarnessError('INTERNAL', { what: `${estimator} does not apply to numbers.` });
  }
  return found;
}

/** Outcomes of an estimator that predicts numbers. */
export function correlated(predicted: Float64Array, targets: Float64Array): Omit<Estimate, 'estimator'> {
  return { score: spearman(targets, predicted), predicted };
}

async function ofClasses(
  { labelled, estimators, source, seed }: EstimateParams & { readonly labelled: Labelled },
  runtime: EstimatorRuntime,
): Promise<Estimate[]> {
  let moments: Promise<Moments> | undefined;
  const shared = (): Promise<Moments> => (moments ??= momentsOf(labelled, runtime));
  const probe = (of: Labelled) => linearProbe(of, { fold: foldsOf(of, seed), folds: FOLDS }, runtime);
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
      case 'ridge':
        throw new HarnessError('INTERNAL', { what: 'ridge does not apply to classes.' });
      default:
        return estimator satisfies never;
    }
  }
}

function foldsOf({ labels, classes, groups }: Labelled, seed: number): Int32Array {
  if (groups !== undefined) return groupedFolds({ groups, folds: FOLDS, seed });
  return stratifiedFolds({ labels, classes, folds: FOLDS, seed });
}

export function classified(predicted: Int32Array, labels: Int32Array): Omit<Estimate, 'estimator'> {
  return { score: predicted.reduce((right, label, i) => right + Number(label === labels[i]), 0) / labels.length, predicted };
}
