import { existsSync } from 'node:fs';
import { rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { HarnessError, reason } from '../errors.ts';
import { withLock } from '../files/lock.ts';
import { sweepPartials } from '../files/partial-files.ts';
import { makeFolder } from '../files/make-folder.ts';
import { csvOfRows, readRows } from './csv.ts';
import { predictionsFile, predictionsOf, mergePredictions, NO_PREDICTIONS, outcomesOf, readPredictions, textOfPredictions, type Predictions } from './predictions.ts';
import { cellKey, mergeRows } from './merge.ts';
import { INPUT_COLUMNS, SCORE_COLUMNS, type Column, type Row } from './row.ts';
import { agrees, type ScoredCell } from './scored.ts';
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
  /** By file. */
  readonly #predictions = new Map<string, { readonly seen: string | undefined; readonly predictions: Predictions }>();
  /** Keys of cells, each with the file of its predictions. */
  readonly #dropped = new Map<string, string>();
  readonly #replaced: string[] = [];
  /** Says, as long as it is there, that a run has begun and not come to its end. */
  #marker: string | undefined;
  #goesOn = false;

  private constructor(folder: string, policy: Policy, rows: Row[], seen: string | undefined) {
    this.path = folder;
    this.policy = policy;
    this.#rows = rows;
    this.#seen = seen;
  }

  /** @throws HarnessError FORMAT where a file is broken, OUTPUT where it has columns that writing it would lose. */
  static async open({ folder, policy }: OpenParams): Promise<ResultsFolder> {
    const file = path.join(folder, 'results.csv');
    const seen = await signature(file);
    const { rows, unknownColumns } = await readRows(file);
    if (unknownColumns.length > 0 && policy !== 'overwrite') {
      throw new HarnessError('OUTPUT', { where: `${file}:1`, what: `Columns ${unknownColumns.join(', ')} are of another version, and would be lost.`, mend: 'Name another folder with --out, or give --overwrite.' });
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

  /** What was computed anew and came out otherwise than the file said, a phrase each. */
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

  /** The run has come to its end. */
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
    const stale = expected.flatMap((row) => {
      const found = known.get(cellKey(row));
      const columns = found === undefined ? [] : otherInputs(found, row);
      return columns.length === 0 ? [] : [{ row, found: found!, columns }];
    });
    if (this.policy === 'prune-stale') {
      this.#dropStale(expected);
    } else if (stale.length > 0) {
      const { row, found, columns } = stale[0]!;
      const what = columns.map((column) => `${INPUT_WORDS[column]} ${found[column]} then, ${row[column]} now`).join('; ');
      throw new HarnessError('OUTPUT', {
        where: this.file,
        what: `${stale.length} of its cells ${stale.length === 1 ? 'was' : 'were'} made from other inputs (${row.encoder} on ${row.dataset}: ${what}).`,
        mend: '--overwrite makes them anew, --prune-stale drops and makes them anew, --only-missing keeps them; or name another folder with --out.',
      });
    }
    for (const row of expected) await this.#keptRow(row);
  }

  /** The rows of these cells as they stand in the folder; undefined unless all are there and may stay: of a run that goes on, from the same inputs, with what their texts were given. */
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
  async alone(work: () => Promise<void>, tries = 10): Promise<void> {
    const lock = path.join(this.path, '.lock');
    const busy = () => new HarnessError('OUTPUT', { where: lock, what: 'Another run holds it, and does not let go.', mend: 'Where there is no such run, delete the file.' });
    try {
      await makeFolder(this.path);
      await withLock(lock, work, { busy });
    } catch (error) {
      if (error instanceof HarnessError) throw error;
      // Another run that began just now has tried whether it can make the folder, and removed it again.
      if ((error as NodeJS.ErrnoException).code === 'ENOENT' && !existsSync(this.path) && tries > 1) return this.alone(work, tries - 1);
      throw new HarnessError('OUTPUT', { where: this.path, what: `It cannot be written (${reason(error)}).`, mend: 'Free the place or name another folder with --out.' }, { cause: error });
    }
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
      if (cells.length > 0 && this.#marker !== undefined && !existsSync(this.#marker)) await writeWhole({ file: this.#marker, text: '' });
      await this.#take(cells);
      const placed = cells.map((cell) => ({ cell, file: predictionsFile(this.path, cell.row.dataset) }));
      for (const file of new Set([...placed.map((each) => each.file), ...this.#dropped.values()])) {
        await this.#writePredictions(file, placed.filter((each) => each.file === file).map(({ cell }) => cell));
      }
      this.#rows = mergeRows({ old: this.#rows, fresh: cells.map(({ row }) => row) });
      this.#known = undefined;
      await sweepPartials(this.file, 0);
      await writeWhole({ file: this.file, text: csvOfRows(this.#rows) });
      this.#seen = await signature(this.file);
    });
  }

  /** The cell of an expected row that may stay as it is. */
  async #keptRow(expected: Row): Promise<Row | undefined> {
    const found = this.#byKey().get(cellKey(expected));
    if (found === undefined || this.policy === 'overwrite') return undefined;
    if (this.policy === 'only-missing') return found;
    const file = predictionsFile(this.path, found.dataset);
    const outcomes = outcomesOf(await this.#readPredictions(file), cellKey(found), file);
    if (outcomes !== undefined && !agrees(found, outcomes)) {
      // A run may have been ended between the two files: then the cell is made again.
      if (this.#goesOn) return undefined;
      throw new HarnessError('OUTPUT', {
        where: this.file,
        what: `${cellWords(found)}: the scores are not those of the texts in ${path.relative(this.path, file)}. Was the file edited?`,
        mend: 'Take the older files back, or give --overwrite.',
      });
    }
    const same = MADE_OF.every((column) => found[column] === expected[column]);
    // Approximate search has options that no column tells: it is done again.
    return outcomes !== undefined && same && found.index !== 'hnsw' && found.accuracy_low !== '' ? found : undefined;
  }

  #dropStale(expected: readonly Row[]): void {
    // Also what this command does not ask for, of the same encoders and data: it was made from files that are no more.
    const inputs = new Map(expected.map((row) => [pair(row), row]));
    const isStale = (row: Row): boolean => {
      const now = inputs.get(pair(row));
      return now !== undefined && otherInputs(row, now).length > 0;
    };
    for (const row of this.#rows.filter(isStale)) this.#dropped.set(cellKey(row), predictionsFile(this.path, row.dataset));
    this.#rows = this.#rows.filter((row) => !isStale(row));
    this.#known = undefined;
  }

  #known: ReadonlyMap<string, Row> | undefined;

  #byKey(): ReadonlyMap<string, Row> {
    return (this.#known ??= new Map(this.#rows.map((row) => [cellKey(row), row])));
  }

  async #readPredictions(file: string): Promise<Predictions> {
    const known = this.#predictions.get(file);
    const seen = await signature(file);
    if (known !== undefined && known.seen === seen) return known.predictions;
    // What is to be overwritten need not be whole.
    const predictions = await readPredictions(file).catch((error: unknown) => {
      if (this.policy === 'overwrite' && error instanceof HarnessError) return NO_PREDICTIONS;
      throw error;
    });
    this.#predictions.set(file, { seen, predictions });
    return predictions;
  }

  async #writePredictions(file: string, cells: readonly ScoredCell[]): Promise<void> {
    const old = await this.#readPredictions(file);
    const predictions = mergePredictions(old, cells.map(predictionsOf), (key) => !this.#dropped.has(key));
    // Whoever left a part here was killed: nobody writes but who is alone.
    await sweepPartials(file, 0);
    await writeWhole({ file, text: textOfPredictions(predictions) });
    this.#predictions.set(file, { seen: await signature(file), predictions });
  }

  /** Takes what other runs have written since. */
  async refresh(): Promise<void> {
    const seen = await signature(this.file);
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
        throw new HarnessError('OUTPUT', { where: this.file, what: `Another run has written ${cellWords(row)} meanwhile, from other inputs.`, mend: 'Name another folder with --out.' });
      }
      const differs = SCORE_COLUMNS.some((column) => found[column] !== '' && found[column] !== row[column]);
      if (differs && this.policy !== 'overwrite') this.#replaced.push(`${cellWords(row)} said ${found.micro_f1}, is ${row.micro_f1}`);
    }
  }
}

const INPUT_WORDS: Readonly<Record<(typeof INPUT_COLUMNS)[number], string>> = {
  members: 'encoders', file_hash: 'encoder file', tokenizer_hash: 'tokenizer', data_hash: 'data', training: 'training settings',
};

/** What a cell was made of beside its inputs. */
const MADE_OF = [...INPUT_COLUMNS, 'revision'] as const satisfies readonly Column[];

/** Inputs of a row that are known and are not those of `now`. */
function otherInputs(row: Row, now: Row): (typeof INPUT_COLUMNS)[number][] {
  return INPUT_COLUMNS.filter((column) => row[column] !== '' && row[column] !== now[column]);
}

function pair({ encoder, dataset, label_field: field, sample, objective, seed }: Row): string {
  return JSON.stringify([encoder, dataset, field, sample, objective, seed]);
}

function cellWords({ encoder, dataset, pooling, layers, protocol, split, objective, seed }: Row): string {
  return [`${encoder} on ${dataset}`, `${pooling} ${layers}`, `${protocol}${split === 'all' ? '' : ` ${split}`}`, ...(objective === '' ? [] : [`${objective} seed ${seed}`])].join(', ');
}

async function signature(file: string): Promise<string | undefined> {
  return stat(file, { bigint: true }).then(({ ino, size, mtimeNs }) => `${ino} ${size} ${mtimeNs}`, () => undefined);
}
