import type { Dataset } from '../src/datasets/dataset.ts';
import { stratifiedSample } from '../src/datasets/sample.ts';
import { embed, type Embedded } from '../src/embed/embed.ts';
import { VectorStore } from '../src/embed/store.ts';
import { pooledVectors, type LayerMean, type PooledVector, type Pooling } from '../src/embed/vectors.ts';
import { parameterCount } from '../src/encoders/cost.ts';
import type { Encoder } from '../src/encoders/encoder.ts';
import type { EstimatorThread } from '../src/estimators/estimator-thread.ts';
import type { Estimate, EstimatorName } from '../src/estimators/estimators.ts';
import type { Progress } from '../src/report/progress.ts';
import type { Place, RankedEncoder } from '../src/report/ranking.ts';
import type { Outcomes } from '../src/statistics/outcomes.ts';

export interface RankSettings {
  readonly estimators: readonly EstimatorName[];
  /** Orders the encoders. */
  readonly by: EstimatorName;
  readonly poolings: readonly Pooling[];
  readonly layerMeans: readonly LayerMean[];
  readonly k: number;
  readonly seed: number;
  readonly threads: number;
  readonly tokenBudget: number;
  /** Texts of the sample that layers are compared on; 0: no layer curves. */
  readonly curveTexts: number;
}

export interface RankParams {
  readonly encoder: Encoder;
  readonly dataset: Dataset;
  readonly settings: RankSettings;
  readonly vectorFolder: string;
  readonly thread: EstimatorThread;
  readonly progress: Progress;
  readonly warn: (line: string) => void;
}

/** What all estimators say of one encoder on one data set, at each place where its vectors are taken. */
export async function rankEncoder(params: RankParams): Promise<RankedEncoder> {
  const { encoder, dataset, settings } = params;
  const { poolings, layerMeans } = settings;
  const vectorsOf = (layers: 'last' | 'all', which: readonly Pooling[]): PooledVector[] => pooledVectors({
    poolings: which, layers, layerMeans, depth: encoder.depth, encoder: encoder.name, published: 'token' in encoder.published ? encoder.published : undefined,
  });
  const vectors = vectorsOf('last', poolings);
  // The sample first, with every layer: its texts are then not run a second time.
  const sampled = settings.curveTexts === 0 ? undefined : sampleOf(dataset, settings);
  const layers = sampled === undefined ? [] : vectorsOf('all', ['mean']);
  const started = performance.now();
  const part = sampled && (await embedded(params, sampled.texts, [...vectors, ...layers]));
  const whole = await embedded(params, dataset.texts, vectors);
  const seconds = (performance.now() - started) / 1000;
  const computed = whole.computed + (part?.computed ?? 0);

  const places: Place[] = [];
  for (const vector of vectors) places.push(await placeOf(params, { vector, dataset, embedded: whole, estimators: settings.estimators }));
  const curve: Place[] = [];
  for (const vector of layers) curve.push(await placeOf(params, { vector, dataset: sampled!, embedded: part!, estimators: [settings.by] }));
  return {
    encoder: encoder.name,
    places,
    curve,
    parameters: parameterCount(encoder.model.proto.graph!),
    textMs: computed === 0 ? undefined : (1000 * seconds) / computed,
    tokensPerSecond: computed === 0 ? undefined : (whole.tokens + (part?.tokens ?? 0)) / seconds,
    cut: whole.cut,
  };
}

interface PlaceParams {
  readonly vector: PooledVector;
  readonly dataset: Pick<Dataset, 'labels' | 'classes'>;
  readonly embedded: Embedded;
  readonly estimators: readonly EstimatorName[];
}

async function placeOf({ thread, settings: { k, seed, threads } }: RankParams, { vector, dataset: { labels, classes }, embedded: source, estimators }: PlaceParams): Promise<Place> {
  const labelled = { vectors: await source.load(vector.spec), labels, classes: classes.length };
  const estimates = await thread.ask({ labelled, estimators, k, seed, threads });
  return { pooling: vector.pooling, layers: vector.layers, estimates: estimates.map((each) => ({ ...each, outcomes: outcomesOf(each, labels, classes.length) })) };
}

function outcomesOf({ predicted }: Estimate, truth: Int32Array, classes: number): Outcomes | undefined {
  return predicted && { kind: 'single', truth, predicted, classes };
}

async function embedded({ encoder, dataset, settings: { threads, tokenBudget }, vectorFolder, progress, warn }: RankParams, texts: readonly string[], vectors: readonly PooledVector[]): Promise<Embedded> {
  const task = progress.task(`${dataset.key}: ${encoder.name}`, undefined, 'texts');
  try {
    return await embed({
      encoder, texts, specs: vectors.map(({ spec }) => spec), store: new VectorStore(vectorFolder, warn), threads, tokenBudget,
      onProgress: ({ done, total, tokens }) => {
        task.setTotal(total);
        task.update(done, `${tokens} tokens`);
      },
    });
  } finally {
    task.end();
  }
}

function sampleOf({ texts, labels, classes }: Dataset, { curveTexts, seed }: RankSettings): Pick<Dataset, 'texts' | 'labels' | 'classes'> {
  if (texts.length <= curveTexts) return { texts, labels, classes };
  const rows = stratifiedSample({ classes: Array.from(labels, (label) => classes[label]!), size: curveTexts, seed });
  return { texts: rows.map((row) => texts[row]!), labels: Int32Array.from(rows, (row) => labels[row]!), classes };
}
