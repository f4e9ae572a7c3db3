import { HarnessError } from '../errors.ts';
import { checkTexts } from '../statistics/scores.ts';
import { checkSentences, hitsOf, type SpanOutcomes } from './span-scores.ts';
import { checkOutside, type WordOutcomes } from './word-scores.ts';

/** Counts per sentence: the F1 of several sentences is that of their sums. */
export interface SentenceCounts {
  /** [sentences] */
  readonly hits: Int32Array;
  /** [sentences] */
  readonly gold: Int32Array;
  /** [sentences] */
  readonly predicted: Int32Array;
}

/** Counts of spans. Throws as `spanScores` does. */
export function spanCounts({ gold, predicted }: SpanOutcomes): SentenceCounts {
  checkSentences({ gold, predicted });
  return {
    hits: Int32Array.from(gold, (spans, sentence) => hitsOf(spans, predicted[sentence]!).length),
    gold: Int32Array.from(gold, (spans) => spans.length),
    predicted: Int32Array.from(predicted, (spans) => spans.length),
  };
}

/** Words, and the sentences that they belong to. */
export interface SentenceWords extends WordOutcomes {
  /** [words] index of each word's sentence, below `sentences`. */
  readonly sentenceOf: Int32Array;
  /** Number of sentences; some may have no words. */
  readonly sentences: number;
}

/**
 * Counts of words that are not O; of all words if there is no O: their F1 is then the accuracy, because each word is gold and predicted
 * once. Throws as `wordScores` does, and SHAPE if a word's sentence does not exist.
 */
export function wordCounts({ truth, predicted, classes, outside, sentenceOf, sentences }: SentenceWords): SentenceCounts {
  checkTexts({ truth, predicted });
  checkOutside({ classes, outside });
  if (sentenceOf.length !== truth.length || sentenceOf.some((sentence) => sentence < 0 || sentence >= sentences)) {
    throw new HarnessError('SHAPE', { what: `${truth.length} words are not all of ${sentences} sentences.` });
  }
  const counts = { hits: new Int32Array(sentences), gold: new Int32Array(sentences), predicted: new Int32Array(sentences) };
  for (const [word, sentence] of sentenceOf.entries()) {
    const [label, guess] = [truth[word], predicted[word]];
    if (label !== outside) counts.gold[sentence]!++;
    // Without an O, a word without a prediction is wrong, like one with a wrong tag.
    if (guess !== outside && (guess !== -1 || outside === undefined)) counts.predicted[sentence]!++;
    if (label === guess && label !== outside) counts.hits[sentence]!++;
  }
  return counts;
}
