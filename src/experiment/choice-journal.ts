import { createHash } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { HarnessError } from '../errors.ts';
import { writeAtomically } from '../files/atomic.ts';
import { holderOf, takeLock } from '../files/lock.ts';
import { makeFolder } from '../files/make-folder.ts';
import { sweepPartials } from '../files/partial-files.ts';
import { packageVersion } from '../home.ts';
import { own } from '../own.ts';

/** How often the elapsed time is written: a killed choice loses no more than this. */
const NOTED_MS = 1000;

export interface JournalParams {
  readonly folder: string;
  /** Hash of all that determines the choice. */
  readonly id: string;
  /** Start over. */
  readonly overwrite: boolean;
  readonly warn: (line: string) => void;
}

/**
 * Journal of a choice: completed steps, and the time taken over all processes that worked on it. A choice that was killed and is started
 * again reads the completed steps and decides as before. A step is written atomically, after its own hash; only one process can hold the
 * journal at a time.
 */
export class ChoiceJournal {
  readonly #file: string;
  readonly #warn: (line: string) => void;
  readonly #release: () => Promise<void>;
  readonly #begun = performance.now();
  #steps: Record<string, unknown> = {};
  #before = 0;
  #timer: NodeJS.Timeout | undefined;
  #noting: Promise<void> = Promise.resolve();

  private constructor(file: string, warn: (line: string) => void, release: () => Promise<void>) {
    this.#file = file;
    this.#warn = warn;
    this.#release = release;
  }

  /** Throws TRAINING if another process is running the same choice. */
  static async open({ folder, id, overwrite, warn }: JournalParams): Promise<ChoiceJournal> {
    const file = path.join(folder, `choice-${id}-${packageVersion()}.json`);
    const lock = `${file}.lock`;
    await makeFolder(folder);
    const release = await takeLock(lock);
    if (release === undefined) {
      throw new HarnessError('TRAINING', {
        where: lock,
        what: `Another process is running this choice (${await holderOf(lock)}).`,
        hint: 'Wait for it, then run the command again to use its results. If no such process exists, delete the file.',
      });
    }
    const journal = new ChoiceJournal(file, warn, release);
    if (overwrite) await journal.#clear();
    await journal.#read();
    journal.#timer = setInterval(() => journal.#note(), NOTED_MS);
    journal.#timer.unref();
    return journal;
  }

  /** Milliseconds taken so far, earlier processes included. */
  get spentMs(): number {
    return this.#before + performance.now() - this.#begun;
  }

  /** Result of a step; undefined if it is not done. */
  step(name: string): unknown {
    return own(this.#steps, name);
  }

  get isEmpty(): boolean {
    return Object.keys(this.#steps).length === 0;
  }

  async add(name: string, value: unknown): Promise<void> {
    this.#steps[name] = value;
    const json = JSON.stringify({ spentMs: this.spentMs, steps: this.#steps });
    await this.#write(this.#file, `${hashOf(json)}\n${json}`);
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#noting;
    await this.#write(this.#clock, String(this.spentMs));
    await this.#release();
  }

  get #clock(): string {
    return `${this.#file}.ms`;
  }

  async #read(): Promise<void> {
    const [hash, json] = (await readFile(this.#file, 'utf8').catch(() => '')).split('\n');
    const found =
      json !== undefined && hash === hashOf(json) ? (JSON.parse(json) as { spentMs: number; steps: Record<string, unknown> }) : undefined;
    const noted = Number(await readFile(this.#clock, 'utf8').catch(() => '0'));
    this.#steps = found?.steps ?? {};
    this.#before = Math.max(found?.spentMs ?? 0, Number.isFinite(noted) ? noted : 0);
  }

  #note(): void {
    this.#noting = this.#noting.then(() => this.#write(this.#clock, String(this.spentMs)));
  }

  async #write(file: string, text: string): Promise<void> {
    try {
      await sweepPartials(file);
      await writeAtomically(file, text);
    } catch {
      this.#warn(`Progress cannot be saved in ${path.dirname(file)}: after an interruption the choice starts over.`);
    }
  }

  async #clear(): Promise<void> {
    for (const file of [this.#file, this.#clock]) await rm(file, { force: true });
  }
}

function hashOf(json: string): string {
  return createHash('sha256').update(json).digest('hex');
}
