import type { DataCheck } from '../../src/datasets/check.ts';
import type { CheckedDataset } from '../../src/experiment/check-dataset.ts';
import type { Progress } from '../../src/progress.ts';
import { dataCheckLines } from '../../src/report/data-check.ts';

export interface SayParams extends CheckedDataset {
  readonly progress: Progress;
  readonly warn: (line: string) => void;
  /** Data check of the dataset before it was split: its findings are not repeated, and no text is counted again. */
  readonly before?: DataCheck | undefined;
}

/** Prints a data check: facts as progress, findings as warnings, which are printed without progress too. */
export function sayDataCheck({ check, truncation, before, progress, warn }: SayParams): void {
  const said = new Set(before === undefined ? [] : dataCheckLines(before, []).map(({ text }) => text));
  for (const { kind, text } of dataCheckLines(check, truncation)) if (!said.has(text)) (kind === 'fact' ? progress.log : warn)(text);
}
