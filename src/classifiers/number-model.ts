import { row } from '../numeric/matrix.ts';
import type { Matrix } from '../numeric/matrix.ts';
import type { RegressionDataset } from '../datasets/dataset.ts';
import { pairCosines } from '../embed/pair-rows.ts';
import type { VectorSpec } from '../embed/vectors.ts';
import { HarnessError } from '../errors.ts';
import { middle } from '../statistics/quantile.ts';
import { rowsOfSplits, splitOutcomes } from '../training/evaluate.ts';
import { OBJECTIVES } from '../training/objectives.ts';
import { cosineScale, targetScale } from '../training/target-scale.ts';
import type { Head } from './head.ts';
import type { NumberPrediction } from './prediction.ts';
import type { ClassifierRecord } from './record.ts';
import type { SaveParams } from './save-params.ts';

/** A training run on numbers. */
export type NumberSaveParams = Omit<SaveParams, 'spec'> & { readonly dataset: RegressionDataset; readonly spec: VectorSpec };

/** Coverage that prediction intervals aim at for new texts. */
const SHARE = 0.9;

/**
 * The head that predicts numbers in the unit of the targets: standardisation is folded into it; undefined if numbers are cosines. Throws
 * INTERNAL if there is none.
 */
export function numberHead({ objective, dataset, trained: { parameters } }: NumberSaveParams): Head | undefined {
  if (OBJECTIVES[objective].needs.apart) return undefined;
  const { 'head.weight': weight, 'head.bias': bias } = parameters;
  if (weight === undefined || bias === undefined) throw new HarnessError('INTERNAL', { what: 'A training on numbers has no head.' });
  const { mean, deviation } = targetScale(dataset, rowsOfSplits(dataset, ['train']));
  return { weight: weight.map((value) => value * deviation), bias: Float32Array.of(mean + deviation * bias[0]!), unit: false };
}

/** The record of a model of numbers, with the residuals on dev, if there is one. */
export function numberRecord({
  encoder,
  dataset,
  pooling,
  objective,
  neighbours: { k, metric, votes },
  result,
}: NumberSaveParams): ClassifierRecord {
  const { prompt, maxLength } = encoder;
  const dev = result.scores.find(({ split }) => split === 'dev');
  return {
    version: 1,
    kind: 'regression',
    ...(dataset.seconds !== undefined && { pairs: true as const }),
    ...(OBJECTIVES[objective].needs.apart && { cosine: cosineScale(dataset, rowsOfSplits(dataset, ['train'])) }),
    classes: [],
    multiLabel: false,
    pooling,
    maxLength: maxLength === Infinity ? null : maxLength,
    ...(prompt !== undefined && { prompt: { ...(prompt.name !== undefined && { name: prompt.name }), text: prompt.text } }),
    neighbours: { k, metric, votes },
    temperature: 1,
    ...(dev !== undefined && { residuals: residualsOf(splitOutcomes(dataset, dev) as Outcomes) }),
    dataset: { name: dataset.key, hash: dataset.hash, labelField: dataset.labelField },
  };
}

interface Outcomes {
  readonly truth: Float64Array;
  readonly predicted: Float64Array;
}

function residualsOf({ truth, predicted }: Outcomes): NonNullable<ClassifierRecord['residuals']> {
  const { low, high } = middle(
    truth.map((target, text) => target - predicted[text]!),
    SHARE,
  );
  return { split: 'dev', texts: truth.length, share: SHARE, low, high };
}

/** Numbers predicted for vectors, [texts], in the unit of the targets; sums in float64. */
export function headNumbers({ weight, bias }: Head, vectors: Matrix): Float64Array {
  return Float64Array.from({ length: vectors.rows }, (_, text) => {
    const vector = row(vectors, text);
    let sum = bias[0]!;
    for (let i = 0; i < vectors.cols; i++) sum += vector[i]! * weight[i]!;
    return sum;
  });
}

/**
 * Numbers predicted for pairs with vectors `first` and `second`, [pairs, width] each, with a record's scaling (`cosine`) of their cosines.
 */
export function cosineNumbers({ mean, deviation }: NonNullable<ClassifierRecord['cosine']>, first: Matrix, second: Matrix): Float64Array {
  const both = { rows: 2 * first.rows, cols: first.cols, data: new Float32Array(2 * first.data.length) };
  both.data.set(first.data);
  both.data.set(second.data, first.data.length);
  return pairCosines(both).map((cosine) => mean + deviation * cosine);
}

/** A number with its interval, if residuals are known. */
export function numberPrediction(value: number, { residuals }: Pick<ClassifierRecord, 'residuals'>, truncated: boolean): NumberPrediction {
  return { value, ...(residuals !== undefined && { low: value + residuals.low, high: value + residuals.high }), truncated };
}
