import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { HarnessError, option } from '../errors.ts';
import { groupBy } from '../group-by.ts';
import { sweepPartials } from '../files/partial-files.ts';
import { cellWords, inputsKey, MADE_OF, otherInputs, staleCell, staleCells } from './changed-inputs.ts';
import { csvOfRows, readRows } from './csv.ts';
import { fileSignature } from './file-signature.ts';
import { withFolderLock } from './folder-lock.ts';
import { cellKey, mergeRows } from './merge.ts';
import { outcomesOf, predictionsFile } from './predictions.ts';
import { PredictionsFiles } from './predictions-files.ts';
import { SCORE_COLUMNS, type Row } from './row.ts';
import { agrees, type ScoredCell } from './scored.ts';
import { hasIntervals, scoreColumn } from './task-scores.ts';
import { writeWhole } from './write.ts';

/**
 * What becomes of the cells that a results folder has already. `same-inputs`: those made from other files end the run, the others are
 * computed anew, but for those of a run that goes on; `overwrite`: all are computed anew; `only-missing`: all stay; `prune-stale`:
 * those made from other files are dropped.
 */
export type Policy = 'same-inputs' | 'overwrite' | 'only-missing' | 'prune-stale';

export interface OpenParams {
  readonly folder: string;
  readonly policy: Policy;
}

/**
 * results.csv and the predictions beside it. Cells are added one by one, each on the disk before the next: what is killed at any
 * moment loses no more than the running cell. Several runs may add to one folder at once.
 */
export class ResultsFolder {
  readonly path: string;
  readonly policy: Policy;
  #rows: Row[];
  /** How results.csv was when it was read or written last. */
  #seen: string | undefined;
  readonly #predictions: PredictionsFiles;
  /** Keys of cells, each with the file of its predictions. */
  readonly #dropped = new Map<string, string>();
  readonly #replaced: string[] = [];
  /** A file that exists while a run has begun and not finished. */
  #marker: string | undefined;
  #goesOn = false;

  private constructor(folder: string, policy: Policy, rows: Row[], seen: string | undefined) {
    this.path = folder;
    this.policy = policy;
    this.#rows = rows;
    this.#seen = seen;
    this.#predictions = new PredictionsFiles({ overwrite: policy === 'overwrite' });
  }

  /** @throws HarnessError FORMAT where a file is broken, OUTPUT where it has columns that writing it would lose. */
  static async open({ folder, policy }: OpenParams): Promise<ResultsFolder> {
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
    return new ResultsFolder(folder, policy, rows, seen);
  }

  get file(): string {
    return path.join(this.path, 'results.csv');
  }

  /** All rows, old and new. */
  get rows(): readonly Row[] {
    return this.#rows;
  }

  /** Cells that were computed again with other scores than the file had, a phrase each. */
  get replaced(): readonly string[] {
    return this.#replaced;
  }

  /** Cells that were dropped since they were made from other files. */
  get dropped(): number {
    return this.#dropped.size;
  }

  /**
   * Tells a run by its plan. Whether an earlier one of the same plan was ended before its end: then its cells are kept. A run that came
   * to its end, here or on the machine that committed its results, is made again when it is asked for again.
   */
  begin(plan: string): boolean {
    this.#marker = path.join(this.path, `.running-${plan}`);
    this.#goesOn = existsSync(this.#marker);
    return this.#goesOn;
  }

