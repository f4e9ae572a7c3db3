import { POOLINGS } from '../../embed/vectors.ts';
import { HarnessError } from '../../errors.ts';
import type { SuiteEntry } from '../../registry/schema.ts';
import { findSuite, loadSuites } from '../../registry/suites.ts';
import type { RunRequest } from '../request.ts';

/** What a bare `run` runs. */
export const DEFAULT_SUITE = 'quick';

interface SuiteChoice {
  readonly name: string;
  /** Where everything comes from the suite, its poolings and protocols count too. */
  readonly suite: Partial<SuiteEntry>;
  /** For the side (encoders, datasets) that the request does not name. */
  readonly fallback: Pick<SuiteEntry, 'encoders' | 'datasets'>;
}

export function suiteOf({ suite: named, suitesFile, encoders, datasets }: RunRequest): SuiteChoice {
  const suites = loadSuites(suitesFile);
  const suite = findSuite(suites, named ?? DEFAULT_SUITE);
  const name = [...suites].find(([, entry]) => entry === suite)![0];
  checkSuite({ suite, name, file: suitesFile ?? 'suites.json' });
  if (named !== undefined || (encoders === undefined && datasets === undefined)) return { name, suite, fallback: suite };
  // Of the default suite only what fills the gap: its number type belongs to its encoder, its sample to its data.
  const { dtype, limit } = suite;
  return {
    name,
    suite: { dtype: encoders === undefined ? dtype : undefined, limit: datasets === undefined ? limit : undefined },
    fallback: suite,
  };
}

/** What a suite may name as poolings, where a request may. */
const SUITE_POOLINGS: readonly string[] = [...POOLINGS, 'all', 'concat'];

/** Throws REGISTRY for a pooling that is none: its rows would be missing in silence. */
function checkSuite({ suite: { poolings = [] }, name, file }: { suite: SuiteEntry; name: string; file: string }): void {
  const strange = poolings.find((pooling) => !SUITE_POOLINGS.includes(pooling));
  if (strange === undefined) return;
  throw new HarnessError('REGISTRY', {
    where: file,
    what: `${name}.poolings has an unknown pooling ${JSON.stringify(strange)}.`,
    hint: `Poolings: ${SUITE_POOLINGS.join(', ')}.`,
  });
}
