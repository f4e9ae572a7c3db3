import { HarnessError } from '../errors.ts';
import type { SourceContext } from './source-context.ts';
import type { Availability } from './types.ts';

/** One of several sources of the same bytes. */
export interface Candidate<T> {
  /** Name in the registry. */
  readonly name: string;
  /** Whether it is on this disk; does not use the network. */
  state(): Promise<Availability['state']>;
  fetch(): Promise<T>;
}

export type Answer<T> = { readonly found: T } | { readonly errors: readonly HarnessError[] };

/**
 * The result of the first source with the right bytes, those on this disk before remote ones; else an error with the message of each. A
 * source that has other bytes is named in a note if another is used instead.
 */
export async function firstValid<T>({ onNote }: Pick<SourceContext, 'onNote'>, candidates: readonly Candidate<T>[]): Promise<Answer<T>> {
  const errors: HarnessError[] = [];
  for (const candidate of await nearestFirst(candidates)) {
    try {
      const found = await candidate.fetch();
      for (const { code, complaint } of errors) {
        if (code === 'CHECKSUM') onNote?.(`${complaint.where}: ${complaint.what} ${candidate.name} has the right file and is used.`);
      }
      return { found };
    } catch (error) {
      if (!(error instanceof HarnessError)) throw error;
      errors.push(error);
    }
  }
  return { errors };
}

/** The nearest of several plans: what is on this disk, else the first that can be downloaded. */
export async function nearestPlan(plans: readonly (() => Promise<Availability>)[]): Promise<Availability> {
  let best: Availability | undefined;
  for (const plan of plans) {
    const found = await plan();
    if (isNear(found.state)) return found;
    if (best === undefined || (found.state === 'download' && best.state === 'missing')) best = found;
  }
  return best ?? { state: 'missing', bytes: undefined };
}

async function nearestFirst<T>(candidates: readonly Candidate<T>[]): Promise<Candidate<T>[]> {
  // A single one is used wherever it is.
  if (candidates.length === 1) return [...candidates];
  const near: Candidate<T>[] = [];
  const far: Candidate<T>[] = [];
  for (const candidate of candidates) (isNear(await candidate.state()) ? near : far).push(candidate);
  return [...near, ...far];
}

function isNear(state: Availability['state']): boolean {
  return state === 'cached' || state === 'local' || state === 'mirrored';
}
