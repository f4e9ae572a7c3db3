import { markdownOf } from '../../src/report/markdown.ts';
import { readPublished } from '../../src/report/published.ts';
import type { OutputFailure } from '../../src/report/output/output.ts';
import type { ResultsCommand } from '../../src/report/output/tables.ts';
import { numberReasons } from '../../src/report/reasons.ts';
import { answeringLists } from '../../src/report/verdict/answer.ts';
import type { RankedList } from '../../src/report/verdict/ranked-list.ts';
import { render, type Format } from '../../src/report/render.ts';
import type { Titles } from '../../src/report/titles.ts';
import type { SavedModel } from '../../src/experiment/save-trained.ts';
import { readAllPredictions } from '../../src/results/all-predictions.ts';
import type { ResultsFolder } from '../../src/results/folder.ts';
import type { Failure, Row } from '../../src/results/row.ts';
import { writeRunRecord, type RunRecord } from '../../src/results/run-record.ts';
import { writeWhole } from '../../src/results/write.ts';
import { flagged, flaggedReasons } from '../flags/flag-names.ts';
import { sayWritten } from './next.ts';
import { saySaved } from './saved.ts';
import { say } from './say.ts';
import type { Terminal } from '../command-module.ts';

export interface FinishParams {
  readonly command: ResultsCommand;
  readonly results: ResultsFolder;
  /** Rows of this run. */
  readonly rows: readonly Row[];
  readonly failures: readonly Failure[];
  /** Further missing results, machine-readable: results.md reports what was tried. */
  readonly missing?: readonly OutputFailure[] | undefined;
  readonly titles: Titles;
  readonly record: RunRecord;
  /** Further files that the command has written. */
  readonly files: readonly string[];
  readonly format: Format;
  readonly terminal: Terminal;
  readonly warn: (line: string) => void;
  /** Warnings given before printing. */
  readonly notes: () => readonly string[];
  /** Whether the run was aborted. */
  readonly interrupted: boolean;
  /** What is printed of a ranking, if there are no results. */
  readonly ranking?: string | undefined;
  /** Fine-tuned models that were saved. */
  readonly saved?: readonly SavedModel[] | undefined;
  /** Neither where files are nor what could be next is said. */
  readonly quiet: boolean;
  /** Every table at its full width, not only the answer. */
  readonly wide: boolean;
  /** The next command, given the answer for each dataset; undefined: `bench report`. */
  readonly goesOn?: ((lists: readonly RankedList[]) => readonly string[] | undefined) | undefined;
}

/** Writes what is made from all rows, results.md and run.json, and prints this run's. */
export async function finish({
  command,
  results,
  rows,
  failures: failed,
  missing,
  titles,
  record,
  files,
  format,
  terminal,
  warn,
  notes,
  interrupted,
  wide,
  goesOn,
  ranking,
  saved = [],
  quiet,
}: FinishParams): Promise<void> {
  const failures = flaggedReasons(failed);
  const published = await readPublished();
  const predictions = await readAllPredictions({ folder: results.path, rows: results.rows, warn });
  // Shards of a ranking have only estimates.
  const hasTables = results.rows.length > 0 || !files.includes('estimates.csv');
  if (hasTables && (results.rows.length > 0 || !interrupted))
    await results.write('results.md', (file) =>
      writeWhole({ file, text: markdownOf({ rows: results.rows, failures, titles, published, predictions }) }),
    );
  await results.write('run.json', (file) => writeRunRecord({ file, record }));
  if (results.dropped > 0) warn(`${results.file}: ${results.dropped} results made from other files are dropped.`);
  const [replaced] = results.replaced;
  if (replaced !== undefined)
    warn(
      `${results.file}: ${results.replaced.length} results had no saved predictions and were recomputed, with different scores (${replaced}).`,
    );
  if (interrupted) return;
  await results.end();
  if (hasTables || failures.length > 0 || format !== 'table')
    terminal.out.write(
      (format === 'table' ? flagged : same)(
        render({
          command,
          rows,
          failures,
          missing,
          titles,
          predictions,
          format,
          notes: notes().map(flagged),
          tty: terminal.width !== undefined,
          width: wide ? Number.POSITIVE_INFINITY : terminal.width,
          color: terminal.color,
          detail: wide ? 'all' : 'answer',
        }),
      ),
    );
  else if (ranking !== undefined) terminal.out.write(flagged(ranking));
  // Tables print them below.
  if (format === 'csv' || format === 'json')
    for (const line of numberReasons({ failures, titles }).lines) say(terminal.err, `Failed: ${line}`);
  const predict = saySaved(terminal, saved);
  if (format === 'table')
    sayWritten(terminal, {
      quiet,
      folder: results.path,
      files: [...(hasTables ? ['results.csv', 'results.md'] : []), ...files, 'run.json'],
      isShard: (record.plan?.shard ?? null) !== null,
      shown: !wide && hasTables ? rows.length : undefined,
      next: predict ?? goesOn?.(answeringLists({ rows, predictions })),
    });
}

function same(text: string): string {
  return text;
}
