import type { PoolingEstimates, Estimate, RankedEncoder } from '../estimators/ranked.ts';
import { HarnessError } from '../errors.ts';

/**
 * A ranked encoder as a plain value: what texts were given are lists of numbers, and the truth, the same everywhere on the same texts, is
 * said once.
 */
export interface RankedValue extends Omit<RankedEncoder, 'poolings' | 'curve'> {
  readonly poolings: PlacesValue;
  readonly curve: PlacesValue;
}

interface PlacesValue {
  /** [n] class of each text, and how many classes there are; undefined where no estimator gives texts classes. */
  readonly truth: readonly number[] | undefined;
  readonly classes: number;
  readonly places: readonly PlaceValue[];
}

interface PlaceValue extends Omit<PoolingEstimates, 'estimates'> {
  readonly estimates: readonly EstimateValue[];
}

interface EstimateValue extends Pick<Estimate, 'estimator'> {
  /** As text where it is no finite number, which JSON does not know. */
  readonly score: number | string;
  /** [n] */
  readonly predicted: readonly number[] | undefined;
}

export function rankedValue(ranked: RankedEncoder): RankedValue {
  return { ...ranked, poolings: placesValue(ranked.poolings), curve: placesValue(ranked.curve) };
}

/** @throws HarnessError FORMAT where it gives other texts than there are */
export function rankedOf(value: RankedValue): RankedEncoder {
  return { ...value, poolings: placesOf(value.poolings), curve: placesOf(value.curve) };
}

function placesValue(places: readonly PoolingEstimates[]): PlacesValue {
  const outcomes = places.flatMap(({ estimates }) => estimates.flatMap((each) => each.outcomes ?? []));
  const first = outcomes[0];
  if (outcomes.some(({ kind }) => kind !== 'single')) throw new HarnessError('INTERNAL', { what: 'Estimators give a text one class.' });
  return {
    truth: first?.kind === 'single' ? [...first.truth] : undefined,
    classes: first?.classes ?? 0,
    places: places.map((place) => ({
      ...place,
      estimates: place.estimates.map(({ estimator, score, outcomes: given }) => ({
        estimator,
        score: Number.isFinite(score) ? score : String(score),
        predicted: given?.kind === 'single' ? [...given.predicted] : undefined,
      })),
    })),
  };
}

function placesOf({ truth, classes, places }: PlacesValue): PoolingEstimates[] {
  const known = truth && Int32Array.from(truth);
  return places.map((place) => ({
    ...place,
    estimates: place.estimates.map(({ estimator, score, predicted }): Estimate => {
      if (predicted !== undefined && predicted.length !== known?.length) {
        throw new HarnessError('FORMAT', { what: 'A ranking gives classes to other texts than it has.' });
      }
      const outcomes = predicted && { kind: 'single' as const, truth: known!, predicted: Int32Array.from(predicted), classes };
      return { estimator, score: Number(score), outcomes };
    }),
  }));
}
