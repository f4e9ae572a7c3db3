import { DIFF_SCORES, diffResults, type DiffScore, type ResultsDiff } from '../results/diff.ts';
import { openResults } from '../results/source.ts';
import { calledHere } from './called.ts';
import { checkChoice, checkNames, checkText } from './check.ts';

export interface DiffOptions {
  /** A results folder, a results.csv, or a git revision of the folder; HEAD where left out. */
  readonly before?: string | undefined;
  /** The same; the folder as it is now where left out. */
  readonly after?: string | undefined;
  /** micro_f1 (default), accuracy or macro_f1. */
  readonly score?: DiffScore | undefined;
  /** The results folder that a revision is asked for; `results` where left out. */
  readonly folder?: string | undefined;
}

/**
 * Compares two sets of results cell by cell: what is better, worse, new, gone, and which differences are more than chance.
 * Scores are percent, as results.csv says them, differences points of a percent with a 95 % interval. Throws HarnessError:
 * OPTION where there are no such results, FORMAT where a file of them is broken.
 */
export async function diff(options: DiffOptions = {}): Promise<ResultsDiff> {
  return calledHere(() => compare(options), { out: 'folder' });
}

async function compare(options: DiffOptions): Promise<ResultsDiff> {
  checkNames(options, ['before', 'after', 'score', 'folder']);
  for (const name of ['before', 'after', 'folder'] as const) checkText(name, options[name]);
  const { before = 'HEAD', folder = 'results', after = folder, score = 'micro_f1' } = options;
  checkChoice('score', score, DIFF_SCORES);
  return diffResults({ before: await openResults({ from: before, folder }), after: await openResults({ from: after, folder }), score });
}
