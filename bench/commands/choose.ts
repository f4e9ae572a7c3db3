import { HarnessError } from '../../src/errors.ts';
import { chooseExperiment } from '../../src/experiment/choose.ts';
import { resolveChoose } from '../../src/experiment/resolve/resolve-choose.ts';
import { recordOfCheck } from '../../src/report/data-check-record.ts';
import { failureWords } from '../../src/report/choice-words.ts';
import { titlesOf } from '../../src/report/registry-titles.ts';
import { FORMATS } from '../../src/report/render.ts';
import { renderChoices } from '../../src/report/render-choices.ts';
import { resultsMarkdown } from '../../src/report/results-markdown.ts';
import { writeChoices } from '../../src/report/write-choices.ts';
import { CHOICE_CSV, CHOICE_JSON } from '../../src/results/choice-files.ts';
import { ResultsFolder } from '../../src/results/folder.ts';
import { writeRunRecord } from '../../src/results/run-record.ts';
import { checkWritable, writeWhole } from '../../src/results/write.ts';
import { checkDryRun } from '../flags/dry-run.ts';
import { flagged, flaggedReasons } from '../flags/flag-names.ts';
import { QUEUE_OPTIONS, queueOf } from '../flags/queue.ts';
import { isSet, RESOURCE_OPTIONS, SOURCE_OPTIONS, tableWidth, text, TEXTS_OPTION, WIDE_OPTION, word } from '../flags/options.ts';
import { OUT_DEFAULT, outFolder } from '../flags/out-folder.ts';
import { noteInputs } from '../flags/own-inputs.ts';
import { requestFlags, requestFrom } from '../flags/request.ts';
import { onDevice } from '../terminal/device.ts';
import { intoFolder, openShell } from '../terminal/experiment.ts';
import { sayWritten } from '../terminal/next.ts';
import { predictWords } from '../terminal/saved.ts';
import { commandRecord } from '../terminal/record.ts';
import { say } from '../terminal/say.ts';
import type { CommandModule } from '../command-module.ts';

const FILES = [CHOICE_CSV, CHOICE_JSON, 'results.csv', 'results.md', 'training.csv', 'run.json'] as const;

