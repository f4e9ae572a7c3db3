import type { Availability } from './types.ts';

/** If one file is missing, the whole is unreadable. */
const FARTHEST_FIRST: readonly Availability['state'][] = ['missing', 'download', 'cached', 'local', 'mirrored'];

/** The plan of something that needs several files, at least one: as far away as the farthest of them, with the total bytes. */
export function combineAvailability(plans: readonly Availability[]): Availability {
  const state = FARTHEST_FIRST.find((each) => plans.some((plan) => plan.state === each))!;
  const sizes = plans.map(({ bytes }) => bytes);
  return { state, bytes: sizes.every((bytes) => bytes !== undefined) ? sizes.reduce((sum: number, bytes) => sum + bytes!, 0) : undefined };
}

/** State of something that is not on this disk, of this size. */
export function elsewhere(offline: boolean, bytes: number | undefined): Availability {
  return offline ? { state: 'missing', bytes: undefined } : { state: 'download', bytes };
}
