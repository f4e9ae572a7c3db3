/** Progress reported by a job. */
export interface JobProgressSeen {
  readonly job: string;
  readonly label: string;
  readonly done: number;
}

interface Seen {
  readonly label: string;
  readonly done: number;
  readonly at: number;
  readonly perSecond: number;
}

/** Texts per second of all workers together: for each running job, by its last two reports. */
export class TextsRate {
  #jobs = new Map<string, Seen>();

  /**
   * Takes the reports of all running jobs at a time in milliseconds and returns the total rate; undefined until some job has reported
   * twice.
   */
  update(running: readonly JobProgressSeen[], now: number): number | undefined {
    const before = this.#jobs;
    this.#jobs = new Map(running.map(({ job, label, done }) => [job, rated(before.get(job), { label, done, at: now })]));
    const rates = [...this.#jobs.values()].map(({ perSecond }) => perSecond).filter((rate) => !Number.isNaN(rate));
    return rates.length === 0 ? undefined : rates.reduce((a, b) => a + b, 0);
  }
}

function rated(last: Seen | undefined, { label, done, at }: Omit<Seen, 'perSecond'>): Seen {
  if (last === undefined || last.label !== label || done < last.done) return { label, done, at, perSecond: NaN };
  // Workers report no more often than they are polled.
  if (done === last.done) return last;
  return { label, done, at, perSecond: (1000 * (done - last.done)) / (at - last.at) };
}
