import { amount } from '../src/report/quantities.ts';
import type { Availability } from '../src/sources/types.ts';

/** Where something is, in a word or two. */
export function whereWords({ state, bytes }: Availability): string {
  switch (state) {
    case 'cached':
      return 'cached';
    case 'mirrored':
      return 'in a mirror';
    case 'local':
      return 'your own file';
    case 'download':
      return bytes === undefined ? 'to download' : `to download (${amount(bytes, 'bytes')})`;
    case 'missing':
      return 'missing';
    default:
      return state satisfies never;
  }
}
