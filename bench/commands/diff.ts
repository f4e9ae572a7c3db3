import { existsSync, statSync } from 'node:fs';
import { HarnessError } from '../../src/errors.ts';
import { renderDiff } from '../../src/report/diff.ts';
import type { OutputFailure } from '../../src/report/output/output.ts';
import { FORMATS } from '../../src/report/render.ts';
import { DIFF_SCORES, diffResults, FAIL_ON, failing, type CellDiff } from '../../src/results/diff.ts';
import { openResults } from '../../src/results/source.ts';
import { flagged } from '../flags/flag-names.ts';
import { isSet, tableWidth, text, QUIET_OPTION, WIDE_OPTION, word } from '../flags/options.ts';
import { RESULTS } from '../flags/out-folder.ts';
import { RECENT, recentInCommit } from '../flags/recent-run.ts';
import { sayNext } from '../terminal/next.ts';
import { say } from '../terminal/say.ts';
import type { Terminal, CommandModule } from '../command-module.ts';

/** `bench diff`: what became better or worse, and whether that is statistically significant. */
export const command: CommandModule = {
  summary: 'Compare two sets of results: better, worse, new, gone, and which differences are statistically significant.',
  usage: '[REV|FILE|FOLDER] [REV|FILE|FOLDER]',
  options: {
    out: {
      type: 'string',
      requiresArg: true,
      defaultDescription: `${RECENT}, if git has it; else "${RESULTS}"`,
      describe: 'Results folder: read at the given revision, and compared with if the second is omitted.',
    },
    score: { type: 'string', requiresArg: true, default: 'micro_f1', describe: `Which score: ${DIFF_SCORES.join(', ')}.` },
    format: { type: 'string', requiresArg: true, default: 'table', describe: `Output format: ${FORMATS.join(', ')}.` },
    ...WIDE_OPTION,
    ...QUIET_OPTION,
    'fail-on': {
      type: 'string',
      requiresArg: true,
      describe:
        `Exit with status 1: ${FAIL_ON.join(', ')}. worse: a lower score or a missing result; significantly-worse: statistically significant; ` +
        'any: any change.',
    },
  },
  examples: [
    ['bench diff', 'The working tree against the last commit.'],
    ['bench diff main --format markdown --fail-on significantly-worse', 'For a pull request.'],
    ['bench diff old/results.csv new/results.csv --score macro_f1', 'Two files.'],
  ],
  async run(argv, terminal) {
    const score = word(argv, 'score', DIFF_SCORES) ?? 'micro_f1';
    const format = word(argv, 'format', FORMATS) ?? 'table';
    const failOn = word(argv, 'fail-on', FAIL_ON);
    const [first = 'HEAD', given, ...more] = argv._.map(String);
    if (more.length > 0)
      throw new HarnessError('OPTION', {
        what: `It compares two sets of results, got ${2 + more.length}.`,
        hint: 'Name two at most.',
      });
    const folder = text(argv, 'out') ?? (await defaultFolder(first, given, terminal));
    const second = given ?? folder;
    const [before, after] = [await openResults({ from: first, folder }), await openResults({ from: second, folder })];
    const diff = await diffResults({ before, after, score });
    const failures = failOn === undefined ? [] : failing(diff, failOn);
    const rendered = renderDiff({
      diff,
      format,
      failures: failures.map((cell) => failureOf(cell, failOn!)),
      tty: terminal.width !== undefined,
      width: tableWidth(argv, terminal),
    });
    terminal.out.write(format === 'table' ? flagged(rendered) : rendered);
    // A revision has no folder to make a page of.
    if (format === 'table' && !isSet(argv, 'quiet') && isFolder(second)) sayNext(terminal, ['report', second]);
    if (failures.length === 0) return 0;
    say(terminal.err, `--fail-on ${failOn}: ${failures.length} ${failures.length === 1 ? 'result' : 'results'}.`);
    return 1;
  },
};

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

/** Comparing two files or folders does not need it. */
async function defaultFolder(first: string, second: string | undefined, terminal: Terminal): Promise<string> {
  const revision = [first, second].find((each) => each !== undefined && !existsSync(each));
  if (revision === undefined && second !== undefined) return RESULTS;
  return recentInCommit({ terminal, revision: revision ?? 'HEAD' });
}

function failureOf({ row: { encoder, dataset, pooling, objective }, change, before, after }: CellDiff, failOn: string): OutputFailure {
  return {
    encoder,
    dataset,
    pooling,
    objective,
    reason: `--fail-on ${failOn}: ${change}, ${before || 'no score'} → ${after || 'no score'}`,
  };
}
