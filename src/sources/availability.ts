import type { Availability } from './types.ts';

/** One file missing, and the whole cannot be read. */
const FARTHEST_FIRST: readonly Availability['state'][] = ['missing', 'download', 'cached', 'local', 'mirrored'];

/** The plan of what needs several files, one at least: as far away as the farthest of them, with the bytes of all. */
export function combineAvailability(plans: readonly Availability[]): Availability {
  const state = FARTHEST_FIRST.find((each) => plans.some((plan) => plan.state === each))!;
  const sizes = plans.map(({ bytes }) => bytes);
  return { state, bytes: sizes.every((bytes) => bytes !== undefined) ? sizes.reduce((sum: number, bytes) => sum + bytes!, 0) : undefined };
}

/** What is not on this disk, and would have so many bytes. */
export function elsewhere(offline: boolean, bytes: number | undefined): Availability {
  return offline ? { state: 'missing', bytes: undefined } : { state: 'download', bytes };
}
