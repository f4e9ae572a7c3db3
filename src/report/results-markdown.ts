import type { Registries } from '../registry/registries.ts';
import { readAllPredictions } from '../results/all-predictions.ts';
import type { ResultsFolder } from '../results/folder.ts';
import type { Failure } from '../results/row.ts';
import { markdownOf } from './markdown.ts';
import { readPublished } from './published.ts';
import { titlesOf } from './registry-titles.ts';

export interface ResultsMarkdownParams {
  readonly results: ResultsFolder;
  /** Failures of this run: dashes with their reasons. */
  readonly failures: readonly Failure[];
  readonly registries: Registries;
  readonly warn: (line: string) => void;
}

/** results.md: all rows of a results folder as tables. */
export async function resultsMarkdown({ results, failures, registries, warn }: ResultsMarkdownParams): Promise<string> {
  const predictions = await readAllPredictions({ folder: results.path, rows: results.rows, warn });
  return markdownOf({ rows: results.rows, failures, titles: titlesOf(registries), published: await readPublished(), predictions });
}
