import type { PoolingEstimates, Estimate, RankedEncoder } from '../estimators/ranked.ts';
import { HarnessError } from '../errors.ts';
import type { ListOutcomes } from '../statistics/ties.ts';

/**
 * A ranked encoder as a plain value: predictions are lists of numbers, and the truth, which is the same for all estimators, is stored once.
 */
export interface RankedValue extends Omit<RankedEncoder, 'poolings' | 'curve'> {
  readonly poolings: PlacesValue;
  readonly curve: PlacesValue;
}

interface PlacesValue {
  /** [n] class or number of each text, and the number of classes; undefined if no estimator predicts them. */
  readonly truth: readonly number[] | undefined;
  readonly classes: number;
  /** Texts have numbers instead of classes. */
  readonly numbers?: true | undefined;
  readonly places: readonly PlaceValue[];
}

interface PlaceValue extends Omit<PoolingEstimates, 'estimates'> {
  readonly estimates: readonly EstimateValue[];
}

interface EstimateValue extends Pick<Estimate, 'estimator'> {
  /** A string if not finite, as JSON has no such numbers. */
  readonly score: number | string;
  /** [n] */
  readonly predicted: readonly number[] | undefined;
  /** [sentences] of counts: matches between truth and predictions. */
  readonly hits?: readonly number[] | undefined;
}

export function rankedValue(ranked: RankedEncoder): RankedValue {
  return { ...ranked, poolings: placesValue(ranked.poolings), curve: placesValue(ranked.curve) };
}

/** @throws HarnessError FORMAT if its texts do not match */
export function rankedOf(value: RankedValue): RankedEncoder {
  return { ...value, poolings: placesOf(value.poolings), curve: placesOf(value.curve) };
}

function placesValue(places: readonly PoolingEstimates[]): PlacesValue {
  const outcomes = places.flatMap(({ estimates }) => estimates.flatMap((each) => each.outcomes ?? []));
  const first = outcomes[0];
  if (outcomes.some(({ kind }) => kind === 'multi')) throw new HarnessError('INTERNAL', { what: 'Estimators predict one class per text.' });
  return {
    truth: first === undefined ? undefined : [...(first.truth as Iterable<number>)],
    classes: first === undefined || !('classes' in first) ? 0 : first.classes,
    ...(first?.kind === 'numbers' && { numbers: true as const }),
    places: places.map((place) => ({
      ...place,
      estimates: place.estimates.map(({ estimator, score, outcomes: given }) => ({
        estimator,
        score: Number.isFinite(score) ? score : String(score),
        predicted: given === undefined ? undefined : [...(given.predicted as Iterable<number>)],
        ...(given?.kind === 'counts' && { hits: [...given.hits] }),
      })),
    })),
  };
}

function placesOf({ truth, classes, numbers, places }: PlacesValue): PoolingEstimates[] {
  const known = truth && (numbers === true ? Float64Array.from(truth) : Int32Array.from(truth));
  return places.map((place) => ({
    ...place,
    estimates: place.estimates.map(({ estimator, score, predicted, hits }): Estimate => {
      if (predicted !== undefined && predicted.length !== known?.length) {
        throw new HarnessError('FORMAT', { what: 'A ranking has predictions for texts that it does not have.' });
      }
      return { estimator, score: Number(score), outcomes: predicted && outcomesOf(known!, { predicted, hits, classes }) };
    }),
  }));
}

interface Given {
  readonly predicted: readonly number[];
  readonly hits: readonly number[] | undefined;
  readonly classes: number;
}

function outcomesOf(truth: Float64Array | Int32Array, { predicted, hits, classes }: Given): ListOutcomes {
  if (truth instanceof Float64Array) return { kind: 'numbers', truth, predicted: Float64Array.from(predicted) };
  if (hits !== undefined) return { kind: 'counts', truth, predicted: Int32Array.from(predicted), hits: Int32Array.from(hits) };
  return { kind: 'single', truth, predicted: Int32Array.from(predicted), classes };
}