/** `bench choose`: picks one encoder within a budget, and reports how certain the choice is. */
export const command: CommandModule = {
  summary:
    'Choose one of several encoders within a budget: frozen scores eliminate some, fine-tuning on growing samples the others; the winner is trained on all of train.',
  options: {
    ...requestFlags('choose'),
    ...RESOURCE_OPTIONS,
    save: {
      type: 'string',
      requiresArg: true,
      describe: 'Folder for the winning classifier, also usable as --model; one subfolder per dataset if there are several.',
    },
    ...TEXTS_OPTION,
    ...WIDE_OPTION,
    overwrite: {
      type: 'boolean',
      describe: 'Start over: replace an earlier choice, its results, and the folder of --save.',
    },
    ...QUEUE_OPTIONS,
    ...SOURCE_OPTIONS,
    out: { type: 'string', requiresArg: true, defaultDescription: OUT_DEFAULT, describe: `Folder of ${FILES.join(', ')}.` },
    format: { type: 'string', requiresArg: true, default: 'table', describe: `Output format: ${FORMATS.join(', ')}.` },
    'dry-run': { type: 'boolean', describe: 'Print the plan and the smallest useful budget.' },
    quiet: { type: 'boolean', describe: 'Hide progress and the next command.' },
  },
  examples: [
    [
      'bench choose --dataset mine.csv --text-column text --label-column topic --encoders all-MiniLM-L6-v2,bge-small-en-v1.5 --budget 30m',
      'Two encoders, half an hour.',
    ],
    [
      'bench choose --model ./a --model ./b --model ./c --datasets trec6 --budget-texts 200000',
      'A budget in texts: the same choice on every machine.',
    ],
    ['bench choose --model ./a --model ./b --dataset mine.csv --budget 2h --save ./best', 'Choose, and save the winner.'],
  ],
  async run(argv, terminal) {
    const started = new Date();
    const format = word(argv, 'format', FORMATS) ?? 'table';
    checkDryRun(argv);
    const asked = await requestFrom(argv, 'choose');
    const queue = queueOf(argv);
    const policy = isSet(argv, 'overwrite') ? 'overwrite' : 'same-inputs';
    const shell = openShell(argv, asked, terminal);
    const { workspace, progress, warn, notes } = shell;
    try {
      // What is saved is trained here.
      const runsOn = queue === undefined || text(argv, 'save') !== undefined ? 'this machine' : 'workers';
      const request = await onDevice(asked, progress.log, runsOn);
      const experiment = resolveChoose(request, workspace, shell.resources);
      if (queue !== undefined && experiment.budget.unit === 'ms') {
        throw new HarnessError('OPTION', {
          where: '--budget',
          what: 'A time budget applies to one machine, and --queue may have several.',
          hint: 'Give --budget-texts, which counts the same everywhere.',
        });
      }
      if (queue !== undefined && text(argv, 'save') !== undefined) warn('The winner is retrained on this machine to be saved.');
      if (isSet(argv, 'dry-run')) {
        const { planText } = await import('../terminal/plan-text.ts');
        terminal.out.write(await planText({ experiment, workspace, shard: undefined, terminal, wide: isSet(argv, 'wide') }));
        return 0;
      }
      const out = outFolder({ out: text(argv, 'out'), request, ...experiment });
      await checkWritable(out);
      await noteInputs(request, text(argv, 'cache')!);
      const results = await ResultsFolder.open({ folder: out, policy, policies: ['same-inputs', 'overwrite'] });
      const [save, texts] = [text(argv, 'save'), argv['texts'] !== false];
      const { result, status, workers } = await intoFolder({ shell, datasets: experiment.datasets, results, queue }, (host) =>
        chooseExperiment(experiment, host, { save, texts }),
      );
      const { choices, rows, checks, plan } = result;
      const failures = flaggedReasons(result.failures);
      progress.close();
      const titles = titlesOf(workspace);
      const record = commandRecord(
        {
          request,
          seed: experiment.choice.seeds[0]!,
          threads: shell.resources.threads,
          device: experiment.choice.trainer.device,
          started,
          rows,
          kept: 0,
          failures,
          plan,
          data: checks.map(recordOfCheck),
          sources: workspace.pinned,
          workers,
          interrupted: status !== undefined,
        },
        terminal,
      );
      if (choices.length > 0) {
        const markdown = await resultsMarkdown({ results, failures, registries: workspace, warn });
        await results.write('results.md', (file) => writeWhole({ file, text: markdown }));
        await writeChoices(results, choices, titles);
      }
      await results.write('run.json', (file) => writeRunRecord({ file, record }));
      if (status !== undefined) {
        const counts = experiment.budget.unit === 'ms' ? ' (the time used so far counts)' : '';
        say(terminal.err, `Interrupted, progress saved${counts}; run the same command to resume.`);
        return status;
      }
      if (choices.length === 0) throw new HarnessError('TRAINING', { what: failures.map(({ reason }) => reason).join(' | ') });
      await results.end();
      const width = tableWidth(argv, terminal);
      const rendered = renderChoices({
        choices,
        titles,
        format,
        notes: notes().map(flagged),
        failures,
        tty: terminal.width !== undefined,
        width,
      });
      terminal.out.write(format === 'table' ? flagged(rendered) : rendered);
      // Tables print them below.
      if (format === 'csv' || format === 'json')
        for (const each of failures) say(terminal.err, `Failed: ${failureWords(each, each.reason)}`);
      if (format === 'table') {
        const folders = choices.flatMap(({ saved }) => saved ?? []);
        for (const folder of folders) say(terminal.err, `Saved: ${folder}`);
        sayWritten(terminal, {
          folder: out,
          files: FILES,
          quiet: isSet(argv, 'quiet'),
          next: folders[0] === undefined ? undefined : predictWords(folders[0]),
        });
      }
      return failures.length === 0 ? 0 : 1;
    } finally {
      progress.close();
    }
  },
};
