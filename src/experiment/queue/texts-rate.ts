/** What a job said of its progress. */
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

/** Texts per second of all workers together: of each running job what it did between its last two words. */
export class TextsRate {
  #jobs = new Map<string, Seen>();

  /** Takes what all jobs say that run now, at a time in milliseconds, and gives their sum; undefined while none has said two words. */
  update(running: readonly JobProgressSeen[], now: number): number | undefined {
    const before = this.#jobs;
    this.#jobs = new Map(running.map(({ job, label, done }) => [job, rated(before.get(job), { label, done, at: now })]));
    const rates = [...this.#jobs.values()].map(({ perSecond }) => perSecond).filter((rate) => !Number.isNaN(rate));
    return rates.length === 0 ? undefined : rates.reduce((a, b) => a + b, 0);
  }
}

function rated(last: Seen | undefined, { label, done, at }: Omit<Seen, 'perSecond'>): Seen {
  if (last === undefined || last.label !== label || done < last.done) return { label, done, at, perSecond: NaN };
  // Workers speak no oftener than they are listened to.
  if (done === last.done) return last;
  return { label, done, at, perSecond: (1000 * (done - last.done)) / (at - last.at) };
}
