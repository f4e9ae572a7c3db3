import { HarnessError } from '../errors.ts';
import { kindsOf, type Kinds } from './kinds.ts';
import { scoresOf, type ClassOutcomes, type CountOutcomes, type NumberOutcomes, type Outcomes } from './outcomes.ts';
import { regressionScores, type RegressionScore } from './regression-scores.ts';
import { kindsOfPlaces, regressionPlaces, RegressionTally } from './regression-tally.ts';
import { Tally, type Tallied } from './tally.ts';

/** A metric of classes, as a fraction, or of regression, in its unit; `f1` of counts. */
export type ScoreName = Tallied | RegressionScore | 'f1';

/** A metric of several outcomes on the same texts, for the whole and for resamples. */
export interface ResampledScore {
  readonly kinds: Kinds;
  /** [outcomes] on all texts. */
  readonly values: readonly number[];
  /** [outcomes] on a resample: number of texts per kind, and in total. NaN if the metric is undefined in the resample. */
  readonly ofResample: readonly ((counts: Int32Array, n: number) => number)[];
}

/** Throws INTERNAL if the metric does not apply to the outcomes. */
export function resampledScore(all: readonly (Outcomes | CountOutcomes)[], score: ScoreName): ResampledScore {
  const mixed = (): never => {
    throw new HarnessError('INTERNAL', { what: `The outcomes have no ${score}.` });
  };
  if (score === 'f1') return ofCounts(all.map((each) => (each.kind === 'counts' ? each : mixed())));
  if (isOfNumbers(score))
    return ofNumbers(
      all.map((each) => (each.kind === 'numbers' ? each : mixed())),
      score,
    );
  return ofClasses(
    all.map((each) => (each.kind === 'single' || each.kind === 'multi' ? each : mixed())),
    score,
  );
}

const OF_NUMBERS: readonly string[] = ['spearman', 'pearson', 'rmse', 'mae', 'r2'] satisfies readonly RegressionScore[];

function isOfNumbers(score: ScoreName): score is RegressionScore {
  return OF_NUMBERS.includes(score);
}

function ofCounts(all: readonly CountOutcomes[]): ResampledScore {
  const kinds = kindsOf(all.flatMap(({ hits, truth, predicted }) => [hits, truth, predicted]));
  const once = new Int32Array(kinds.examples.length);
  for (const kind of kinds.of) once[kind]!++;
  const ofResample = all.map((outcomes) => {
    const [hits, truth, predicted] = [outcomes.hits, outcomes.truth, outcomes.predicted].map((counts) =>
      kinds.examples.map((at) => counts[at]!),
    );
    return (counts: Int32Array): number => {
      let [both, either] = [0, 0];
      for (let i = 0; i < counts.length; i++) {
        both += counts[i]! * hits![i]!;
        either += counts[i]! * (truth![i]! + predicted![i]!);
      }
      return either === 0 ? 0 : (2 * both) / either;
    };
  });
  return { kinds, values: ofResample.map((value) => value(once)), ofResample };
}

function ofClasses(all: readonly ClassOutcomes[], score: Tallied): ResampledScore {
  const kinds = kindsOf([all[0]!.truth, ...all.map((each) => each.predicted)]);
  const found = { accuracy: 0, microF1: 0, macroF1: 0 };
  return {
    kinds,
    values: all.map((each) => scoresOf(each)[score]),
    ofResample: all.map((outcomes) => {
      const tally = new Tally({ outcomes, examples: kinds.examples });
      return (counts, n) => {
        tally.score(counts, n, found);
        return found[score];
      };
    }),
  };
}

function ofNumbers(all: readonly NumberOutcomes[], score: RegressionScore): ResampledScore {
  const places = all.map((each) => regressionPlaces(each));
  const kinds = kindsOfPlaces([places[0]!.truth, ...places.map((each) => each.predicted)]);
  return {
    kinds,
    values: all.map((each) => regressionScores(each)[score]),
    ofResample: all.map((outcomes, at) => {
      const tally = new RegressionTally({ outcomes, places: places[at]!, kinds });
      return (counts, n) => tally.score(score, counts, n);
    }),
  };
}
