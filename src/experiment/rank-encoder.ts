import { itemsOf } from '../datasets/items.ts';
import pLimit from 'p-limit';
import type { Dataset } from '../datasets/dataset.ts';
import { NestedSamples } from '../datasets/nested.ts';
import { cutWidth, loadVectors, tooFewNumbers } from '../embed/cut.ts';
import { pairCosines, pairMatrix } from '../embed/pair-rows.ts';
import type { EncoderInput } from '../encoders/encoder-input.ts';
import { inputsOfDataset, pairModes, type PairMode } from './pair-modes.ts';
import { embed, type Embedded } from '../embed/embed.ts';
import { VectorStore } from '../embed/store.ts';
import { pooledVectors, withDims, type PooledVector, type Pooling } from '../embed/vectors.ts';
import { encoderParameters } from '../encoders/cost.ts';
import type { Encoder } from '../encoders/encoder.ts';
import { promptColumn } from '../encoders/prompts.ts';
import type { EstimatorThreads } from '../estimators/estimator-threads.ts';
import { correlated, FITTED_TO_VECTORS, type Estimate, type EstimatorName } from '../estimators/estimators.ts';
import type { Labelled } from '../estimators/labelled.ts';
import type { Targeted } from '../estimators/targeted.ts';
import type { Matrix } from '../numeric/matrix.ts';
import type { Progress } from '../progress.ts';
import type { PoolingEstimates, RankedEncoder } from '../estimators/ranked.ts';
import type { ListOutcomes } from '../statistics/ties.ts';
import { CostMeter, type Metered } from './cost-meter.ts';
import { rankedSample, type RankedTexts } from './ranked-sample.ts';
import type { RankSettings } from './settings.ts';
import { sayCached } from './timed-embedding.ts';

export interface RankParams extends RankedTexts {
  readonly encoder: Encoder;
  readonly settings: RankSettings;
  readonly vectorFolder: string;
  readonly threads: EstimatorThreads;
  readonly progress: Progress;
  readonly warn: (line: string) => void;
  /** Aborts, with the signal's reason, after the batches or poolings in progress. */
  readonly signal?: AbortSignal | undefined;
}

/** Size of a vector matrix above which it is alone in memory; of smaller ones two are used at a time, to keep all threads busy. */
const LARGE = 16 << 20;

export interface RankedAndTimed {
  readonly ranked: RankedEncoder;
  readonly metered: Metered;
  readonly estimateMs: number;
}

/** All estimates for one encoder on one dataset, with each pooling. */
export async function rankEncoder(params: RankParams): Promise<RankedAndTimed> {
  const { encoder, settings, dataset } = params;
  const { places, layers } = rankedVectors(encoder, settings);
  const errorOf = tooFewNumbers(encoder);
  const vectors = places.filter((vector) => errorOf(vector) === undefined);
  // The sample first, with every layer: its texts are then not encoded a second time.
  const sampled = settings.curveTexts === 0 ? undefined : rankedSample(params, settings.curveTexts);
  const meter = new CostMeter();
  // Layers are compared with one pair mode only.
  const modes = pairModes(dataset, settings.pairs);
  const part = sampled && (await embedded(params, inputsOfDataset(sampled.dataset, modes[0]!), [...vectors, ...layers], meter));
  const wholes = new Map<PairMode, Embedded>();
  for (const mode of modes) wholes.set(mode, await embedded(params, inputsOfDataset(dataset, mode), vectors, meter));
  const whole = wholes.get(modes[0]!)!;
  const metered = meter.read();

  const begun = performance.now();
  const few = pLimit(vectors.some(({ spec, dim }) => cutWidth(whole.width(spec), dim) * dataset.texts.length > LARGE) ? 1 : 2);
  const asked = [
    ...modes.flatMap((mode) =>
      vectors.map((vector): PlaceParams => ({ vector, mode, texts: params, embedded: wholes.get(mode)!, estimators: settings.estimators })),
    ),
    ...layers.map((vector): PlaceParams => ({
      vector,
      mode: modes[0]!,
      texts: sampled!,
      embedded: part!,
      estimators: settings.curveEstimators,
    })),
  ];
  const found = await settled(
    asked.map((place) =>
      few(async () => {
        params.signal?.throwIfAborted();
        return placeOf(params, place);
      }),
    ),
  );
  const count = modes.length * vectors.length;
  const [estimated, curve] = [found.slice(0, count), found.slice(count)];
  return {
    ranked: {
      encoder: encoder.name,
      prompt: promptColumn(encoder.prompt),
      poolings: estimated,
      curve,
      texts: dataset.texts.length,
      sample: dataset.sample,
      parameters: encoderParameters(encoder),
      textMs: metered.textMs,
      timedTexts: metered.timedTexts,
      tokensPerSecond: metered.tokensPerSecond,
      memoryBytes: metered.memoryBytes,
      cut: whole.cutItems(dataset.texts.length),
    },
    metered,
    estimateMs: performance.now() - begun,
  };
}

