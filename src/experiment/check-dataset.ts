import { setImmediate } from 'node:timers/promises';
import { checkData, type DataCheck, type Truncation } from '../datasets/check.ts';
import type { NeighboursAsked } from '../datasets/check-classes.ts';
import type { Dataset } from '../datasets/dataset.ts';
import { countTruncated, type Truncated } from '../encoders/count-truncated.ts';
import { encodeWords } from '../encoders/encode-words.ts';
import type { Encoder } from '../encoders/encoder.ts';
import { promptColumn, tokenizerHash } from '../encoders/prompts.ts';
import { WORD_LOSS } from '../encoders/word-tokens.ts';
import { HarnessError } from '../errors.ts';
import { pairModes, type PairMode } from './pair-modes.ts';

type Counted = Truncated & Pick<Truncation, 'words'>;

export interface CheckedDataset {
  readonly check: DataCheck;
  readonly truncation: readonly Truncation[];
}

export interface CheckParams {
  readonly dataset: Dataset;
  readonly encoders: readonly Encoder[];
  readonly asked: NeighboursAsked;
  /** How pairs are read: each text apart where nothing is said. */
  readonly pairs?: readonly PairMode[] | undefined;
}

/**
 * The data check of one data set, and how many of its texts each encoder truncates; of sentences also how many words are lost by it.
 * Encoders with one tokenizer and length are counted once.
 */
export async function checkDataset({ dataset, encoders, asked, pairs }: CheckParams): Promise<CheckedDataset> {
  const known = new Map<string, Counted | undefined>();
  const truncation: Truncation[] = [];
  for (const encoder of encoders) {
    const key = `${tokenizerHash(encoder)} ${encoder.maxLength}`;
    if (!known.has(key)) known.set(key, await truncated(encoder, dataset, pairModes(dataset, pairs)));
    const found = known.get(key);
    const prompt = promptColumn(encoder.prompt) || undefined;
    if (found !== undefined)
      truncation.push({ encoder: encoder.name, ...(prompt !== undefined && { prompt }), maxLength: encoder.maxLength, ...found });
  }
  return { check: checkData(dataset, asked), truncation };
}

/** An encoder that cannot take some text fails where it is run, and is then said to: the others go on. */
async function truncated(encoder: Encoder, dataset: Dataset, modes: readonly PairMode[]): Promise<Counted | undefined> {
  try {
    if (dataset.task === 'token-classification') return await countTruncatedSentences(encoder, dataset.words);
    const { texts, seconds } = dataset;
    if (seconds === undefined) return await countTruncated(encoder, texts);
    // Together they are longer than either.
    return await countTruncated(
      encoder,
      texts.map((first, row) => (modes.includes('joint') ? { first, second: seconds[row]! } : [first, seconds[row]!])),
    );
  } catch (error) {
    if (error instanceof HarnessError && error.code !== 'INTERNAL') return undefined;
    throw error;
  }
}

/** Characters that are tokenised to count, as of texts; sentences tokenised before other work may run. */
const MOST_CHARACTERS = 8 << 20;
const SLICE_SENTENCES = 64;
/** A blank that words bring, and a little room for what normalisation makes of them. */
const EXTRA_TOKENS = 8;

/** Sentences that have more tokens than the encoder takes, and their words of which the limit leaves none. */
async function countTruncatedSentences(encoder: Encoder, sentences: readonly (readonly string[])[]): Promise<Counted> {
  const around = encodeWords(encoder, ['a']).total + EXTRA_TOKENS;
  // A token has one byte at least.
  const tokens = (words: readonly string[]) => words.reduce((sum, word) => sum + 1 + Buffer.byteLength(word.normalize('NFKD')), around);
  const long = sentences.filter((words) => tokens(words) > encoder.maxLength);
  const step = Math.max(1, long.reduce((sum, words) => sum + words.join(' ').length, 0) / MOST_CHARACTERS);
  let [counted, cut, lost] = [0, 0, 0];
  for (let at = 0; Math.floor(at) < long.length; at += step) {
    const read = encodeWords(encoder, long[Math.floor(at)]!);
    if (read.total > encoder.maxLength) cut++;
    for (const loss of read.lost) if (loss === WORD_LOSS.beyondLimit) lost++;
    if (++counted % SLICE_SENTENCES === 0) await setImmediate();
  }
  const ofAll = (count: number) => (counted === 0 ? 0 : Math.round((count * long.length) / counted));
  return { texts: ofAll(cut), words: ofAll(lost), estimated: counted < long.length };
}
