import { HarnessError } from '../../src/errors.ts';
import type { Policy } from '../../src/results/folder.ts';
import { isSet } from './options.ts';
import type { Arguments } from '../command-module.ts';

/** What happens to existing results in the folder. */
export const POLICY_OPTIONS = {
  overwrite: { type: 'boolean', describe: 'Replace results made from other files, which otherwise stop the run.' },
  'only-missing': {
    type: 'boolean',
    describe: 'Compute only missing results; keep existing ones whatever they were made from.',
  },
  'prune-stale': {
    type: 'boolean',
    describe: 'Drop results of these encoders and datasets that were made from other files, then compute this run.',
  },
} as const;

/** Throws OPTION if more than one is set. */
export function policyOf(argv: Arguments): Policy {
  const [first, second] = (['overwrite', 'only-missing', 'prune-stale'] as const).filter((flag) => isSet(argv, flag));
  if (second !== undefined) {
    throw new HarnessError('OPTION', { where: `--${second}`, what: `It contradicts --${first}.`, hint: 'Give one of the two.' });
  }
  return first ?? 'same-inputs';
}
