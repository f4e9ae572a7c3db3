import { DIFF_SCORES, diffResults, type DiffScore, type ResultsDiff } from '../results/diff.ts';
import { openResults } from '../results/source.ts';
import { withApiNames } from './option-names.ts';
import { checkChoice, checkNames, checkText } from './check.ts';

export interface DiffOptions {
  /** A results folder, a results.csv, or a git revision of the folder. Default: HEAD. */
  readonly before?: string | undefined;
  /** The same. Default: the folder as it is now. */
  readonly after?: string | undefined;
  /** micro_f1 (default), accuracy or macro_f1. */
  readonly score?: DiffScore | undefined;
  /** Results folder to look up at a git revision. Default: `results`. */
  readonly folder?: string | undefined;
}

/**
 * Compares two sets of results, configuration by configuration: what is better, worse, new or gone, and which differences are statistically
 * significant. Scores are percentages as in results.csv, differences percentage points with a 95% interval. Throws HarnessError: OPTION if
 * there are no such results, FORMAT if a results file is broken.
 */
export async function diff(options: DiffOptions = {}): Promise<ResultsDiff> {
  return withApiNames(() => compare(options), { out: 'folder' });
}

async function compare(options: DiffOptions): Promise<ResultsDiff> {
  checkNames(options, ['before', 'after', 'score', 'folder']);
  for (const name of ['before', 'after', 'folder'] as const) checkText(name, options[name]);
  const { before = 'HEAD', folder = 'results', after = folder, score = 'micro_f1' } = options;
  checkChoice('score', score, DIFF_SCORES);
  return diffResults({ before: await openResults({ from: before, folder }), after: await openResults({ from: after, folder }), score });
}
