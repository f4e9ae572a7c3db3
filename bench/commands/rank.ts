import { HarnessError } from '../../src/errors.ts';
import { checkRank } from '../../src/experiment/plan-estimates.ts';
import { rankExperiment } from '../../src/experiment/rank.ts';
import { resolveRank } from '../../src/experiment/resolve/resolve-rank.ts';
import { renderRanking } from '../../src/report/ranking.ts';
import { FORMATS } from '../../src/report/render.ts';
import { ResultsFolder } from '../../src/results/folder.ts';
import type { Failure } from '../../src/results/row.ts';
import { writeRunRecord } from '../../src/results/run-record.ts';
import { checkWritable } from '../../src/results/write.ts';
import { recordOfRanking } from '../../src/report/verdict/ranked-record.ts';
import { recordOfCheck } from '../../src/report/data-check-record.ts';
import { onDevice } from '../terminal/device.ts';
import { intoFolder, openShell } from '../terminal/experiment.ts';
import { flagged, flaggedReasons } from '../flags/flag-names.ts';
import { checkDryRun } from '../flags/dry-run.ts';
import { requestFlags, requestFrom } from '../flags/request.ts';
import { sayWritten } from '../terminal/next.ts';
import { QUEUE_OPTIONS, queueOf } from '../flags/queue.ts';
import { isSet, RESOURCE_OPTIONS, SOURCE_OPTIONS, tableWidth, text, WIDE_OPTION, word } from '../flags/options.ts';
import { OUT_DEFAULT, outFolder } from '../flags/out-folder.ts';
import { noteInputs } from '../flags/own-inputs.ts';
import { commandRecord } from '../terminal/record.ts';
import { cachedWords } from '../terminal/cached.ts';
import { say } from '../terminal/say.ts';
import { SHARD_OPTION, shardOf } from '../flags/shard.ts';
import { listOfRanking } from '../../src/report/verdict/of-ranking.ts';
import { nextCommand } from '../terminal/next-command.ts';
import { titlesOf } from '../../src/report/registry-titles.ts';
import type { CommandModule } from '../command-module.ts';

const FILES = ['estimates.csv', 'costs.csv', 'run.json'] as const;

/** `bench rank`: ranks frozen encoders, with uncertainty. */
export const command: CommandModule = {
  summary: 'Rank frozen encoders on labelled texts, best first, by several estimators: with intervals, ties, cost, layer curves.',
  options: {
    ...requestFlags('rank'),
    ...RESOURCE_OPTIONS,
    ...SOURCE_OPTIONS,
    ...SHARD_OPTION,
    ...QUEUE_OPTIONS,
    out: { type: 'string', requiresArg: true, defaultDescription: OUT_DEFAULT, describe: 'Folder of estimates.csv, costs.csv, run.json.' },
    format: { type: 'string', requiresArg: true, default: 'table', describe: `Output format: ${FORMATS.join(', ')}.` },
    ...WIDE_OPTION,
    'dry-run': {
      type: 'boolean',
      describe: 'Print the plan without running it: estimates, texts, cached files, download size, estimated time.',
    },
    quiet: { type: 'boolean', describe: 'Hide progress and the next command.' },
  },
  examples: [
    ['bench rank --encoders all-MiniLM-L6-v2,all-MiniLM-L12-v2 --datasets trec6', 'Two encoders, all estimators.'],
    [
      'bench rank --model ./a --model ./b --dataset mine.csv --text-column text --label-column topic --by logme',
      'Your encoders on your data, ordered by LogME.',
    ],
    ['bench rank --model ./a --model ./b --model ./c --datasets trec6 --budget 2m', 'As sure as two minutes allow.'],
  ],
  async run(argv, terminal) {
    const started = new Date();
    const format = word(argv, 'format', FORMATS) ?? 'table';
    checkDryRun(argv);
    const asked = await requestFrom(argv, 'rank');
    const shard = shardOf(argv);
    const queue = queueOf(argv);
    const shell = openShell(argv, asked, terminal);
    const { workspace, progress, notes } = shell;
    try {
      const request = await onDevice(asked, progress.log, queue === undefined ? 'this machine' : 'workers');
      const experiment = resolveRank(request, workspace, shell.resources);
      checkRank(experiment, shard);
      if (queue !== undefined && experiment.budgetMs !== undefined) {
        throw new HarnessError('OPTION', {
          where: '--budget',
          what: 'A time budget applies to one machine, and --queue may have several.',
          hint: 'Omit one of them.',
        });
      }
      if (isSet(argv, 'dry-run')) {
        const { planText } = await import('../terminal/plan-text.ts');
        terminal.out.write(await planText({ experiment, workspace, shard, terminal, wide: isSet(argv, 'wide') }));
        return 0;
      }
      const out = outFolder({ out: text(argv, 'out'), request, ...experiment });
      await checkWritable(out);
      await noteInputs(request, text(argv, 'cache')!);
      const results = await ResultsFolder.open({ folder: out, policy: 'same-inputs' });
      const { result, status, workers } = await intoFolder({ shell, datasets: experiment.datasets, results, shard, queue }, (host) =>
        rankExperiment(experiment, host),
      );
      const { rankings, estimates, kept, checks, plan } = result;
      const failures = flaggedReasons(result.failures);
      const record = commandRecord(
        {
          request,
          seed: experiment.settings.seed,
          threads: shell.resources.threads,
          device: request.device,
          started,
          rows: estimates,
          kept,
          failures,
          plan,
          data: checks.map(recordOfCheck),
          ranked: rankings.map(recordOfRanking),
          sources: workspace.pinned,
          workers,
          interrupted: status !== undefined,
        },
        terminal,
      );
      await results.write('run.json', (file) => writeRunRecord({ file, record }));
      if (status !== undefined) {
        progress.close();
        say(terminal.err, `Interrupted, progress saved: ${estimates.length} estimates are in ${out}; run the same command to resume.`);
        return status;
      }
      if (rankings.length === 0 && failures.length > 0) throw new HarnessError('DATA', { what: failures.map(failureWords).join(' | ') });
      await results.end();
      if (kept > 0) progress.log(cachedWords(kept, estimates.length, 'estimates'));
      progress.close();
      const tty = terminal.width !== undefined;
      const width = tableWidth(argv, terminal);
      const rendered = renderRanking({ rankings, titles: titlesOf(workspace), format, notes: notes(), failures, tty, width });
      terminal.out.write(format === 'table' ? flagged(rendered) : rendered);
      for (const failure of failures) say(terminal.err, `Not ranked: ${failureWords(failure)}`);
      if (format === 'table')
        sayWritten(terminal, {
          folder: out,
          files: FILES,
          quiet: isSet(argv, 'quiet'),
          isShard: shard !== undefined,
          next: nextCommand({ experiment, request, lists: rankings.map(listOfRanking) }),
        });
      return failures.length === 0 ? 0 : 1;
    } finally {
      progress.close();
    }
  },
};

function failureWords({ encoder, dataset, pooling, dim, prompt, reason }: Failure): string {
  const which = [pooling, dim && `dim ${dim}`, prompt && `prompt ${prompt}`].flatMap((part) => part || []);
  return `${encoder} on ${dataset}${which.length === 0 ? '' : ` (${which.join(', ')})`}: ${reason}`;
}
