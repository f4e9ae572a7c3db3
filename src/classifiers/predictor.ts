import { TextRunner, type RunTexts } from '../embed/text-runner.ts';
import { pooledVectors, type PooledVector, type Pooling } from '../embed/vectors.ts';
import { inputText, type EncoderInput, type TextPair } from '../encoders/encoder-input.ts';
import type { Encoder } from '../encoders/encoder.ts';
import { HarnessError } from '../errors.ts';
import { Searcher } from '../knn/searcher.ts';
import type { Neighbours } from '../knn/types.ts';
import type { Classifier } from './classifier.ts';
import { decideByHead, decideByVotes, type Decisions } from './decide.ts';
import { NearestTexts } from './nearest-texts.ts';
import { cosineNumbers, headNumbers, numberPrediction } from './number-model.ts';
import type { NumberPrediction, Prediction, ScoredLabel } from './prediction.ts';
import { predictedWindows, type PredictedWindow } from './predicted-windows.ts';
import { probabilities } from './probabilities.ts';
import { rowsOf } from './vote-logits.ts';
import type { Source } from './text-windows.ts';

export interface PredictorParams {
  readonly classifier: Classifier;
  /** Opened as the classifier's record requires. */
  readonly encoder: Encoder;
  readonly threads: number;
  readonly tokenBudget?: number | undefined;
  /** Dimensions kept of a vector; undefined: all. */
  readonly dim?: number | undefined;
  /** Number of most probable classes per prediction. */
  readonly top?: number | undefined;
  /** Number of nearest training texts per prediction; 0: none. */
  readonly explain?: number | undefined;
  /** Aborts the run after the batches in progress: throws the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** A running classifier: an encoder in its thread, and what classifies its vectors. */
export class Predictor {
  readonly #classifier: Classifier;
  readonly #runner: TextRunner;
  readonly #searcher: Searcher | undefined;
  readonly #nearest: NearestTexts | undefined;
  readonly #top: number;
  /** Width of the vectors that it takes; undefined if any. */
  readonly #width: number | undefined;

  private constructor({ classifier, top = 1 }: PredictorParams, parts: Parts) {
    this.#classifier = classifier;
    this.#runner = parts.runner;
    this.#searcher = parts.searcher;
    this.#nearest = parts.nearest;
    this.#top = Math.min(top, classifier.record.classes.length);
    this.#width = widthOf(classifier);
  }

  /**
   * Starts the encoder, and encodes one text, which shows immediately whether both match. Throws FORMAT if the encoder's vectors do not
   * match the classifier, OPTION if training texts are requested and there are none, GRAPH if the runtime rejects the encoder.
   */
  static async open(params: PredictorParams): Promise<Predictor> {
    const { classifier, encoder, threads, tokenBudget, dim, explain = 0, signal } = params;
    const {
      kind,
      neighbours: { metric },
    } = classifier.record;
    const nearest = explain === 0 ? undefined : await NearestTexts.of(classifier, explain);
    const vector = { ...vectorOf(encoder, classifier), dim };
    const runner = await TextRunner.open({ encoder, vector, threads, tokenBudget, signal });
    const needed = kind === 'neighbours' || nearest !== undefined;
    let searcher: Searcher | undefined;
    try {
      searcher = needed ? await Searcher.open({ corpus: classifier.train!.vectors, metric, threads }) : undefined;
      const predictor = new Predictor(params, { runner, searcher, nearest });
      const { pairs, cosine } = classifier.record;
      await predictor.#vectors([pairs === true && cosine === undefined ? { first: '', second: '' } : '']);
      return predictor;
    } catch (error) {
      await Promise.all([runner.close(), searcher?.close()]);
      throw error;
    }
  }

