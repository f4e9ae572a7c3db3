import assert from 'node:assert/strict';
import { estimate, type VectorEstimator } from '../src/estimators/estimators.ts';
import type { Labelled } from '../src/estimators/labelled.ts';
import { linearProbe } from '../src/estimators/linear-probe.ts';
import { EstimatorRuntime } from '../src/estimators/runtime.ts';
import { matrix } from '../src/numeric/matrix.ts';
import { randomInts } from '../src/numeric/random.ts';

/** The shape of TREC with a small encoder. */
const [TEXTS, WIDTH] = [5952, 384];
const CLASSES = [6, 50];
const NAMES: readonly VectorEstimator[] = ['linear-probe', 'centroid', 'hscore', 'logme', 'silhouette'];
const RUNS = 3;

/** Cost of estimators on one thread; argument: number of texts. */
export async function bench(words: readonly string[]): Promise<void> {
  const texts = Number(words[0] ?? TEXTS);
  const runtime = new EstimatorRuntime(1);
  console.log(`${texts} x ${WIDTH}; least of ${RUNS} runs, in processor time (other processes count for little in it)`);
  for (const classes of CLASSES) {
    const labelled = clouds(texts, classes);
    await agree(labelled, runtime);
    for (const name of NAMES) {
      let least = Infinity;
      let score = 0;
      for (let run = 0; run < RUNS; run++) {
        const before = process.cpuUsage();
        score = (await estimate({ labelled, estimators: [name], seed: 1 }, runtime))[0]!.score;
        const { user, system } = process.cpuUsage(before);
        least = Math.min(least, (user + system) / 1000);
      }
      console.log(`${classes} classes, ${name}: ${least.toFixed(0)} ms (${score.toFixed(4)})`);
    }
  }
  await runtime.close();
}

/** Clouds around one centre per class, along directions of decreasing variance, as in encoders. */
function clouds(texts: number, classes: number): Labelled {
  const draw = randomInts(1);
  const about = () => (draw(0, 1000) + draw(0, 1000) + draw(0, 1000)) / 1500 - 1;
  const centres = Float32Array.from({ length: classes * WIDTH }, about);
  const labels = Int32Array.from({ length: texts }, () => draw(0, classes - 1));
  const data = Float32Array.from(
    { length: texts * WIDTH },
    (_, i) => (about() + 0.3 * centres[labels[Math.floor(i / WIDTH)]! * WIDTH + (i % WIDTH)]!) / Math.sqrt(1 + (i % WIDTH)),
  );
  return { vectors: matrix(texts, WIDTH, data), labels, classes };
}

/** Folds fitted in parallel must equal folds fitted one by one: a fold's result does not depend on its neighbours. */
async function agree(labelled: Labelled, runtime: EstimatorRuntime): Promise<void> {
  const fold = labelled.labels.map((_, i) => i % 5);
  const all = await linearProbe(labelled, { fold, folds: 5 }, runtime);
  const one = await linearProbe(labelled, { fold: fold.map((each) => Number(each === 0)), folds: 2 }, runtime);
  const same = fold.reduce((count, each, i) => count + Number(each === 0 && all.predicted[i] === one.predicted[i]), 0);
  assert.ok(same > 0.999 * (labelled.labels.length / 5), `${same} texts alike`);
}
