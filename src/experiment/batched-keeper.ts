import type { CostRow } from '../results/costs.ts';
import type { Epoch } from '../results/curves.ts';
import type { EstimateRow } from '../results/estimates.ts';
import type { ScoredCell } from '../results/scored.ts';
import type { Timing } from '../results/timings.ts';
import type { Keeper } from './keeper.ts';

/** Minimum milliseconds between two writes, and minimum ratio of that interval to the duration of the last write. */
const EVERY = 1000;
const TIMES = 10;

export interface BatchedKeeper extends Keeper {
  /** Writes what is pending. Must be called at the end, also after a failure. */
  flush(): Promise<void>;
}

/**
 * A keeper that writes results in batches. Tables are rewritten as a whole, so writing each result separately takes longer the more there
 * are. Results that a queue keeps anyway, to be collected again after a crash, may wait for a second, or for ten times the duration of a
 * write.
 */
export function batchedKeeper(keeper: Keeper, now: () => number = () => performance.now()): BatchedKeeper {
  let cells: ScoredCell[] = [];
  let timings: Timing[] = [];
  let curves: Epoch[] = [];
  let estimates: EstimateRow[] = [];
  let costs: CostRow[] = [];
  let [written, took] = [now(), 0];

  async function flush(): Promise<void> {
    const waiting = { cells, timings, curves, estimates, costs };
    [cells, timings, curves, estimates, costs] = [[], [], [], [], []];
    const begun = now();
    if (waiting.cells.length > 0) await keeper.add(waiting.cells);
    if (waiting.timings.length > 0) await keeper.addTimings(waiting.timings);
    if (waiting.curves.length > 0) await keeper.addCurve(waiting.curves);
    const [first, ...others] = waiting.costs;
    if (waiting.estimates.length > 0 || first !== undefined) await keeper.addEstimates(waiting.estimates, first);
    for (const cost of others) await keeper.addEstimates([], cost);
    written = now();
    took = written - begun;
  }

  async function due(): Promise<void> {
    if (now() - written >= Math.max(EVERY, TIMES * took)) await flush();
  }

  return {
    folder: keeper.folder,
    overwrite: keeper.overwrite,
    get costs() {
      return keeper.costs;
    },
    check: (expected) => keeper.check(expected),
    kept: async (expected) => {
      await flush();
      return keeper.kept(expected);
    },
    add: async (fresh) => {
      cells.push(...fresh);
      await due();
    },
    addTimings: async (fresh) => {
      timings.push(...fresh);
      await due();
    },
    hasCurve: (hash) => curves.some(({ training }) => training === hash) || keeper.hasCurve(hash),
    addCurve: async (curve) => {
      curves.push(...curve);
      await due();
    },
    pruneCurves: async () => {
      await flush();
      await keeper.pruneCurves();
    },
    addEstimates: async (fresh, cost) => {
      estimates.push(...fresh);
      if (cost !== undefined) costs.push(cost);
      await due();
    },
    flush,
  };
}
