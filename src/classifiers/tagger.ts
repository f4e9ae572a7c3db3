import { SentenceRunner } from '../embed/sentence-runner.ts';
import type { WordSpec } from '../embed/word-specs.ts';
import type { Encoder } from '../encoders/encoder.ts';
import { HarnessError } from '../errors.ts';
import { Searcher } from '../knn/searcher.ts';
import type { Matrix } from '../numeric/matrix.ts';
import { OUTSIDE } from '../tags/letters.ts';
import { brokenModel } from './broken-model.ts';
import type { Classifier } from './classifier.ts';
import { decideByHead, decideByVotes, type Decisions } from './decide.ts';
import { predictedWindows, type PredictedWindow } from './predicted-windows.ts';
import type { TaggedWords } from './prediction.ts';
import type { PredictorParams } from './predictor.ts';
import { probabilities } from './probabilities.ts';
import type { Source } from './text-windows.ts';

export type TaggerParams = Pick<PredictorParams, 'classifier' | 'encoder' | 'threads' | 'tokenBudget' | 'signal'>;

/** A running classifier of words: an encoder in its thread, and what tags the words' vectors. */
export class Tagger {
  readonly #classifier: Classifier;
  readonly #runner: SentenceRunner;
  readonly #searcher: Searcher | undefined;
  /** Tag of a word without a vector. */
  readonly #outside: string | null;

  private constructor(
    classifier: Classifier,
    { runner, searcher }: { readonly runner: SentenceRunner; readonly searcher: Searcher | undefined },
  ) {
    this.#classifier = classifier;
    this.#runner = runner;
    this.#searcher = searcher;
    this.#outside = outsideOf(classifier.record);
  }

  /**
   * Starts the encoder, and encodes one sentence, which shows immediately whether both match. Throws FORMAT if the encoder's vectors do not
   * match the classifier, GRAPH if the runtime rejects the encoder.
   */
  static async open({ classifier, encoder, threads, tokenBudget, signal }: TaggerParams): Promise<Tagger> {
    const { record, head, train, name } = classifier;
    const runner = await SentenceRunner.open({ encoder, spec: wordSpecOf(classifier, encoder), threads, tokenBudget, signal });
    let searcher: Searcher | undefined;
    try {
      const [width, wanted] = [await runner.width(), head?.width ?? train!.vectors.cols];
      if (width !== wanted) {
        throw brokenModel(name, `Its encoder gives word vectors of ${width} dimensions, but its classifier expects ${wanted}.`);
      }
      const { metric } = record.neighbours;
      searcher = record.kind === 'neighbours' ? await Searcher.open({ corpus: train!.vectors, metric, threads }) : undefined;
      return new Tagger(classifier, { runner, searcher });
    } catch (error) {
      await Promise.all([runner.close(), searcher?.close()]);
      throw error;
    }
  }

  /** Tags the words of items, in the windows of `predictedWindows`. */
  predict<T>(items: Source<T>, wordsOf: (item: T) => readonly string[]): AsyncGenerator<PredictedWindow<T, TaggedWords>> {
    return predictedWindows(items, {
      // A word has a cost of its own, whatever its length.
      lettersOf: (item) => wordsOf(item).reduce((sum, word) => sum + word.length + 1, 0),
      say: (window, before) => this.#tagged(window.map(wordsOf), before),
    });
  }

  async close(): Promise<void> {
    await this.#runner.close();
    await this.#searcher?.close();
  }

  async #tagged(sentences: readonly (readonly string[])[], before: number): Promise<TaggedWords[]> {
    const { different, rows, first } = withoutCopies(sentences);
    const { classes, temperature } = this.#classifier.record;
    /** Predictions for the words that have a vector, by sentence. */
    const given = new Map<number, { readonly tag: string; readonly confidence: number }[]>();
    const ran = await this.#runner.run(different, {
      before,
      take: async ({ rows: own, vectors, words }) => {
        const decisions = await this.#decide(vectors);
        let at = 0;
        for (const [i, row] of own.entries()) {
          const found = Array.from({ length: words[i]! }, () => {
            const logits = decisions.logits.subarray(at * classes.length, (at + 1) * classes.length);
            const [label] = decisions.classes[at++]!;
            return { tag: classes[label!]!, confidence: probabilities(logits, { temperature, multiLabel: false })[label!]! };
          });
          given.set(row, found);
        }
      },
      placeOf: (row) => first[row]!,
    });
    const tagged = ran.map(({ lost, truncated }, row): TaggedWords => {
      const found = given.get(row)?.values();
      const each = Array.from(lost, (reason) => (reason === 0 ? found!.next().value! : undefined));
      return {
        tags: each.map((word) => (word === undefined ? this.#outside : word.tag)),
        confidences: each.map((word) => word?.confidence ?? null),
        truncated,
        lost,
      };
    });
    return Array.from(rows, (row) => tagged[row]!);
  }

  /** Tags of vectors [words, width]. */
  async #decide(vectors: Matrix): Promise<Decisions> {
    const { record, head, train } = this.#classifier;
    if (record.kind === 'head') return decideByHead(vectors, head!, record);
    return decideByVotes(await this.#searcher!.exact({ k: record.neighbours.k, queries: vectors }), train!, record);
  }
}

/** Tag of a word without a vector: O, if it exists. */
export function outsideOf({ classes }: { readonly classes: readonly string[] }): string | null {
  return classes.includes(OUTSIDE) ? OUTSIDE : null;
}

/** The vector that a classifier of words takes. Throws INTERNAL if the classifier is one of texts. */
export function wordSpecOf({ record: { words } }: Pick<Classifier, 'record'>, { depth }: Pick<Encoder, 'depth'>): WordSpec {
  if (words === undefined) throw new HarnessError('INTERNAL', { what: 'A classifier of texts is asked for tags.' });
  return { word: words, layers: [depth], combine: 'one' };
}

interface Different {
  readonly different: (readonly string[])[];
  /** [sentences] index of each among the distinct ones. */
  readonly rows: Int32Array;
  /** [distinct] the first of the equal sentences. */
  readonly first: number[];
}

function withoutCopies(sentences: readonly (readonly string[])[]): Different {
  const places = new Map<string, number>();
  const first: number[] = [];
  const rows = Int32Array.from(sentences, (words, i) => {
    const key = JSON.stringify(words);
    const place = places.get(key) ?? first.push(i) - 1;
    places.set(key, place);
    return place;
  });
  return { different: first.map((i) => sentences[i]!), rows, first };
}
