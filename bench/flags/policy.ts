import { HarnessError } from '../../src/errors.ts';
import type { Policy } from '../../src/results/folder.ts';
import { isSet } from './options.ts';
import type { Arguments } from '../verb.ts';

/** What becomes of cells that the results folder has already. */
export const POLICY_OPTIONS = {
  overwrite: { type: 'boolean', describe: 'Replace cells that the results folder has from other files. They end the run otherwise.' },
  'only-missing': {
    type: 'boolean',
    describe: 'Compute only what the results folder lacks: what is there stays, whatever it was made from.',
  },
  'prune-stale': {
    type: 'boolean',
    describe:
      'Drop the cells of these encoders and datasets that were made from other files than are here now, and compute those of this run.',
  },
} as const;

/** Throws OPTION where more than one is set. */
export function policyOf(argv: Arguments): Policy {
  const [first, second] = (['overwrite', 'only-missing', 'prune-stale'] as const).filter((flag) => isSet(argv, flag));
  if (second !== undefined) {
    throw new HarnessError('OPTION', { where: `--${second}`, what: `It contradicts --${first}.`, hint: 'Give one of the two.' });
  }
  return first ?? 'same-inputs';
}
