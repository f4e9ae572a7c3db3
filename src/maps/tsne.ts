import { Matrix, TSNE } from '@saehrimnir/druidjs';
import type { Layout, LayoutParams } from './layout.ts';

/** scikit-learn's defaults: perplexity, steps, the learning rate `auto`, the first layout's deviation. */
const PERPLEXITY = 30;
const STEPS = 1000;
const EXAGGERATION = 12;
const LEAST_RATE = 50;
const START_DEVIATION = 1e-4;

/** t-SNE, exact: each step looks at every pair (van der Maaten and Hinton 2008). */
export function tsne({ components, seed, start, onStep }: LayoutParams): Layout {
  const n = components.length;
  // A perplexity is a number of neighbours: few texts have few.
  const perplexity = Math.min(PERPLEXITY, (n - 1) / 3);
  const run = new TSNE(Matrix.from([...components]), { d: 2, perplexity, epsilon: Math.max(n / EXAGGERATION / 4, LEAST_RATE), seed });
  run.Y = Matrix.from(start === undefined ? firstLayout(components) : Array.from({ length: n }, (_, i) => start.slice(2 * i, 2 * i + 2)));
  run.check_init();
  let done = 0;
  for (const _ of run.generator(STEPS)) onStep(++done, STEPS);
  return Float64Array.from(run.Y.values);
}

function firstLayout(components: readonly Float64Array[]): Float64Array[] {
  const deviation = Math.sqrt(components.reduce((sum, each) => sum + each[0]! ** 2, 0) / components.length) || 1;
  return components.map((each) => Float64Array.from(each.subarray(0, 2), (value) => (value / deviation) * START_DEVIATION));
}
