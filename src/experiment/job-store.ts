import { createHash } from 'node:crypto';
import { readdir, readFile, rm, stat, utimes } from 'node:fs/promises';
import path from 'node:path';
import { writeAtomically } from '../files/atomic.ts';
import { makeFolder } from '../files/make-folder.ts';
import { sweepPartials } from '../files/partial-files.ts';
import { packageVersion } from '../home.ts';
import type { Job, JobResult } from './job.ts';

/** Results not used for this long belong to other runs and are deleted. */
const DAYS = 30;

/**
 * Results of jobs as files, by id: an experiment that was killed and is started again reads them from there if they are not all in the
 * tables of the results folder. Files are written atomically, after their own hash.
 */
export class JobStore {
  readonly #folder: string;
  readonly #warn: (line: string) => void;
  #swept = false;

  constructor(folder: string, warn: (line: string) => void) {
    this.#folder = folder;
    this.#warn = warn;
  }

  /** undefined if it is missing or damaged. */
  async load(job: Job): Promise<JobResult | undefined> {
    const file = this.#fileOf(job);
    const [hash, json] = (await readFile(file, 'utf8').catch(() => '')).split('\n');
    if (json === undefined || hash !== hashOf(json)) return undefined;
    const now = new Date();
    await utimes(file, now, now).catch(() => undefined);
    return JSON.parse(json) as JobResult;
  }

  /** If it cannot be written, it will be computed again. */
  async save(job: Job, result: JobResult): Promise<void> {
    const json = JSON.stringify(result);
    try {
      await makeFolder(this.#folder);
      await sweepPartials(this.#fileOf(job));
      await writeAtomically(this.#fileOf(job), `${hashOf(json)}\n${json}`);
    } catch {
      this.#warn(`Estimates cannot be saved in ${this.#folder}: after an interruption they are recomputed.`);
    }
    await this.#sweep();
  }

  #fileOf({ id }: Job): string {
    return path.join(this.#folder, `${id}-${packageVersion()}.json`);
  }

  async #sweep(): Promise<void> {
    if (this.#swept) return;
    this.#swept = true;
    const oldest = Date.now() - DAYS * 86_400_000;
    for (const name of await readdir(this.#folder).catch(() => [])) {
      const file = path.join(this.#folder, name);
      if (((await stat(file).catch(() => undefined))?.mtimeMs ?? Infinity) < oldest) await rm(file, { force: true });
    }
  }
}

function hashOf(json: string): string {
  return createHash('sha256').update(json).digest('hex');
}
