import { moved } from '../threads/calls.ts';
import { serve } from '../threads/serve.ts';
import { project, type ProjectionParams } from './projection.ts';

/** Progress is for display: this many messages per map are enough. */
const MESSAGES = 100;

/** Steps out of `total`. */
interface Steps {
  readonly done: number;
  readonly total: number;
}

const calls = serve({
  project: (params: ProjectionParams, tell: (steps: Steps) => void) => {
    const layout = project(params, (done, total) => {
      if (done % Math.ceil(total / MESSAGES) === 0) tell({ done, total });
    });
    return moved(layout, [layout]);
  },
});
export type MapCalls = typeof calls;
