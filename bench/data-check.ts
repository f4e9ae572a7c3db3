import { checkData, type DataCheck } from '../src/datasets/check.ts';
import type { NeighboursAsked } from '../src/datasets/check-classes.ts';
import type { Dataset } from '../src/datasets/dataset.ts';
import { countTruncated, type Truncated } from '../src/encoders/count-truncated.ts';
import type { Encoder } from '../src/encoders/encoder.ts';
import { HarnessError } from '../src/errors.ts';
import { dataCheckLines, dataFindings, type Truncation } from '../src/report/data-check.ts';
import type { Progress } from '../src/report/progress.ts';
import type { DataRecord } from '../src/results/run-record.ts';

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
    const key = `${encoder.tokenizer.hash} ${encoder.maxLength}`;
    if (!known.has(key)) known.set(key, await truncated(encoder, dataset.texts));
    const found = known.get(key);
    if (found !== undefined) truncation.push({ encoder: encoder.name, maxLength: encoder.maxLength, ...found });
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

export interface SayParams extends CheckParams {
  readonly progress: Progress;
  readonly warn: (line: string) => void;
  /** What was said of the data set before its splits were cut: its findings are not said again, and no text is counted again. */
  readonly before?: DataCheck | undefined;
}

/** Says a check before anything is computed: facts as progress, findings as warnings, which stay where there is no progress. */
export async function sayDataCheck({ progress, warn, before, ...params }: SayParams): Promise<DataCheck> {
  const { check, truncation } = await checkDataset(before === undefined ? params : { ...params, encoders: [] });
  const said = new Set(before === undefined ? [] : dataCheckLines(before, []).map(({ text }) => text));
  for (const { kind, text } of dataCheckLines(check, truncation)) if (!said.has(text)) (kind === 'fact' ? progress.log : warn)(text);
  return check;
}

/** What run.json keeps of a check. */
export function recordOfCheck(check: DataCheck): DataRecord {
  const { dataset, sample, texts, splits, empty, duplicates, leaks } = check;
  return {
    dataset, sample, texts, splits, empty, duplicates: duplicates.rows, conflicting: duplicates.conflicting,
    testInTrain: leaks.testInTrain, devInTrain: leaks.devInTrain, testInDev: leaks.testInDev, findings: dataFindings(check),
  };
}
