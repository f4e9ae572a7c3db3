import { HarnessError } from '../../src/errors.ts';
import { isSet } from './options.ts';
import type { Arguments } from '../command-module.ts';

/** Throws OPTION for a plan in another format: it is human-readable only. */
export function checkDryRun(argv: Arguments): void {
  if (!isSet(argv, 'dry-run') || argv['format'] === 'table' || argv['format'] === undefined) return;
  throw new HarnessError('OPTION', {
    where: '--format',
    what: 'The plan of --dry-run is human-readable only.',
    hint: 'Omit --format or --dry-run.',
  });
}
