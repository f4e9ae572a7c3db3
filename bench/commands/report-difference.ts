import path from 'node:path';
import { HarnessError } from '../../src/errors.ts';
import { differenceOf } from '../../src/report/html/difference-cells.ts';
import type { Difference } from '../../src/report/page/data.ts';
import { csvOfRows } from '../../src/results/csv.ts';
import { diffResults } from '../../src/results/diff.ts';
import type { Predictions } from '../../src/results/predictions.ts';
import type { Row } from '../../src/results/row.ts';
import { openResults, type ResultsSource } from '../../src/results/source.ts';
import { folderName } from './report-data.ts';

/** Changes since another commit or folder, for the page. */

interface Compared {
  readonly found?: Difference | undefined;
  readonly notes: readonly string[];
}

/** Compared with what is requested; else with the last commit, if it has these results. Throws OPTION as `bench diff` does. */
export async function differenceFrom({
  against,
  folder,
  rows,
}: {
  against: string | undefined;
  folder: string;
  rows: readonly Row[];
}): Promise<Compared> {
  const before = await openResults({ from: against ?? 'HEAD', folder }).catch((error: unknown) => {
    if (against === undefined && error instanceof HarnessError) return undefined;
    throw error;
  });
  if (before === undefined) return { notes: ['`--against REV_OR_FOLDER` compares with another commit or folder.'] };
  if (against === undefined && csvOfRows(before.rows) === csvOfRows(rows))
    return { notes: ['No changes since the last commit; `--against REV_OR_FOLDER` compares with another.'] };
  const after = { ...(await openResults({ from: folder, folder })), name: folderName(folder) };
  const named = { ...before, name: path.isAbsolute(before.name) ? folderName(before.name) : before.name };
  return { found: differenceOf(await diffResults({ before: remembered(named), after: remembered(after) })), notes: [] };
}

/** Caches the predictions of a dataset. */
function remembered(source: ResultsSource): ResultsSource {
  const known = new Map<string, Promise<Predictions>>();
  return {
    ...source,
    predictions: (dataset) => {
      const found = known.get(dataset) ?? source.predictions(dataset);
      known.set(dataset, found);
      return found;
    },
  };
}
