import type { ClassificationDataset } from '../datasets/dataset.ts';
import { scoreProtocols } from '../knn/protocol.ts';
import type { Protocol } from '../knn/types.ts';
import type { Layout } from '../maps/layout.ts';
import { projectInThread } from '../maps/projection-thread.ts';
import type { Method } from '../maps/projection.ts';
import { matrix, row, type Matrix } from '../numeric/matrix.ts';
import type { Progress } from '../progress.ts';
import { percentOfFraction } from '../results/format.ts';
import { ofClasses, scoresOf } from '../statistics/outcomes.ts';
import type { MapSettings } from './settings.ts';

/** From this number of texts, maps are computed one at a time: t-SNE of 3000 texts has matrices of 0.4 GB. */
const ALONE = 3000;

/** Maps computed at a time. */
export function parallelMaps({ sample, threads }: MapSettings): number {
  return sample > ALONE ? 1 : threads;
}

export interface ChainParams {
  /** Vectors of the same texts at successive epochs: each map starts from the previous layout. */
  readonly vectors: readonly Matrix[];
  readonly method: Method;
  readonly seed: number;
  readonly label: string;
  readonly progress: Progress;
}

/** Layouts of successive maps, each initialised with the one before. */
export async function layoutChain({ vectors, method, seed, label, progress }: ChainParams): Promise<Layout[]> {
  const task = progress.task(label, undefined, 'steps');
  const layouts: Layout[] = [];
  let before = 0;
  try {
    for (const each of vectors) {
      let steps = 0;
      const layout = await projectInThread({ vectors: each, method, seed, start: layouts.at(-1) }, (done, total) => {
        task.setTotal(total * vectors.length);
        steps = total;
        task.update(before + done);
      });
      layouts.push(layout);
      before += steps;
    }
    return layouts;
  } finally {
    task.end();
  }
}

/** Some rows as a separate matrix. */
export function someRows(vectors: Matrix, rows: readonly number[]): Matrix {
  const some = matrix(rows.length, vectors.cols);
  for (const [i, each] of rows.entries()) some.data.set(row(vectors, each), i * vectors.cols);
  return some;
}

export interface CaptionParams {
  readonly dataset: ClassificationDataset;
  readonly vectors: Matrix;
  readonly protocol: Protocol;
  readonly settings: Pick<MapSettings, 'k' | 'threads'>;
}

/** Micro-F1 of k-NN as a percentage: of each split but train, or of all. */
export async function caption({ dataset, vectors, protocol, settings: { k, threads } }: CaptionParams): Promise<string> {
  const words: string[] = [];
  for await (const { split, outcomes } of scoreProtocols({
    dataset,
    vectors,
    protocols: [protocol],
    ks: [k],
    votes: ['uniform'],
    metric: 'euclidean',
    index: 'exact',
    threads,
  })) {
    const score = percentOfFraction(scoresOf(ofClasses(outcomes)).microF1);
    if (split === 'all') words.push(score);
    else if (split !== 'train') words.push(`${split} ${score}`);
  }
  return words.join(', ');
}
