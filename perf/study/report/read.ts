import path from 'node:path';
import { readCosts, type CostRow } from '../../../src/results/costs.ts';
import { readRows } from '../../../src/results/csv.ts';
import { readEstimates, type EstimateRow } from '../../../src/results/estimates.ts';
import type { Row } from '../../../src/results/row.ts';
import { readTrained, type Trained } from './trained.ts';

/** All committed data of the study. */
export interface Study {
  /** Frozen and fine-tuned rows, of the grid. */
  readonly rows: readonly Row[];
  readonly estimates: readonly EstimateRow[];
  readonly costs: readonly CostRow[];
  readonly grid: readonly Trained[];
  readonly parts: readonly Trained[];
  readonly sweep: readonly Trained[];
  readonly parameters: ReadonlyMap<string, number>;
}

export async function readStudy(out: string): Promise<Study> {
  const costs = await readCosts(path.join(out, 'frozen', 'costs.csv'));
  return {
    rows: (await readRows(path.join(out, 'grid', 'results.csv'))).rows,
    estimates: await readEstimates(path.join(out, 'frozen', 'estimates.csv')),
    costs,
    grid: await readTrained(path.join(out, 'grid')),
    parts: await readTrained(path.join(out, 'parts')),
    sweep: await readTrained(path.join(out, 'sweep')),
    parameters: new Map(costs.map(({ encoder, parameters }) => [encoder, Number(parameters)])),
  };
}
