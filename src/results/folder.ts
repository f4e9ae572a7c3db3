import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { HarnessError, option } from '../errors.ts';
import { groupBy } from '../group-by.ts';
import { sweepPartials } from '../files/partial-files.ts';
import { resultName, inputsKey, MADE_OF, otherInputs, staleResult, staleResults } from './changed-inputs.ts';
import { csvOfRows, readRows } from './csv.ts';
import { fileSignature } from './file-signature.ts';
import { withFolderLock } from './folder-lock.ts';
import { resultKey, mergeRows } from './merge.ts';
import { outcomesOf, predictionsFile } from './predictions.ts';
import { PredictionsFiles } from './predictions-files.ts';
import { SCORE_COLUMNS, type Row } from './row.ts';
import { agrees, type ScoredCell } from './scored.ts';
import { hasIntervals, scoreColumn } from './task-scores.ts';
import { writeWhole } from './write.ts';

/**
 * What happens to existing results in a folder. `same-inputs`: those made from other files end the run, the others are recomputed, except
 * for those of a run that is resumed; `overwrite`: all are recomputed; `only-missing`: all are kept; `prune-stale`: those made from other
 * files are deleted.
 */
export type Policy = 'same-inputs' | 'overwrite' | 'only-missing' | 'prune-stale';

export interface OpenParams {
  readonly folder: string;
  readonly policy: Policy;
  /** Policies that the command can be given. Default: all. */
  readonly policies?: readonly Policy[] | undefined;
}

/**
 * results.csv and its prediction files. Results are added one at a time, each written before the next: a killed run loses at most the
 * result in progress. Several runs may add to one folder at the same time.
 */
export class ResultsFolder {
  readonly path: string;
  readonly policy: Policy;
  readonly #policies: readonly Policy[] | undefined;
  #rows: Row[];
  /** State of results.csv when it was last read or written. */
  #seen: string | undefined;
  readonly #predictions: PredictionsFiles;
  /** Keys of results, each with its prediction file. */
  readonly #dropped = new Map<string, string>();
  readonly #replaced: string[] = [];
  /** A file that exists while a run is unfinished. */
  #marker: string | undefined;
  #goesOn = false;

  private constructor({ folder, policy, policies }: OpenParams, rows: Row[], seen: string | undefined) {
    this.path = folder;
    this.policy = policy;
    this.#policies = policies;
    this.#rows = rows;
    this.#seen = seen;
    this.#predictions = new PredictionsFiles({ overwrite: policy === 'overwrite' });
  }

  /** @throws HarnessError FORMAT if a file is broken, OUTPUT if it has columns that writing would lose. */
  static async open(params: OpenParams): Promise<ResultsFolder> {
    const { folder, policy } = params;
    const file = path.join(folder, 'results.csv');
    const seen = await fileSignature(file);
    const { rows, unknownColumns } = await readRows(file);
    if (unknownColumns.length > 0 && policy !== 'overwrite') {
      throw new HarnessError('OUTPUT', {
        where: `${file}:1`,
        what: `Columns ${unknownColumns.join(', ')} are from another version and would be lost.`,
        hint: `Give another folder with ${option('out')}, or ${option('overwrite')}.`,
      });
    }
    return new ResultsFolder(params, rows, seen);
  }

  get file(): string {
    return path.join(this.path, 'results.csv');
  }

  /** All rows, old and new. */
  get rows(): readonly Row[] {
    return this.#rows;
  }

  /** Results that were recomputed with other scores than in the file, a phrase each. */
  get replaced(): readonly string[] {
    return this.#replaced;
  }

  /** Number of results deleted because they were made from other files. */
  get dropped(): number {
    return this.#dropped.size;
  }

  /**
   * Marks a run, identified by its plan, as started. Returns whether an earlier run of the same plan was aborted: then its results are
   * kept. A run that finished, here or on the machine that committed its results, is repeated if requested again.
   */
  begin(plan: string): boolean {
    this.#marker = path.join(this.path, `.running-${plan}`);
    this.#goesOn = existsSync(this.#marker);
    return this.#goesOn;
  }

