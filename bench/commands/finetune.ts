import { HarnessError } from '../../src/errors.ts';
import { finetuneExperiment } from '../../src/experiment/finetune.ts';
import { resolveFinetune } from '../../src/experiment/resolve/resolve-finetune.ts';
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
import { isSet, RESOURCE_OPTIONS, SOURCE_OPTIONS, text, TEXTS_OPTION, WIDE_OPTION, word } from '../flags/options.ts';
import { OUT_DEFAULT, outFolder } from '../flags/out-folder.ts';
import { noteInputs } from '../flags/own-inputs.ts';
import { POLICY_OPTIONS, policyOf } from '../flags/policy.ts';
import { commandRecord } from '../terminal/record.ts';
import { cachedWords } from '../terminal/cached.ts';
import { say } from '../terminal/say.ts';
import { SHARD_OPTION, shardOf } from '../flags/shard.ts';
import { titlesOf } from '../../src/report/registry-titles.ts';
import type { CommandModule } from '../command-module.ts';

/** `bench finetune`: fine-tunes encoders and scores them. */
export const command: CommandModule = {
  summary:
    'Fine-tune encoders by class-driven embedding alignment (CEA) or with a classification head, and compare them with the frozen ones.',
  options: {
    ...requestFlags('finetune'),
    ...RESOURCE_OPTIONS,
    save: {
      type: 'string',
      requiresArg: true,
      describe: 'Folder for the classifier, also usable as --model; one subfolder per run if there are several.',
    },
    ...TEXTS_OPTION,
    ...WIDE_OPTION,
    ...POLICY_OPTIONS,
    overwrite: {
      type: 'boolean',
      describe: 'Start over: replace an earlier run, its results, and the folder of --save.',
    },
    ...SHARD_OPTION,
    ...QUEUE_OPTIONS,
    ...SOURCE_OPTIONS,
    out: {
      type: 'string',
      requiresArg: true,
      defaultDescription: OUT_DEFAULT,
      describe: 'Folder of results.csv, results.md, training.csv, run.json.',
    },
    format: { type: 'string', requiresArg: true, default: 'table', describe: `Output format: ${FORMATS.join(', ')}.` },
    'dry-run': { type: 'boolean', describe: 'Print the plan without running it: trainings, texts, download size, estimated time.' },
    quiet: { type: 'boolean', describe: 'Hide progress and the next command.' },
  },
  examples: [
    ['bench finetune', 'A small encoder on a small dataset: frozen and fine-tuned, three minutes.'],
    [
      'bench finetune --model hf:google/electra-small-discriminator --datasets trec6 --objective cea-all-negatives,classic --seed 1,2,3',
      'Which objective is best?',
    ],
    [
      'bench finetune --model ./my-encoder --dataset mine.csv --text-column text --label-column topic --save ./trained',
      'Fine-tune, and save the classifier.',
    ],
  ],
  async run(argv, terminal) {
    const started = new Date();
    const format = word(argv, 'format', FORMATS) ?? 'table';
    checkDryRun(argv);
    const asked = await requestFrom(argv, 'finetune');
    const shard = shardOf(argv);
    const queue = queueOf(argv);
    const policy = policyOf(argv);
    const shell = openShell(argv, asked, terminal);
    const { workspace, progress, warn, notes } = shell;
    try {
      // What leaves files is trained here: a model that is saved, vectors of epochs.
      const staysHere = text(argv, 'save') !== undefined || asked.vectorsAt !== undefined;
      const runsOn = queue === undefined || staysHere ? 'this machine' : 'workers';
      const request = await onDevice(asked, progress.log, runsOn);
      const experiment = resolveFinetune(request, workspace, shell.resources);
      if (isSet(argv, 'dry-run')) {
        const { planText } = await import('../terminal/plan-text.ts');
        terminal.out.write(await planText({ experiment, workspace, shard, terminal, wide: isSet(argv, 'wide') }));
        return 0;
      }
      const out = outFolder({ out: text(argv, 'out'), request, ...experiment });
      await checkWritable(out);
      await noteInputs(request, text(argv, 'cache')!);
      const results = await ResultsFolder.open({ folder: out, policy });
      if (queue !== undefined && text(argv, 'save') !== undefined) warn('Models to be saved are trained on this machine, not by workers.');
      const [save, texts] = [text(argv, 'save'), argv['texts'] !== false];
      const { result, status, workers } = await intoFolder({ shell, datasets: experiment.datasets, results, shard, queue }, (host) =>
        finetuneExperiment(experiment, host, { save, texts }),
      );
      const { rows, kept, failures, saved, checks, plan } = result;
      if (rows.length === 0 && failures.length > 0 && status === undefined) {
        throw new HarnessError('TRAINING', { what: failures.map(({ reason }) => reason).join(' | ') });
      }
      if (kept > 0) progress.log(cachedWords(kept, rows.length, 'results'));
      progress.close();
      const record = commandRecord(
        {
          request,
          seed: experiment.choice.seeds[0]!,
          threads: shell.resources.threads,
          device: experiment.choice.trainer.device,
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
      const files = ['training.csv'];
      await finish({
        command: 'finetune',
        notes,
        results,
        rows,
        failures,
        titles,
        record,
        files,
        format,
        terminal,
        warn,
        interrupted: status !== undefined,
        saved,
        quiet: isSet(argv, 'quiet'),
        wide: isSet(argv, 'wide'),
      });
      if (status !== undefined) {
        say(
          terminal.err,
          `Interrupted, progress saved: finished runs are in ${results.file}, finished epochs are kept; run the same command to resume.`,
        );
        return status;
      }
      return failures.length === 0 ? 0 : 1;
    } finally {
      progress.close();
    }
  },
};