  /** Notes that the run has finished. */
  async end(): Promise<void> {
    if (this.#marker !== undefined) await rm(this.#marker, { force: true });
  }

  /**
   * Looks at all cells that a run is to make, before it begins. `expected`: rows without scores.
   * @throws HarnessError OUTPUT where some were made from other files, or were edited; FORMAT where predictions are broken.
   */
  async check(expected: readonly Row[]): Promise<void> {
    if (this.policy === 'overwrite' || this.policy === 'only-missing') return;
    const known = this.#byKey();
    const stale = expected.flatMap((row) => staleCell(known.get(cellKey(row)), row) ?? []);
    if (this.policy === 'prune-stale') {
      this.#dropStale(expected);
    } else if (stale.length > 0) {
      throw staleCells(this.file, stale);
    }
    for (const row of expected) await this.#keptRow(row);
  }

  /**
   * The rows of these cells as they stand in the folder; undefined unless all are there and may stay: of a run that goes on, from the same
   * inputs, with the predictions beside them.
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

  /** Runs `work` while no other run writes to the folder. @throws HarnessError OUTPUT where it cannot be had, or written. */
  alone(work: () => Promise<void>): Promise<void> {
    return withFolderLock(this.path, work);
  }

  /**
   * Writes another file of the folder, alone: what a killed run left of it is removed first, and what others have added meanwhile is among
   * the rows. @throws HarnessError OUTPUT
   */
  async write(name: string, work: (file: string) => Promise<void>): Promise<void> {
    const file = path.join(this.path, name);
    await this.alone(async () => {
      await sweepPartials(file, 0);
      await this.refresh();
      await work(file);
    });
  }

  /** Writes cells, atomically, beside what is there. @throws HarnessError OUTPUT, FORMAT */
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

  /** The cell of an expected row that may stay as it is. */
  async #keptRow(expected: Row): Promise<Row | undefined> {
    const found = this.#byKey().get(cellKey(expected));
    if (found === undefined || this.policy === 'overwrite') return undefined;
    if (this.policy === 'only-missing') return found;
    const file = predictionsFile(this.path, found.dataset);
    const outcomes = outcomesOf(await this.#predictions.read(file), cellKey(found), file);
    if (outcomes !== undefined && !agrees(found, outcomes)) {
      // A run may have been ended between the two files: then the cell is made again.
      if (this.#goesOn) return undefined;
      throw new HarnessError('OUTPUT', {
        where: this.file,
        what: `${cellWords(found)}: the scores do not match the texts in ${path.relative(this.path, file)}. Was the file edited?`,
        hint: `Restore the original files, or give ${option('overwrite')}.`,
      });
    }
    const same = MADE_OF.every((column) => found[column] === expected[column]);
    // Approximate search has options that no column tells: it is done again.
    return outcomes !== undefined && same && ['', 'exact'].includes(found.index) && hasIntervals(found) ? found : undefined;
  }

  #dropStale(expected: readonly Row[]): void {
    // Also what this command does not ask for, of the same encoders and data: it was made from files that are no more.
    const inputs = groupBy(expected, inputsKey);
    const isStale = (row: Row): boolean => {
      const now = inputs.get(inputsKey(row));
      const same = now?.find(({ prompt }) => prompt === row.prompt) ?? now?.[0];
      return same !== undefined && otherInputs(row, same).length > 0;
    };
    for (const row of this.#rows.filter(isStale)) this.#dropped.set(cellKey(row), predictionsFile(this.path, row.dataset));
    this.#rows = this.#rows.filter((row) => !isStale(row));
    this.#known = undefined;
  }

  #known: ReadonlyMap<string, Row> | undefined;

  #byKey(): ReadonlyMap<string, Row> {
    return (this.#known ??= new Map(this.#rows.map((row) => [cellKey(row), row])));
  }

  /** Takes what other runs have written since. */
  async refresh(): Promise<void> {
    const seen = await fileSignature(this.file);
    if (seen === this.#seen) return;
    const { rows } = await readRows(this.file);
    this.#rows = rows.filter((row) => !this.#dropped.has(cellKey(row)));
    this.#known = undefined;
    this.#seen = seen;
  }

  /** The same, and notes what `cells` replace. */
  async #take(cells: readonly ScoredCell[]): Promise<void> {
    const before = this.#byKey();
    await this.refresh();
    const now = this.#byKey();
    for (const { row } of cells) {
      const found = now.get(cellKey(row));
      if (found === undefined) continue;
      if (before.get(cellKey(row)) === undefined && otherInputs(found, row).length > 0) {
        throw new HarnessError('OUTPUT', {
          where: this.file,
          what: `Another run has meanwhile written ${cellWords(row)} from other inputs.`,
          hint: `Give another folder with ${option('out')}.`,
        });
      }
      const differs = SCORE_COLUMNS.some((column) => found[column] !== '' && found[column] !== row[column]);
      const score = scoreColumn(row, 'micro_f1');
      if (differs && this.policy !== 'overwrite') this.#replaced.push(`${cellWords(row)} said ${found[score]}, is ${row[score]}`);
    }
  }
}
