import { amount } from '../../src/report/quantities.ts';
import type { Availability } from '../../src/sources/types.ts';

/** Where something is, in a word or two. */
export function whereWords({ state, bytes }: Availability): string {
  switch (state) {
    case 'cached':
      return 'cached';
    case 'mirrored':
      return 'in a mirror';
    case 'local':
      return 'local file';
    case 'download':
      return bytes === undefined ? 'to download' : `to download (${amount(bytes, 'bytes')})`;
    case 'missing':
      return 'missing';
    default:
      return state satisfies never;
  }
}

/** The same, machine-readable. */
export function placeOf({ state, bytes }: Availability): { readonly where: string; readonly bytes: string } {
  return { where: state, bytes: state === 'download' && bytes !== undefined ? String(bytes) : '' };
}
