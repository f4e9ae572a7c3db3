import path from 'node:path';
import { groupBy } from '../../../src/group-by.ts';
import { quantile } from '../../../src/statistics/quantile.ts';
import { readWork } from '../work-record.ts';

/** The scores of a training run, in points, and its cost. */
export interface Trained {
  readonly encoder: string;
  readonly dataset: string;
  readonly objective: string;
  readonly lr: number;
  readonly epochs: number;
  readonly seed: number;
  /** Number of training texts. */
  readonly train: number;
  readonly dev: number;
  readonly test: number;
  /** Text passes. */
  readonly texts: number;
  /** CPU seconds, including its test score. */
  readonly seconds: number;
}

/** The training runs of a folder. */
export async function readTrained(folder: string): Promise<Trained[]> {
  return (await readWork(path.join(folder, 'work.csv'))).flatMap((work): Trained[] => {
    if (work.kind !== 'train') return [];
    const { encoder, dataset, objective } = work;
    const [lr, epochs, seed, train, dev, test] = [work.lr, work.epochs, work.seed, work.train, work.dev, work.test].map(Number) as Six;
    return [
      { encoder, dataset, objective, lr, epochs, seed, train, dev, test, texts: Number(work.texts), seconds: Number(work.cpu_seconds) },
    ];
  });
}

type Six = [number, number, number, number, number, number];

/** With seconds at the median rate of the encoder's training runs on the dataset: removes the effect of other load on the machine. */
export function steadied(trained: readonly Trained[]): Trained[] {
  const placeOf = ({ encoder, dataset }: Trained): string => `${encoder} ${dataset}`;
  const rates = new Map(
    [...groupBy(trained, placeOf)].map(([place, own]) => [place, median(own.map(({ seconds, texts }) => seconds / texts))]),
  );
  return trained.map((each) => ({ ...each, seconds: each.texts * rates.get(placeOf(each))! }));
}

function median(values: readonly number[]): number {
  return quantile(Float64Array.from(values).toSorted(), 0.5);
}

/** Encoders fine-tuned on a dataset for an objective, all with the same seeds. */
export interface Cell {
  readonly dataset: string;
  readonly objective: string;
  readonly encoders: readonly string[];
  readonly seeds: readonly number[];
  /** Test score in points. */
  readonly score: (encoder: string, seed: number) => number;
}

/** The order of two is no more informative than chance. */
const FEWEST = 3;

/**
 * For each dataset and objective the seeds that most encoders have in common: two or more if three encoders have as many, so that there is
 * a ceiling; else one.
 */
export function cellsOf(trained: readonly Trained[]): Cell[] {
  return [...groupBy(trained, ({ dataset, objective }) => JSON.stringify([dataset, objective])).values()].flatMap((own): Cell[] => {
    const scores = new Map(own.map(({ encoder, seed, test }) => [`${seed} ${encoder}`, test]));
    const [names, all] = [
      [...new Set(own.map(({ encoder }) => encoder))],
      [...new Set(own.map(({ seed }) => seed))].toSorted((a, b) => a - b),
    ];
    for (let count = all.length; count > 0; count--) {
      const seeds = all.slice(0, count);
      const encoders = names.filter((name) => seeds.every((seed) => scores.has(`${seed} ${name}`)));
      if (encoders.length < FEWEST) continue;
      return [
        {
          dataset: own[0]!.dataset,
          objective: own[0]!.objective,
          encoders,
          seeds,
          score: (encoder, seed) => scores.get(`${seed} ${encoder}`)!,
        },
      ];
    }
    return [];
  });
}