  /** Marks the run as finished. */
  async end(): Promise<void> {
    if (this.#marker !== undefined) await rm(this.#marker, { force: true });
  }

  /**
   * Checks all results that a run is to make before it starts. `expected`: rows without scores.
   * @throws HarnessError OUTPUT if some were made from other files, or were edited; FORMAT if predictions are broken.
   */
  async check(expected: readonly Row[]): Promise<void> {
    if (this.policy === 'overwrite' || this.policy === 'only-missing') return;
    const known = this.#byKey();
    const stale = expected.flatMap((row) => staleResult(known.get(resultKey(row)), row) ?? []);
    if (this.policy === 'prune-stale') {
      this.#dropStale(expected);
    } else if (stale.length > 0) {
      throw staleResults(this.file, stale, this.#policies);
    }
    for (const row of expected) await this.#keptRow(row);
  }

  /**
   * The existing rows of these results; undefined unless all exist and may stay: from a resumed run, the same inputs, and with their
   * predictions.
   */
  async kept(expected: readonly Row[]): Promise<Row[] | undefined> {
    if (!this.#goesOn && this.policy !== 'only-missing') return undefined;
    const rows: Row[] = [];
    for (const row of expected) {
      const kept = await this.#keptRow(row);
      if (kept === undefined) return undefined;
      rows.push(kept);
    }
    return rows;
  }

  /** Runs `work` while no other run writes to the folder. @throws HarnessError OUTPUT if it cannot be locked, or written. */
  alone(work: () => Promise<void>): Promise<void> {
    return withFolderLock(this.path, work);
  }

  /**
   * Writes another file of the folder, exclusively: partial files of a killed run are removed first, and rows that others have added in the
   * meantime are included. @throws HarnessError OUTPUT
   */
  async write(name: string, work: (file: string) => Promise<void>): Promise<void> {
    const file = path.join(this.path, name);
    await this.alone(async () => {
      await sweepPartials(file, 0);
      await this.refresh();
      await work(file);
    });
  }

  /** Adds results to the folder, atomically. @throws HarnessError OUTPUT, FORMAT */
  async add(cells: readonly ScoredCell[]): Promise<void> {
    if (cells.length === 0 && this.#dropped.size === 0) return;
    await this.alone(async () => {
      const marker = cells.length === 0 ? undefined : this.#marker;
      if (marker !== undefined && !existsSync(marker)) await writeWhole({ file: marker, text: '' });
      await this.#take(cells);
      const placed = cells.map((cell) => ({ cell, file: predictionsFile(this.path, cell.row.dataset) }));
      for (const file of new Set([...placed.map((each) => each.file), ...this.#dropped.values()])) {
        const own = placed.filter((each) => each.file === file).map(({ cell }) => cell);
        await this.#predictions.add(file, own, (key) => !this.#dropped.has(key));
      }
      this.#rows = mergeRows({ old: this.#rows, fresh: cells.map(({ row }) => row) });
      this.#known = undefined;
      await sweepPartials(this.file, 0);
      await writeWhole({ file: this.file, text: csvOfRows(this.#rows) });
      this.#seen = await fileSignature(this.file);
    });
  }

  /** The existing result for an expected row, if it may stay as it is. */
  async #keptRow(expected: Row): Promise<Row | undefined> {
    const found = this.#byKey().get(resultKey(expected));
    if (found === undefined || this.policy === 'overwrite') return undefined;
    if (this.policy === 'only-missing') return found;
    const file = predictionsFile(this.path, found.dataset);
    const outcomes = outcomesOf(await this.#predictions.read(file), resultKey(found), file);
    if (outcomes !== undefined && !agrees(found, outcomes)) {
      // A run may have been aborted between writing the two files: then the result is recomputed.
      if (this.#goesOn) return undefined;
      throw new HarnessError('OUTPUT', {
        where: this.file,
        what: `${resultName(found)}: the scores do not match the texts in ${path.relative(this.path, file)}. Was the file edited?`,
        hint: `Restore the original files, or give ${option('overwrite')}.`,
      });
    }
    const same = MADE_OF.every((column) => found[column] === expected[column]);
    // Older tables do not have the options of an approximate search: it is repeated.
    const isKnown = ['', 'exact'].includes(found.index) || found.index_options !== '';
    return outcomes !== undefined && same && isKnown && hasIntervals(found) ? found : undefined;
  }

  #dropStale(expected: readonly Row[]): void {
    // Also results that this command does not request, of the same encoders and data, as their files have been replaced.
    const inputs = groupBy(expected, inputsKey);
    const isStale = (row: Row): boolean => {
      const now = inputs.get(inputsKey(row));
      const same = now?.find(({ prompt }) => prompt === row.prompt) ?? now?.[0];
      return same !== undefined && otherInputs(row, same).length > 0;
    };
    for (const row of this.#rows.filter(isStale)) this.#dropped.set(resultKey(row), predictionsFile(this.path, row.dataset));
    this.#rows = this.#rows.filter((row) => !isStale(row));
    this.#known = undefined;
  }

  #known: ReadonlyMap<string, Row> | undefined;

  #byKey(): ReadonlyMap<string, Row> {
    return (this.#known ??= new Map(this.#rows.map((row) => [resultKey(row), row])));
  }

  /** Reads what other runs have written since. */
  async refresh(): Promise<void> {
    const seen = await fileSignature(this.file);
    if (seen === this.#seen) return;
    const { rows } = await readRows(this.file);
    this.#rows = rows.filter((row) => !this.#dropped.has(resultKey(row)));
    this.#known = undefined;
    this.#seen = seen;
  }

  /** The same, and records which results `cells` replace. */
  async #take(cells: readonly ScoredCell[]): Promise<void> {
    const before = this.#byKey();
    await this.refresh();
    const now = this.#byKey();
    for (const { row } of cells) {
      const found = now.get(resultKey(row));
      if (found === undefined) continue;
      if (before.get(resultKey(row)) === undefined && otherInputs(found, row).length > 0) {
        throw new HarnessError('OUTPUT', {
          where: this.file,
          what: `Another run has meanwhile written ${resultName(row)} from other inputs.`,
          hint: `Give another folder with ${option('out')}.`,
        });
      }
      const differs = SCORE_COLUMNS.some((column) => found[column] !== '' && found[column] !== row[column]);
      const score = scoreColumn(row, 'micro_f1');
      if (differs && this.policy !== 'overwrite') this.#replaced.push(`${resultName(row)} said ${found[score]}, is ${row[score]}`);
    }
  }
}
