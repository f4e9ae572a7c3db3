import { createHash } from 'node:crypto';
import { readdir, readFile, rm, stat, utimes } from 'node:fs/promises';
import path from 'node:path';
import { writeAtomically } from '../files/atomic.ts';
import { makeFolder } from '../files/make-folder.ts';
import { sweepPartials } from '../files/partial-files.ts';
import { packageVersion } from '../home.ts';
import type { Job, JobResult } from './job.ts';

/** Results that nobody asked for in so long are another run's, and go. */
const DAYS = 30;

/**
 * Results of jobs as files, by id: an experiment that is killed and begun again takes them from there, where no table of the results folder
 * has all of them. A file is whole or it is none: it is written atomically, behind its own hash.
 */
export class JobStore {
  readonly #folder: string;
  readonly #warn: (line: string) => void;
  #swept = false;

  constructor(folder: string, warn: (line: string) => void) {
    this.#folder = folder;
    this.#warn = warn;
  }

  /** undefined where there is none, or a damaged one. */
  async load(job: Job): Promise<JobResult | undefined> {
    const file = this.#fileOf(job);
    const [hash, json] = (await readFile(file, 'utf8').catch(() => '')).split('\n');
    if (json === undefined || hash !== hashOf(json)) return undefined;
    const now = new Date();
    await utimes(file, now, now).catch(() => undefined);
    return JSON.parse(json) as JobResult;
  }

  /** One that cannot be written is computed again one day. */
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
