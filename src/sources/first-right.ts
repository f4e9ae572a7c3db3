import { HarnessError } from '../errors.ts';
import type { SourceContext } from './source-context.ts';
import type { Availability } from './types.ts';

/** One of the sources of the same bytes. */
export interface Candidate<T> {
  /** As the registry names it. */
  readonly name: string;
  /** Whether it is on this disk; without a question to the network. */
  state(): Promise<Availability['state']>;
  fetch(): Promise<T>;
}

export type Answer<T> = { readonly found: T } | { readonly errors: readonly HarnessError[] };

/**
 * What the first source gives that has the right bytes, those on this disk before those that have to be asked; else what each of them
 * said. A source that answers with other bytes is named in a note where another takes its place.
 */
export async function firstRight<T>({ onNote }: Pick<SourceContext, 'onNote'>, candidates: readonly Candidate<T>[]): Promise<Answer<T>> {
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
  // The only one is taken wherever it is.
  if (candidates.length === 1) return [...candidates];
  const near: Candidate<T>[] = [];
  const far: Candidate<T>[] = [];
  for (const candidate of candidates) (isNear(await candidate.state()) ? near : far).push(candidate);
  return [...near, ...far];
}

function isNear(state: Availability['state']): boolean {
  return state === 'cached' || state === 'local' || state === 'mirrored';
}
