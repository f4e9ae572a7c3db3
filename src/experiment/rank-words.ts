import type { TokenDataset } from '../datasets/dataset.ts';
import { sentenceOfWords } from '../datasets/items.ts';
import { embedWords, type EmbeddedWords } from '../embed/embed-words.ts';
import { VectorStore } from '../embed/store.ts';
import { wordSpecName } from '../embed/word-specs.ts';
import { encoderParameters } from '../encoders/cost.ts';
import { promptColumn } from '../encoders/prompts.ts';
import type { Estimate as Found, EstimatorName } from '../estimators/estimators.ts';
import type { Estimate, PoolingEstimates } from '../estimators/ranked.ts';
import type { TagOutcomes } from '../statistics/outcomes.ts';
import { mainTagScore, tagCounts } from '../tags/tag-outcomes.ts';
import { CostMeter } from './cost-meter.ts';
import type { RankedAndTimed, RankParams } from './rank-encoder.ts';
import { rankedSample } from './ranked-sample.ts';
import { rankedWords, sampledWordsNote } from './sampled-words.ts';
import type { RankSettings } from './settings.ts';
import { wordVectors, type WordVector } from './word-vectors.ts';

/** Input of a ranking on words. */
type RankWordsParams = Omit<RankParams, 'dataset'> & { readonly dataset: TokenDataset };

/** Vectors of words to compare: the poolings, and the layers if they are compared. */
export function rankedWordVectors(
  encoder: { readonly name: string; readonly depth: number },
  settings: Pick<RankSettings, 'poolings' | 'layerMeans' | 'dims' | 'wordPoolings' | 'curveTexts'>,
): { readonly places: readonly WordVector[]; readonly layers: readonly WordVector[] } {
  const { wordPoolings = ['first'], curveTexts } = settings;
  return {
    places: wordVectors(encoder, encoder.name, { ...settings, layers: 'last' }),
    layers:
      curveTexts === 0
        ? []
        : wordVectors(encoder, encoder.name, { ...settings, poolings: ['mean'], layers: 'all', wordPoolings: wordPoolings.slice(0, 1) }),
  };
}

/**
 * All estimates for one encoder's words: as `rankEncoder`, with words instead of texts. Words of the same sentence neither vote for a word
 * nor fit a probe that classifies it. Estimators that predict tags are scored by F1 without O, or by accuracy if there is no O.
 */
export async function rankWords(params: RankWordsParams): Promise<RankedAndTimed> {
  const { encoder, settings, dataset } = params;
  const { places, layers } = rankedWordVectors(encoder, settings);
  const meter = new CostMeter();
  const sampled = settings.curveTexts === 0 ? undefined : rankedSample(params, settings.curveTexts);
  const part = sampled && (await embedded({ ...params, dataset: sampled.dataset as TokenDataset }, [...places, ...layers], meter));
  const whole = await embedded(params, places, meter);
  const metered = meter.read();
  const begun = performance.now();
  const estimated: PoolingEstimates[] = [];
  const curve: PoolingEstimates[] = [];
  for (const vector of places) {
    params.signal?.throwIfAborted();
    estimated.push(await placeOf(params, { vector, embedded: whole, dataset, estimators: settings.estimators }));
  }
  for (const vector of layers) {
    params.signal?.throwIfAborted();
    curve.push(
      await placeOf(params, { vector, embedded: part!, dataset: sampled!.dataset as TokenDataset, estimators: settings.curveEstimators }),
    );
  }
  return {
    ranked: {
      encoder: encoder.name,
      prompt: promptColumn(encoder.prompt),
      poolings: estimated,
      curve,
      texts: dataset.texts.length,
      sample: [dataset.sample, sampledWordsNote(dataset, settings)].filter((said) => said !== '').join('; '),
      parameters: encoderParameters(encoder),
      textMs: metered.textMs,
      timedTexts: metered.timedTexts,
      tokensPerSecond: metered.tokensPerSecond,
      memoryBytes: metered.memoryBytes,
      cut: whole.cut,
    },
    metered,
    estimateMs: performance.now() - begun,
  };
}

interface PlaceParams {
  readonly vector: WordVector;
  readonly embedded: EmbeddedWords;
  readonly dataset: TokenDataset;
  readonly estimators: readonly EstimatorName[];
}

async function placeOf(
  { threads, settings }: RankWordsParams,
  { vector, embedded: stored, dataset, estimators }: PlaceParams,
): Promise<PoolingEstimates> {
  const rows = rankedWords(dataset, { ...settings, lost: stored.lost });
  const sentence = sentenceOfWords(dataset);
  const labels = Int32Array.from(rows, (row) => dataset.tags[row]!);
  const groups = Int32Array.from(rows, (row) => sentence[row]!);
  const labelled = { vectors: await stored.load(vector.spec, rows), labels, classes: dataset.classes.length, groups };
  const found = await threads.ask({ labelled, estimators, k: settings.k, seed: settings.seed });
  return {
    pooling: vector.pooling,
    layers: vector.layers,
    wordPooling: vector.wordPooling,
    estimates: found.map((each) => scored(each, { labels, groups, dataset })),
  };
}

interface ScoredBy {
  readonly labels: Int32Array;
  /** Ascending. */
  readonly groups: Int32Array;
  readonly dataset: TokenDataset;
}

function sum(numbers: Int32Array): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function scored({ estimator, score, predicted }: Found, { labels, groups, dataset: { classes } }: ScoredBy): Estimate {
  if (!(predicted instanceof Int32Array)) return { estimator, score };
  const starts = [0];
  for (const [i, group] of groups.entries()) if (i > 0 && group !== groups[i - 1]) starts.push(i);
  starts.push(groups.length);
  // Without a tagging scheme: words of a sentence may be missing, which breaks spans.
  const outcomes: TagOutcomes = { kind: 'tags', truth: labels, predicted, starts: Int32Array.from(starts), tags: classes };
  const counts = tagCounts(outcomes, mainTagScore(outcomes));
  const either = sum(counts.truth) + sum(counts.predicted);
  return { estimator, score: either === 0 ? 0 : (2 * sum(counts.hits)) / either, outcomes: counts };
}

async function embedded(
  { encoder, dataset, settings: { threads, tokenBudget }, vectorFolder, progress, warn, signal }: RankWordsParams,
  vectors: readonly WordVector[],
  meter: CostMeter,
): Promise<EmbeddedWords> {
  const task = progress.task(`${dataset.key}: ${encoder.name}`, undefined, 'texts');
  try {
    meter.begin();
    return meter.end(
      await embedWords({
        encoder,
        sentences: dataset.words,
        specs: [...new Map(vectors.map(({ spec }) => [wordSpecName(spec), spec])).values()],
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
  } finally {
    task.end();
  }
}
