import { CHANCE, SIZE } from '../../../src/results/forecasts.ts';
import type { Groups } from './against.ts';
import type { DevOutcomes } from './dev-outcomes.ts';
import { number, percent, table } from './markdown.ts';
import { mean } from './measures.ts';
import type { Predictor } from './predictors.ts';
import { choicesOf, highest, replay, type Choice, type Replayed } from './replay.ts';
import type { Cell, Trained } from './trained.ts';

/** Fractions of the cost of a dataset's whole grid: every encoder, both objectives, every seed. */
const SHARES = [1 / 100, 1 / 30, 1 / 10, 1 / 3];
/** Maximum fraction of a budget for the screen; for the smallest part it takes what it needs. */
const SCREEN_SHARE = 0.15;

export interface ReplayTablesParams {
  readonly cells: readonly Cell[];
  readonly grid: readonly Trained[];
  readonly parts: readonly Trained[];
  readonly outcomes: DevOutcomes;
  /** The screen's estimator by number of texts, descending; costs are CPU seconds, NaN if missing. */
  readonly screens: readonly { readonly predictor: Predictor; readonly seconds: (dataset: string, encoder: string) => number }[];
  readonly predictors: readonly Predictor[];
  readonly held: { readonly dev: number; readonly test: number };
}

interface Line {
  readonly rule: string;
  readonly choices: readonly Choice[];
  /** Fraction of the grid's cost; NaN: the choice needs no training. */
  readonly spent: number;
  readonly trainings: number;
  readonly chance: number;
  readonly better: number;
}

/** `choose` within budgets compared with simple rules, as a table. */
export async function replayTable(title: string, groups: Groups, params: ReplayTablesParams): Promise<string> {
  const places = params.cells.flatMap((cell) => groups(cell.encoders).map((encoders) => ({ cell, encoders })));
  const raced = (await Promise.all(SHARES.map((share) => racedAt(share, places, params)))).filter((line) => line !== undefined);
  // The rules are evaluated on the same questions as the race.
  const asked = raced[0]?.choices ?? [];
  if (asked.length === 0) return `## ${title}\n\nNo results yet: needs the first seed on all texts and on the parts.`;
  const rule = (name: string, of: (choice: Choice) => (encoder: string) => number | undefined): Line => ({
    rule: name,
    choices: asked.map((choice) => ({ ...choice, chosen: highest(choice.encoders, of(choice)) })),
    ...FREE,
  });
  const dev = (choice: Choice, seeds: readonly number[]) => (encoder: string) =>
    mean(
      ofCell(params.grid, choice.cell)
        .filter((each) => each.encoder === encoder && seeds.includes(each.seed))
        .map((each) => each.dev),
    );
  const lines = [
    ...raced,
    rule(CHANCE, () => () => 0),
    rule('the largest', predicted(params.predictors.find(({ name }) => name === SIZE))),
    rule(`top-ranked by ${params.screens[0]!.predictor.name}`, predicted(params.screens[0]!.predictor)),
    rule('all trained with one seed, best on dev', (choice) => dev(choice, choice.cell.seeds.slice(0, 1))),
    rule('all trained with all seeds, best on dev', (choice) => dev(choice, choice.cell.seeds)),
  ];
  const head = ['Rule', 'Spent', 'Trainings', 'Best', 'Within 0.5', 'Regret', 'Worst regret', 'Claimed probability', 'Observed', 'Choices'];
  return `## ${title}\n\n${table(head, lines.map(lineOf))}`;
}

function predicted(predictor: Predictor | undefined) {
  return ({ cell }: Choice) =>
    (encoder: string): number | undefined =>
      predictor?.of(cell.dataset, encoder);
}

const FREE = { spent: Number.NaN, trainings: Number.NaN, chance: Number.NaN, better: Number.NaN };

function lineOf({ rule, choices, spent, trainings, chance, better }: Line): string[] {
  const { best, near, regret, worst, choices: count } = choicesOf(choices);
  const share = Number.isNaN(spent) ? '–' : `${(100 * spent).toFixed(1)}%`;
  return [
    rule,
    share,
    number(trainings, 1),
    percent(best),
    percent(near),
    number(regret),
    number(worst),
    percent(chance),
    percent(better),
    String(count),
  ];
}

interface Place {
  readonly cell: Cell;
  readonly encoders: readonly string[];
}

async function racedAt(share: number, places: readonly Place[], params: ReplayTablesParams): Promise<Line | undefined> {
  const found: { readonly choice: Choice; readonly replayed: Replayed; readonly spent: number }[] = [];
  for (const { cell, encoders } of places) {
    const among = params.grid.filter((each) => each.dataset === cell.dataset && encoders.includes(each.encoder));
    const cost = among.reduce((sum, { seconds }) => sum + seconds, 0);
    const budget = share * cost;
    const costOf = (screen: ReplayTablesParams['screens'][number]): number =>
      encoders.reduce((sum, encoder) => sum + screen.seconds(cell.dataset, encoder), 0);
    const there = params.screens.filter((each) => !Number.isNaN(costOf(each)));
    const screen = there.find((each) => costOf(each) <= SCREEN_SHARE * budget) ?? there.at(-1);
    if (screen === undefined) continue;
    const replayed = await replay({
      cell,
      encoders,
      trained: [...ofCell(params.grid, cell), ...ofCell(params.parts, cell)],
      outcomes: params.outcomes,
      frozen: (encoder) => screen.predictor.of(cell.dataset, encoder),
      unit: 'seconds',
      budget: Math.max(0, budget - costOf(screen)),
      held: params.held,
    });
    if (replayed === undefined) continue;
    found.push({ choice: { cell, encoders, chosen: [replayed.winner] }, replayed, spent: (replayed.spent + costOf(screen)) / cost });
  }
  if (found.length === 0) return undefined;
  return {
    rule: `choose within 1/${Math.round(1 / share)}`,
    choices: found.map(({ choice }) => choice),
    spent: mean(found.map(({ spent }) => spent)),
    trainings: mean(found.map(({ replayed }) => replayed.trainings)),
    chance: mean(found.map(({ replayed }) => replayed.chance)),
    better: mean(found.map(({ replayed }) => Number(replayed.better))),
  };
}

export function ofCell(trained: readonly Trained[], { dataset, objective }: Cell): Trained[] {
  return trained.filter((each) => each.dataset === dataset && each.objective === objective);
}

/** All sets of three encoders. */
export const threes: Groups = (encoders) =>
  encoders.flatMap((a, i) => encoders.slice(i + 1).flatMap((b, j) => encoders.slice(i + j + 2).map((c) => [a, b, c])));
