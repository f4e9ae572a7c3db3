import { moved } from '../threads/calls.ts';
import { serve } from '../threads/serve.ts';
import { candidatesOfPairs, type MutualRows } from './mutual-rows.ts';
import { Products } from './products.ts';
import type { SearchGraphs } from './search-graph.ts';

/** One of the threads among which the pairs of tiles of a search are shared out. */

export interface MutualParams {
  readonly rows: MutualRows;
  readonly graphs: SearchGraphs;
  readonly threads: number;
}

/** What a thread found: [count, width] each. */
export interface MutualFound {
  readonly scores: Float32Array;
  readonly places: Int32Array;
}

/** Milliseconds between two reports of progress. */
const REPORT_EVERY = 50;

const calls = serve({
  /** Tells of the products of two rows that it made since it last did. */
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