  /** Classifies the texts of items, in the windows of `predictedWindows`. */
  predict<T>(items: Source<T>, inputOf: (item: T) => EncoderInput): AsyncGenerator<PredictedWindow<T, Prediction>> {
    return predictedWindows(items, { lettersOf: lettersBy(inputOf), say: (window, before) => this.#classes(window.map(inputOf), before) });
  }

  /** The same for a model whose record's kind is regression: the number of each. */
  predictNumbers<T>(items: Source<T>, inputOf: (item: T) => EncoderInput): AsyncGenerator<PredictedWindow<T, NumberPrediction>> {
    return predictedWindows(items, { lettersOf: lettersBy(inputOf), say: (window, before) => this.#numbers(window.map(inputOf), before) });
  }

  async close(): Promise<void> {
    await this.#runner.close();
    await this.#searcher?.close();
  }

  async #numbers(inputs: readonly EncoderInput[], before: number): Promise<NumberPrediction[]> {
    const { head, record } = this.#classifier;
    if (record.cosine !== undefined) return this.#cosines(inputs as readonly TextPair[], before);
    const { rows, vectors, truncated } = await this.#vectors(inputs, before);
    const different = Array.from(headNumbers(head!, vectors), (value, row) => numberPrediction(value, record, truncated[row] === 1));
    return Array.from(rows, (row) => different[row]!);
  }

  /** Of pairs whose texts are encoded separately. */
  async #cosines(pairs: readonly TextPair[], before: number): Promise<NumberPrediction[]> {
    const { record } = this.#classifier;
    const run = async (texts: readonly string[]) => {
      const { rows, vectors, truncated } = await this.#vectors(texts, before);
      return { vectors: rowsOf(vectors, [...rows]), truncated: Array.from(rows, (row) => truncated[row] === 1) };
    };
    const first = await run(pairs.map((pair) => pair.first));
    const second = await run(pairs.map((pair) => pair.second));
    const values = cosineNumbers(record.cosine!, first.vectors, second.vectors);
    return Array.from(values, (value, i) => numberPrediction(value, record, first.truncated[i]! || second.truncated[i]!));
  }

  async #classes(texts: readonly EncoderInput[], before: number): Promise<Prediction[]> {
    const run = await this.#vectors(texts, before);
    const { rows, vectors, truncated } = run;
    const { record, train } = this.#classifier;
    const wanted = Math.max(record.kind === 'neighbours' ? record.neighbours.k : 0, this.#nearest?.count ?? 0);
    const neighbours = wanted === 0 ? undefined : await this.#searcher!.exact({ k: wanted, queries: vectors });
    const decisions =
      record.kind === 'head' ? decideByHead(vectors, this.#classifier.head!, record) : decideByVotes(neighbours!, train!, record);
    const different = Array.from({ length: vectors.rows }, (_, row) =>
      this.#prediction(row, { decisions, vectors, neighbours, truncated }),
    );
    return Array.from(rows, (row) => different[row]!);
  }

  async #vectors(texts: readonly EncoderInput[], before = 0): Promise<RunTexts> {
    const run = await this.#runner.run(texts, before);
    if (this.#width === undefined || run.vectors.cols === this.#width) return run;
    throw new HarnessError('FORMAT', {
      where: this.#classifier.name,
      what: `Its encoder gives vectors of ${run.vectors.cols} dimensions, but its classifier expects ${this.#width}.`,
      hint: 'Save the model again: its files belong to two models.',
    });
  }

  #prediction(row: number, { decisions, vectors, neighbours, truncated }: Decided): Prediction {
    const { classes, temperature, multiLabel } = this.#classifier.record;
    const count = classes.length;
    const p = probabilities(decisions.logits.subarray(row * count, (row + 1) * count), { temperature, multiLabel });
    const given = decisions.classes[row]!;
    const scored = (label: number): ScoredLabel => ({ label: classes[label]!, confidence: p[label]! });
    const top = mostProbable(p, { count: this.#top, first: multiLabel ? undefined : given[0]! }).map(scored);
    return {
      ...top[0]!,
      top,
      ...(multiLabel && { labels: Array.from(given, scored) }),
      truncated: truncated[row] === 1,
      ...(this.#nearest !== undefined && { neighbours: this.#nearest.of(row, { vectors, neighbours: neighbours! }) }),
    };
  }
}

function lettersBy<T>(inputOf: (item: T) => EncoderInput): (item: T) => number {
  return (item) => inputText(inputOf(item)).length;
}

interface Parts {
  readonly runner: TextRunner;
  readonly searcher: Searcher | undefined;
  readonly nearest: NearestTexts | undefined;
}

interface Decided extends Pick<RunTexts, 'vectors' | 'truncated'> {
  readonly decisions: Decisions;
  readonly neighbours: Neighbours | undefined;
}

/** The most probable classes, the first of equal ones first; with `first` before all others, if given. */
function mostProbable(p: Float64Array, { count, first }: { readonly count: number; readonly first: number | undefined }): number[] {
  if (count === 1 && first !== undefined) return [first];
  const order = Array.from(p.keys()).toSorted((a, b) => p[b]! - p[a]! || a - b);
  return (first === undefined ? order : [first, ...order.filter((label) => label !== first)]).slice(0, count);
}

function widthOf({ head, train }: Classifier): number | undefined {
  return head?.width ?? train?.vectors.cols;
}

/** The vector that a classifier takes. Throws FORMAT if its encoder does not have it. */
function vectorOf({ name, depth, published }: Encoder, { record: { pooling }, name: where }: Classifier): PooledVector {
  const modules = 'steps' in published ? published : undefined;
  const [vector] = pooledVectors({
    poolings: [pooling as Pooling],
    layers: 'last',
    layerMeans: ['0..L'],
    depth,
    published: modules,
    encoder: name,
  });
  if (vector !== undefined) return vector;
  throw new HarnessError('FORMAT', { where, what: `Its encoder has no pooling ${pooling}, with which it was fine-tuned.` });
}
