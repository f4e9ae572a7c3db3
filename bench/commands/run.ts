import { resolveRun } from '../../src/experiment/resolve/resolve-run.ts';
import { checkRun } from '../../src/experiment/plan-run.ts';
import { runExperiment } from '../../src/experiment/run.ts';
import { togetherComplaint } from '../../src/experiment/complaints.ts';
import { FORMATS } from '../../src/report/render.ts';
import { ResultsFolder } from '../../src/results/folder.ts';
import { checkWritable } from '../../src/results/write.ts';
import { recordOfCheck } from '../../src/report/data-check-record.ts';
import { onDevice } from '../terminal/device.ts';
import { intoFolder, openShell } from '../terminal/experiment.ts';
import { finish } from '../terminal/finish.ts';
import { checkDryRun } from '../flags/dry-run.ts';
import { requestFlags, requestFrom } from '../flags/request.ts';
import { QUEUE_OPTIONS, queueOf } from '../flags/queue.ts';
import { isSet, RESOURCE_OPTIONS, SOURCE_OPTIONS, text, WIDE_OPTION, word } from '../flags/options.ts';
import { OUT_DEFAULT, outFolder } from '../flags/out-folder.ts';
import { noteInputs } from '../flags/own-inputs.ts';
import { POLICY_OPTIONS, policyOf } from '../flags/policy.ts';
import { commandRecord } from '../terminal/record.ts';
import { cachedWords } from '../terminal/cached.ts';
import { say } from '../terminal/say.ts';
import { shardOf, SHARD_OPTION } from '../flags/shard.ts';
import { nextCommand } from '../terminal/next-command.ts';
import { titlesOf } from '../../src/report/registry-titles.ts';
import type { CommandModule } from '../command-module.ts';

/** `bench run`: scores frozen encoders. */
export const command: CommandModule = {
  summary: 'Score frozen encoders by k-NN: encoders x datasets x poolings.',
  options: {
    ...requestFlags('run'),
    ...RESOURCE_OPTIONS,
    ...SOURCE_OPTIONS,
    out: {
      type: 'string',
      requiresArg: true,
      defaultDescription: OUT_DEFAULT,
      describe: 'Folder of results.csv, results.md, timings.csv, run.json.',
    },
    format: { type: 'string', requiresArg: true, default: 'table', describe: `Output format: ${FORMATS.join(', ')}.` },
    ...WIDE_OPTION,
    ...POLICY_OPTIONS,
    ...SHARD_OPTION,
    ...QUEUE_OPTIONS,
    'dry-run': {
      type: 'boolean',
      describe: 'Print the plan without running it: results, texts, cached files, download size, estimated time.',
    },
    quiet: { type: 'boolean', describe: 'Hide progress and the next command.' },
  },
  examples: [
    ['bench', 'The quick suite: one small encoder, whole and truncated, on six datasets.'],
    ['bench --dataset mine.csv --text-column text --label-column topic', 'Your data.'],
    [
      'bench --encoders bert-base-uncased,all-MiniLM-L12-v2 --datasets trec6,snips --pooling all,concat',
      'Encoders and datasets of the registries.',
    ],
    ['bench --model hf:BAAI/bge-small-en-v1.5 --model ./my-encoder --datasets trec6 --layers all', 'Other encoders, layer by layer.'],
    ['bench --suite seed --dry-run', 'Download size and time.'],
    ['bench run --request results/run.json', 'Repeat an earlier run.'],
  ],
  async run(argv, terminal) {
    const started = new Date();
    const format = word(argv, 'format', FORMATS) ?? 'table';
    checkDryRun(argv);
    const asked = await requestFrom(argv, 'run');
    const shard = shardOf(argv);
    const queue = queueOf(argv);
    const policy = policyOf(argv);
    const shell = openShell(argv, asked, terminal);
    const { workspace, progress, warn, notes } = shell;
    try {
      const request = await onDevice(asked, progress.log, queue === undefined ? 'this machine' : 'workers');
      const experiment = resolveRun(request, workspace, shell.resources);
      checkRun(experiment);
      if (isSet(argv, 'dry-run')) {
        const { planText } = await import('../terminal/plan-text.ts');
        terminal.out.write(await planText({ experiment, workspace, shard, terminal, wide: isSet(argv, 'wide') }));
        return 0;
      }
      const out = outFolder({ out: text(argv, 'out'), request, ...experiment });
      await checkWritable(out);
      await noteInputs(request, text(argv, 'cache')!);
      const results = await ResultsFolder.open({ folder: out, policy });
      const { result, status, workers } = await intoFolder(
        { shell, datasets: experiment.datasets, results, shard, queue, verbose: isSet(argv, 'verbose') },
        (host) => runExperiment(experiment, host),
      );
      const { rows, kept, failures, checks, plan } = result;
      if (rows.length === 0 && failures.length > 0 && status === undefined) {
        throw togetherComplaint([...new Set(failures.map((failure) => failure.reason))].map((what) => ({ what })));
      }
      if (kept > 0) progress.log(cachedWords(kept, rows.length, 'results'));
      progress.close();
      const record = commandRecord(
        {
          request,
          seed: experiment.settings.seed,
          threads: shell.resources.threads,
          device: request.device,
          started,
          rows,
          kept,
          failures,
          plan,
          data: checks.map(recordOfCheck),
          sources: workspace.pinned,
          workers,
          interrupted: status !== undefined,
        },
        terminal,
      );
      const titles = titlesOf(workspace);
      await finish({
        command: 'run',
        notes,
        results,
        rows,
        failures,
        titles,
        record,
        files: ['timings.csv'],
        format,
        terminal,
        warn,
        interrupted: status !== undefined,
        wide: isSet(argv, 'wide'),
        quiet: isSet(argv, 'quiet'),
        goesOn: (lists) => (request.finetune === undefined ? nextCommand({ experiment, request, lists }) : undefined),
      });
      if (status !== undefined) {
        say(terminal.err, `Interrupted, progress saved: ${rows.length} results are in ${results.file}; run the same command to resume.`);
        return status;
      }
      return failures.length === 0 ? 0 : 1;
    } finally {
      progress.close();
    }
  },
};
