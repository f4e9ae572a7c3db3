import { MARGIN } from '../../../src/choosing/claim.ts';
import { groupBy } from '../../../src/group-by.ts';
import { meanScore } from './against.ts';
import { number, table } from './markdown.ts';
import type { Cell } from './trained.ts';

/** How far apart encoders are after fine-tuning: what a choice can gain. */
export function stakes(cells: readonly Cell[]): string {
  const lines = [...groupBy(cells, ({ objective }) => objective)].flatMap(([objective, own]) =>
    own.map((cell) => {
      const scores = cell.encoders
        .map((encoder) => ({ encoder, score: meanScore(cell, encoder, cell.seeds) }))
        .toSorted((a, b) => b.score - a.score);
      const [first, second] = scores;
      const tied = scores.filter(({ score }) => score >= first!.score - 100 * MARGIN - 1e-9).length;
      return [
        cell.dataset,
        objective,
        first!.encoder,
        number(first!.score),
        number(first!.score - second!.score),
        number(first!.score - scores.at(-1)!.score),
        String(tied),
        String(cell.seeds.length),
        String(cell.encoders.length),
      ];
    }),
  );
  const head = ['Dataset', 'Objective', 'Best', 'Score', 'Ahead of second', 'Ahead of last', 'Within 0.5', 'Seeds', 'Encoders'];
  return `## What a choice can gain\n\n${table(head, lines, 3)}`;
}
