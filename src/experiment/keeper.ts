import path from 'node:path';
import type { ResultsFolder } from '../results/folder.ts';
import { mergeCosts, readCosts, writeCosts, type CostRow } from '../results/costs.ts';
import { curveRow, mergeCurves, readCurves, writeCurves, type CurveRow, type Epoch } from '../results/curves.ts';
import { mergeEstimates, readEstimates, writeEstimates, type EstimateRow } from '../results/estimates.ts';
import { mergeRows } from '../results/merge.ts';
import type { Row } from '../results/row.ts';
import type { ScoredCell } from '../results/scored.ts';
import { mergeTimings, readTimings, timingRow, writeTimings, type Timing } from '../results/timings.ts';

/**
 * Stores the results of an experiment as they come: in a results folder, or in memory. Each result is stored before the next is computed.
 */
export interface Keeper {
  /** Throws if existing results were made from other inputs and may not be replaced. `expected`: rows without scores. */
  check(expected: readonly Row[]): Promise<void>;
  /** Those of the expected rows that exist and may stay; undefined unless all may. */
  kept(expected: readonly Row[]): Promise<readonly Row[] | undefined>;
  add(cells: readonly ScoredCell[]): Promise<void>;
  addTimings(timings: readonly Timing[]): Promise<void>;
  /** Whether the learning curve of a training run is stored. */
  hasCurve(hash: string): boolean;
  addCurve(curve: readonly Epoch[]): Promise<void>;
  /** Deletes curves of training runs whose rows were replaced. */
  pruneCurves(): Promise<void>;
  /** Costs of encoders measured before. */
  readonly costs: readonly CostRow[];
  addEstimates(estimates: readonly EstimateRow[], cost: CostRow | undefined): Promise<void>;
  /** Folder for files that are not tables, such as vectors per epoch; undefined: none. */
  readonly folder: string | undefined;
  /** Existing results are computed again. */
  readonly overwrite: boolean;
}

const TIMINGS = 'timings.csv';
const CURVES = 'training.csv';
const ESTIMATES = 'estimates.csv';
const COSTS = 'costs.csv';

/** A results folder as a keeper. Throws FORMAT for an invalid table in it, before anything is computed. */
export async function folderKeeper(results: ResultsFolder): Promise<Keeper> {
  const [timings, curves, estimates, costs] = [TIMINGS, CURVES, ESTIMATES, COSTS].map((name) => path.join(results.path, name)) as [
    string,
    string,
    string,
    string,
  ];
  await readTimings(timings);
  await readEstimates(estimates);
  let known: readonly CurveRow[] = await readCurves(curves);
  const measured = await readCosts(costs);
  return {
    folder: results.path,
    overwrite: results.policy === 'overwrite',
    costs: measured,
    check: async (expected) => {
      await results.check(expected);
      await results.add([]);
    },
    kept: async (expected) => results.kept(expected),
    add: async (cells) => results.add(cells),
    // Added with each result, like rows in results.csv: a run that is killed and resumed has the timings of both parts.
    addTimings: async (fresh) =>
      results.write(TIMINGS, async (file) =>
        writeTimings({ file, rows: mergeTimings({ old: await readTimings(file), fresh: fresh.map(timingRow) }) }),
      ),
    hasCurve: (hash) => known.some(({ training }) => training === hash),
    addCurve: async (curve) =>
      results.write(CURVES, async (file) => {
        // Another run may have added rows in the meantime.
        known = mergeCurves({ old: await readCurves(file), fresh: curve.map(curveRow) });
        await writeCurves({ file, rows: known });
      }),
    pruneCurves: async () =>
      results.write(CURVES, async (file) => {
        const hashes = new Set(results.rows.map(({ training }) => training));
        const all = await readCurves(file);
        // Curves written by older versions have no hash, and stay.
        const kept = all.filter(({ training }) => training === '' || hashes.has(training));
        if (kept.length < all.length) await writeCurves({ file, rows: kept });
      }),
    addEstimates: async (fresh, cost) => {
      await results.write(ESTIMATES, async (file) =>
        writeEstimates({ file, rows: mergeEstimates({ old: await readEstimates(file), fresh }) }),
      );
      if (cost === undefined) return;
      await results.write(COSTS, async (file) => writeCosts({ file, rows: mergeCosts({ old: await readCosts(file), fresh: [cost] }) }));
    },
  };
}

/** What a keeper in memory has stored. */
export interface Kept {
  rows: Row[];
  timings: Timing[];
  curves: Epoch[];
  estimates: EstimateRow[];
  costs: CostRow[];
}

/** Results in memory only: there are no earlier ones. */
export function memoryKeeper(): Keeper & { readonly results: Kept } {
  const results: Kept = { rows: [], timings: [], curves: [], estimates: [], costs: [] };
  return {
    results,
    folder: undefined,
    overwrite: false,
    costs: [],
    check: async () => undefined,
    kept: async () => undefined,
    add: async (cells) => void (results.rows = mergeRows({ old: results.rows, fresh: cells.map(({ row }) => row) })),
    addTimings: async (fresh) => void (results.timings = [...new Set([...results.timings, ...fresh])]),
    hasCurve: () => false,
    addCurve: async (curve) => void results.curves.push(...curve),
    pruneCurves: async () => undefined,
    addEstimates: async (fresh, cost) => {
      results.estimates = mergeEstimates({ old: results.estimates, fresh });
      if (cost !== undefined) results.costs = mergeCosts({ old: results.costs, fresh: [cost] });
    },
  };
}
