import { UMAP } from 'umap-js';
import { randomInts } from '../numeric/random.ts';
import type { Layout, LayoutParams } from './layout.ts';

/** Defaults of the reference implementation (umap-learn): neighbours, minimum distance, and the extent of the first layout. */
const NEIGHBOURS = 15;
const LEAST_DISTANCE = 0.1;
const START_REACH = 10;
const LEARNING_RATE = 1;
/** When the start layout already has a shape, well-separated clouds drift at the reference's learning rate. */
const GENTLE_RATE = 0.5;
const RANDOM_STEPS = 2 ** 32;

/** UMAP (McInnes, Healy and Melville 2018) on approximate nearest neighbours. */
export function umap({ components, seed, start, onStep }: LayoutParams): Layout {
  const n = components.length;
  const draw = randomInts(seed);
  const run = new UMAP({
    nNeighbors: Math.min(NEIGHBOURS, n - 1),
    minDist: LEAST_DISTANCE,
    learningRate: start === undefined ? LEARNING_RATE : GENTLE_RATE,
    random: () => (draw(0, RANDOM_STEPS - 1) + 0.5) / RANDOM_STEPS,
  });
  const steps = run.initializeFit(components.map((each) => Array.from(each)));
  // It moves these rows in place: their present values are the start layout.
  const rows = run.getEmbedding();
  const first = start ?? firstLayout(components);
  for (const [i, place] of rows.entries()) for (let axis = 0; axis < 2; axis++) place[axis] = first[2 * i + axis]!;
  for (let done = 1; done <= steps; done++) {
    run.step();
    onStep(done, steps);
  }
  return Float64Array.from(rows.flat());
}

function firstLayout(components: readonly Float64Array[]): Layout {
  const reach = components.reduce((most, each) => Math.max(most, Math.abs(each[0]!), Math.abs(each[1]!)), 0) || 1;
  return Float64Array.from(
    components.flatMap((each) => [each[0]!, each[1]!]),
    (value) => (value / reach) * START_REACH,
  );
}
