import { groupBy } from '../../../src/group-by.ts';
import { number, table } from './markdown.ts';
import { mean } from './measures.ts';
import type { Trained } from './trained.ts';

/** Training settings, and their dev scores. */
export interface Setting {
  readonly objective: string;
  readonly lr: number;
  readonly epochs: number;
  /** Mean over encoders and datasets of each seed's mean, in points below the best setting of the same encoder, dataset and seed. */
  readonly below: number;
  readonly trainings: number;
  readonly scores: ReadonlyMap<string, number>;
}

/** Settings of each objective, those closest to the best of each encoder, dataset and seed first. */
export function settingsOf(sweep: readonly Trained[]): Setting[] {
  return [...groupBy(sweep, ({ objective }) => objective)].flatMap(([objective, own]) => {
    const best = new Map([...groupBy(own, placeOf)].map(([place, all]) => [place, Math.max(...all.map(({ dev }) => dev))]));
    return [...groupBy(own, ({ lr, epochs }) => `${lr} ${epochs}`).values()]
      .map((all): Setting => ({
        objective,
        lr: all[0]!.lr,
        epochs: all[0]!.epochs,
        below: mean(all.map((each) => best.get(placeOf(each))! - each.dev)),
        trainings: all.length,
        scores: new Map(all.map((each) => [placeOf(each), each.dev])),
      }))
      .toSorted((a, b) => a.below - b.below || a.lr - b.lr);
  });
}

function placeOf({ encoder, dataset, seed }: Trained): string {
  return `${encoder}, ${dataset}, seed ${seed}`;
}

/** sweep.md: one table per objective. */
export function sweepTable(sweep: readonly Trained[]): string {
  const settings = settingsOf(sweep);
  const places = [...new Set(settings.flatMap(({ scores }) => [...scores.keys()]))];
  const tables = [...groupBy(settings, ({ objective }) => objective)].map(([objective, own]) => {
    const lines = own.map(({ lr, epochs, below, trainings, scores }) => [
      `${lr}, ${epochs}`,
      ...places.map((place) => number(scores.get(place))),
      number(below),
      String(trainings),
    ]);
    return `## ${objective}\n\n${table(['Learning rate, epochs', ...places, 'Below the best', 'Training runs'], lines)}`;
  });
  return `# How each objective is trained\n\n${ABOUT}\n\n${tables.join('\n\n')}\n`;
}

const ABOUT =
  'Micro-F1 on dev of encoders trained on 500 texts, 64 tokens, batches of 16. Below the best: mean points by which a setting is below ' +
  'the best setting tried with the same encoder, dataset and seed.';
