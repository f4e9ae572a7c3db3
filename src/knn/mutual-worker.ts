import { moved } from '../threads/calls.ts';
import { serve } from '../threads/serve.ts';
import { candidatesOfPairs, type MutualRows } from './mutual-rows.ts';
import { Products } from './products.ts';
import type { SearchGraphs } from './search-graph.ts';

/** One of the threads that share the pairs of tiles of a search. */

export interface MutualParams {
  readonly rows: MutualRows;
  readonly graphs: SearchGraphs;
  readonly threads: number;
}

/** Candidates found by a thread: [count, width] each. */
export interface MutualFound {
  readonly scores: Float32Array;
  readonly places: Int32Array;
}

/** Milliseconds between two progress reports. */
const REPORT_EVERY = 50;

const calls = serve({
  /** Reports the number of products since the last report. */
  find: async ({ rows, graphs, threads }: MutualParams, tell: (pairs: number) => void) => {
    const products = new Products({ graphs, threads });
    let [done, told] = [0, performance.now()];
    const { scores, places } = await candidatesOfPairs(rows, products, (pairs) => {
      done += pairs;
      if (performance.now() - told < REPORT_EVERY) return;
      tell(done);
      [done, told] = [0, performance.now()];
    });
    await products.close();
    return moved({ scores, places } satisfies MutualFound, [scores, places]);
  },
});
export type MutualCalls = typeof calls;