/** Vectors to compare: the poolings, and the layers if they are compared. */
export function rankedVectors(
  { name, depth, published }: Pick<Encoder, 'name' | 'depth'> & { readonly published?: Encoder['published'] | undefined },
  { poolings, layerMeans, dims, curveTexts }: RankSettings,
): { readonly places: PooledVector[]; readonly layers: PooledVector[] } {
  const vectorsOf = (layers: 'last' | 'all', which: readonly Pooling[]): PooledVector[] =>
    pooledVectors({
      poolings: which,
      layers,
      layerMeans,
      depth,
      encoder: name,
      published: published !== undefined && 'steps' in published ? published : undefined,
    });
  return { places: withDims(vectorsOf('last', poolings), dims), layers: curveTexts === 0 ? [] : vectorsOf('all', ['mean']) };
}

/** Whether the sample that compares layers can be classified: it may lack rare classes. */
export function canCompareLayers({ dataset }: RankedTexts, { curveTexts, seed }: RankSettings): boolean {
  return curveTexts >= dataset.texts.length || new NestedSamples(dataset, seed).hasTwoLabels(curveTexts);
}

interface PlaceParams {
  readonly vector: PooledVector;
  readonly mode: PairMode;
  readonly texts: RankedTexts;
  readonly embedded: Embedded;
  readonly estimators: readonly EstimatorName[];
}

/** Like Promise.all, but rejects only after all have settled. */
async function settled<T>(all: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(all);
  return Promise.all(all);
}

async function placeOf(
  { encoder, threads, settings: { k, seed } }: RankParams,
  { vector, estimators, texts: { dataset, source }, embedded: stored, mode }: PlaceParams,
): Promise<PoolingEstimates> {
  const vectors = await loadVectors(stored, { ...vector, encoder: encoder.name });
  const ask = (of: Matrix, names: readonly EstimatorName[]) =>
    threads.ask({ labelled: labelledBy(dataset, of), estimators: names, source, k, seed });
  const estimates =
    dataset.seconds === undefined || mode === 'joint'
      ? await ask(
          vectors,
          estimators.filter((name) => name !== 'cosine'),
        )
      : await pairEstimates({ dataset, vectors, estimators, ask });
  return {
    pooling: vector.pooling,
    layers: vector.layers,
    ...(vector.dim !== undefined && { dim: vector.dim }),
    ...(mode === 'joint' && { pair: 'joint' as const }),
    estimates: estimates.map((each) => ({ ...each, outcomes: outcomesOf(each, dataset) })),
  };
}

function labelledBy(whole: Dataset, vectors: Matrix): Labelled | Targeted {
  const dataset = itemsOf(whole);
  return dataset.task === 'regression'
    ? { vectors, targets: dataset.targets }
    : { vectors, labels: dataset.labels, classes: dataset.classes.length };
}

interface PairEstimatesParams {
  readonly dataset: Dataset;
  /** [2 n, d] of all first texts, then of all second ones. */
  readonly vectors: Matrix;
  readonly estimators: readonly EstimatorName[];
  readonly ask: (vectors: Matrix, estimators: readonly EstimatorName[]) => Promise<readonly Estimate[]>;
}

/** Each estimator on the pair features that it uses, in the order requested. */
async function pairEstimates({ dataset, vectors, estimators, ask }: PairEstimatesParams): Promise<Estimate[]> {
  const fitted = estimators.filter((name) => FITTED_TO_VECTORS.includes(name));
  const near = estimators.filter((name) => !fitted.includes(name) && name !== 'cosine');
  const found: Estimate[] = [];
  if (near.length > 0) found.push(...(await ask(pairMatrix(vectors, 'neighbours'), near)));
  if (fitted.length > 0) found.push(...(await ask(pairMatrix(vectors, 'fitted'), fitted)));
  if (estimators.includes('cosine') && dataset.task === 'regression') {
    found.push({ estimator: 'cosine', ...correlated(pairCosines(vectors), dataset.targets) });
  }
  return estimators.map((name) => found.find(({ estimator }) => estimator === name)!);
}

function outcomesOf({ predicted }: Estimate, whole: Dataset): ListOutcomes | undefined {
  if (predicted === undefined) return undefined;
  const dataset = itemsOf(whole);
  if (dataset.task === 'regression') return { kind: 'numbers', truth: dataset.targets, predicted: predicted as Float64Array };
  return { kind: 'single', truth: dataset.labels, predicted: predicted as Int32Array, classes: dataset.classes.length };
}

async function embedded(
  { encoder, dataset, settings: { threads, tokenBudget }, vectorFolder, progress, warn, signal }: RankParams,
  texts: readonly EncoderInput[],
  vectors: readonly PooledVector[],
  meter: CostMeter,
): Promise<Embedded> {
  const task = progress.task(`${dataset.key}: ${encoder.name}`, undefined, 'texts');
  try {
    meter.begin();
    const found = meter.end(
      await embed({
        encoder,
        texts,
        specs: vectors.map(({ spec }) => spec),
        store: new VectorStore(vectorFolder, warn),
        threads,
        tokenBudget,
        signal,
        onProgress: ({ done, total, tokens }) => {
          meter.see(done);
          task.setTotal(total);
          task.update(done, `${tokens} tokens`);
        },
      }),
    );
    sayCached({ progress, dataset: dataset.key, encoder: encoder.name, embedded: found });
    return found;
  } finally {
    task.end();
  }
}
