import { POOLINGS } from '../../embed/vectors.ts';
import { HarnessError } from '../../errors.ts';
import type { SuiteEntry } from '../../registry/schema.ts';
import { findSuite, loadSuites } from '../../registry/suites.ts';
import type { RunRequest } from '../request.ts';

/** Default suite of `run`. */
export const DEFAULT_SUITE = 'quick';

interface SuiteChoice {
  readonly name: string;
  /** If everything comes from the suite, its poolings and protocols apply, too. */
  readonly suite: Partial<SuiteEntry>;
  /** For encoders or datasets that the request does not give. */
  readonly fallback: Pick<SuiteEntry, 'encoders' | 'datasets'>;
}

export function suiteOf({ suite: named, suitesFile, encoders, datasets }: RunRequest): SuiteChoice {
  const suites = loadSuites(suitesFile);
  const suite = findSuite(suites, named ?? DEFAULT_SUITE);
  const name = [...suites].find(([, entry]) => entry === suite)![0];
  checkSuite({ suite, name, file: suitesFile ?? 'suites.json' });
  if (named !== undefined || (encoders === undefined && datasets === undefined)) return { name, suite, fallback: suite };
  // Only what fills the gap is taken from the default suite: its weight precision belongs to its encoder, its sample to its dataset.
  const { dtype, limit } = suite;
  return {
    name,
    suite: { dtype: encoders === undefined ? dtype : undefined, limit: datasets === undefined ? limit : undefined },
    fallback: suite,
  };
}

/** Poolings that a suite may name, as a request may. */
const SUITE_POOLINGS: readonly string[] = [...POOLINGS, 'all', 'concat'];

/** Throws REGISTRY for an unknown pooling: its rows would be missing silently. */
function checkSuite({ suite: { poolings = [] }, name, file }: { suite: SuiteEntry; name: string; file: string }): void {
  const strange = poolings.find((pooling) => !SUITE_POOLINGS.includes(pooling));
  if (strange === undefined) return;
  throw new HarnessError('REGISTRY', {
    where: file,
    what: `${name}.poolings has an unknown pooling ${JSON.stringify(strange)}.`,
    hint: `Poolings: ${SUITE_POOLINGS.join(', ')}.`,
  });
}
