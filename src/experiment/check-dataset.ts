import { checkData, type DataCheck, type Truncation } from '../datasets/check.ts';
import type { NeighboursAsked } from '../datasets/check-classes.ts';
import type { Dataset } from '../datasets/dataset.ts';
import { textsOfPairs } from '../embed/pair-rows.ts';
import { countTruncated, type Truncated } from '../encoders/count-truncated.ts';
import type { Encoder } from '../encoders/encoder.ts';
import { promptColumn, tokenizerHash } from '../encoders/prompts.ts';
import { HarnessError } from '../errors.ts';

export interface CheckedDataset {
  readonly check: DataCheck;
  readonly truncation: readonly Truncation[];
}

export interface CheckParams {
  readonly dataset: Dataset;
  readonly encoders: readonly Encoder[];
  readonly asked: NeighboursAsked;
}

/**
 * The data check of one data set, and how many of its texts each encoder truncates. Encoders with one tokenizer and length are counted
 * once.
 */
export async function checkDataset({ dataset, encoders, asked }: CheckParams): Promise<CheckedDataset> {
  const known = new Map<string, Truncated | undefined>();
  const truncation: Truncation[] = [];
  for (const encoder of encoders) {
    const key = `${tokenizerHash(encoder)} ${encoder.maxLength}`;
    if (!known.has(key)) known.set(key, await truncated(encoder, textsOfPairs(dataset)));
    const found = known.get(key);
    const prompt = promptColumn(encoder.prompt) || undefined;
    if (found !== undefined) truncation.push({ encoder: encoder.name, ...(prompt !== undefined && { prompt }), maxLength: encoder.maxLength, ...found });
  }
  return { check: checkData(dataset, asked), truncation };
}

/** An encoder that cannot take some text fails where it is run, and is then said to: the others go on. */
async function truncated(encoder: Encoder, texts: readonly string[]): Promise<Truncated | undefined> {
  try {
    return await countTruncated(encoder, texts);
  } catch (error) {
    if (error instanceof HarnessError && error.code !== 'INTERNAL') return undefined;
    throw error;
  }
}
