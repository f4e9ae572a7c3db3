import type { RealRow } from '../real.ts';
import { number, table } from './markdown.ts';
import { ofCell, type ReplayTablesParams } from './replay-tables.ts';
import { replay } from './replay.ts';

/** Choices that were made, compared with their replay, with text passes as costs; empty if none were made. */
export async function realTable(real: readonly RealRow[], params: ReplayTablesParams): Promise<string> {
  const lines = await Promise.all(real.map((row) => realLine(row, params)));
  const head = [
    'Dataset',
    'Objective',
    'Encoders',
    'Budget (text passes)',
    'Chosen',
    'In the replay',
    'Trainings',
    'In the replay',
    'Passes',
    'In the replay',
  ];
  return lines.length === 0 ? '' : `## Real choices\n\n${table(head, lines, 2)}`;
}

async function realLine(row: RealRow, { cells, grid, parts, outcomes, screens, held }: ReplayTablesParams): Promise<string[]> {
  const encoders = row.encoders.split(' ');
  const seeds = row.seeds.split(' ').map(Number);
  const found = cells.find(({ dataset, objective }) => dataset === row.dataset && objective === row.objective);
  const cell = found && { ...found, seeds: found.seeds.filter((seed) => seeds.includes(seed)) };
  const screen = screens[0]!.predictor;
  const replayed =
    cell &&
    (await replay({
      cell,
      encoders,
      trained: [...ofCell(grid, cell), ...ofCell(parts, cell)],
      outcomes,
      frozen: (encoder) => screen.of(cell.dataset, encoder),
      unit: 'texts',
      budget: Number(row.budget_texts) - encoders.length * screen.texts,
      held,
    }));
  return [
    row.dataset,
    row.objective,
    String(encoders.length),
    row.budget_texts,
    row.winner,
    replayed?.winner ?? '–',
    row.trainings,
    number(replayed?.trainings, 0),
    row.spent_texts,
    number(replayed?.spent, 0),
  ];
}
