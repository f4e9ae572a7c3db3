import { setImmediate } from 'node:timers/promises';
import { checkData, type DataCheck, type Truncation } from '../datasets/check.ts';
import type { RequestedNeighbours } from '../datasets/check-classes.ts';
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
  readonly asked: RequestedNeighbours;
  /** How pairs are encoded. Default: each text separately. */
  readonly pairs?: readonly PairMode[] | undefined;
}

/**
 * The data check of one dataset, and the number of texts that each encoder truncates; for tagged sentences also the number of words lost by
 * truncation. Encoders with the same tokenizer and length limit are counted once.
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

/** An encoder that cannot tokenise some text fails when it is run and is reported then; the others continue. */
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

/** Characters tokenised for counting, as for texts (more are sampled); and sentences tokenised before other work may run. */
const MOST_CHARACTERS = 8 << 20;
const SLICE_SENTENCES = 64;
/** One for the blank that words carry, and some room for what normalisation adds. */
const EXTRA_TOKENS = 8;

/** Number of sentences with more tokens than the encoder takes, and of their words that are truncated entirely. */
async function countTruncatedSentences(encoder: Encoder, sentences: readonly (readonly string[])[]): Promise<Counted> {
  const around = encodeWords(encoder, ['a']).total + EXTRA_TOKENS;
  // A token has at least one byte.
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
