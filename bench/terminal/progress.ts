import type { Progress } from '../../src/progress.ts';
import { openProgress as openBars, type ProgressParams } from '../../src/report/progress.ts';
import { flagged } from '../flags/flag-names.ts';

/** Progress of a command: messages next to the bars use flags. */
export function openProgress(params: ProgressParams): Progress {
  const progress = openBars(params);
  return { ...progress, log: (line) => progress.log(flagged(line)) };
}
