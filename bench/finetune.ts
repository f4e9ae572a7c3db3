import { createHash } from 'node:crypto';
import { POOLINGS } from '../src/embed/vectors.ts';
import { HarnessError } from '../src/errors.ts';
import { openProgress } from '../src/report/progress.ts';
import { FORMATS } from '../src/report/render.ts';
import { ResultsFolder } from '../src/results/folder.ts';
import { checkWritable } from '../src/results/write.ts';
import { recordOfCheck, sayDataCheck } from './data-check.ts';
import { finish } from './finish.ts';
import { chosenDatasets, chosenEncoders, openingOf, openWorkspace, readingOf } from './inputs.ts';
import { interruption } from './interrupt.ts';
import { noted } from './noted.ts';
import { DATASET_OPTIONS, ENCODER_OPTIONS, isSet, SOURCE_OPTIONS, text, word } from './options.ts';
import { OUT_DEFAULT, outFolder } from './out-folder.ts';
import { noteInputs } from './own-inputs.ts';
import { POLICY_OPTIONS, policyOf } from './policy.ts';
import { runRecord } from './record.ts';
import { say } from './say.ts';
import { titlesOf } from './titles.ts';
import { trainGrid, type TrainingOutcome } from '../src/experiment/training-grid.ts';
import { trainingChoice, TRAINING_OPTIONS } from './training-options.ts';
import type { Arguments, Verb } from './verb.ts';

/** What a bare `bench finetune` trains: small enough for three minutes on two cores. */
const BARE = { encoders: 'all-MiniLM-L6-v2', dtype: 'q4', datasets: 'sentiment-yelp', pooling: 'mean', epochs: 3 };

const { 'token-budget': _budget, ...encoderOptions } = ENCODER_OPTIONS;

/** `bench finetune`: train encoders, and score them. */
export const verb: Verb = {
  summary: 'Train encoders by class-driven embedding alignment or with a classic head, and score them beside the frozen ones.',
  options: {
    encoders: { type: 'string', requiresArg: true, describe: 'Registry keys with commas; KEY@N cuts the encoder after layer N.' },
    ...encoderOptions,
    datasets: { type: 'string', requiresArg: true, describe: 'Registry keys with commas.' },
    ...DATASET_OPTIONS,
    seed: { type: 'string', requiresArg: true, default: '1', describe: 'Decides everything random; several with commas are a run each.' },
    pooling: {
      type: 'string',
      requiresArg: true,
      defaultDescription: '"cls"',
      describe: `What is trained and predicted with: ${POOLINGS.join(', ')}.`,
    },
    ...TRAINING_OPTIONS,
    k: { type: 'string', requiresArg: true, default: '5', describe: 'Neighbours that vote.' },
    metric: { type: 'string', requiresArg: true, default: 'euclidean', describe: 'euclidean, cosine' },
    votes: { type: 'string', requiresArg: true, default: 'uniform', describe: 'uniform, distance' },
    save: {
      type: 'string',
      requiresArg: true,
      describe: 'Folder for the trained encoder, usable as --model; with several seeds a folder for each in it.',
    },
    ...POLICY_OPTIONS,
    overwrite: {
      type: 'boolean',
      describe: 'Begin anew where there is an earlier run, replace its rows, and what is in the folder of --save.',
    },
    ...SOURCE_OPTIONS,
    out: {
      type: 'string',
      requiresArg: true,
      defaultDescription: OUT_DEFAULT,
      describe: 'Folder of results.csv, results.md, training.csv, run.json.',
    },
    format: { type: 'string', requiresArg: true, default: 'table', describe: `What is printed: ${FORMATS.join(', ')}.` },
    quiet: { type: 'boolean', describe: 'No progress.' },
  },
  examples: [
    ['bench finetune', 'A small encoder on a small data set, in three minutes: frozen beside trained.'],
    [
      'bench finetune --model hf:google/electra-small-discriminator --datasets trec6 --objective cea-all-negatives,classic --seed 1,2,3',
      'Which objective is best?',
    ],
    [
      'bench finetune --model ./my-encoder --dataset mine.csv --text-column text --label-column topic --save ./trained',
      'Train, and keep the encoder.',
    ],
  ],
  async run(given, terminal) {
    const started = new Date();
    const argv = withBare(given);
    const format = word(argv, 'format', FORMATS) ?? 'table';
    const choice = trainingChoice(argv);
    const pooling = word(argv, 'pooling', POOLINGS) ?? 'cls';
    const quiet = isSet(argv, 'quiet');
    const progress = openProgress({ stream: terminal.err, quiet });
    const said = noted((line) => (quiet ? say(terminal.err, line) : progress.log(line)));
    const { warn } = said;
    try {
      const workspace = openWorkspace(argv, progress, terminal);
      const { list: encoders, concat } = chosenEncoders(argv, workspace);
      const datasets = chosenDatasets(argv, workspace);
      if (encoders.length === 0 || concat)
        throw new HarnessError('OPTION', {
          where: '--encoders',
          what: concat ? 'A concatenation is not trained.' : 'No encoder is named.',
          mend: 'Name encoders with --encoders or --model.',
        });
      if (datasets.length === 0)
        throw new HarnessError('OPTION', {
          where: '--datasets',
          what: 'No data set is named.',
          mend: 'Name one with --datasets or --dataset.',
        });
      const out = outFolder({ argv, encoders, datasets });
      await checkWritable(out);
      await noteInputs(argv);
      const results = await ResultsFolder.open({ folder: out, policy: policyOf(argv) });
      const digest = createHash('sha256')
        .update(
          JSON.stringify([
            encoders.map(({ name }) => name),
            datasets.map(({ name }) => name),
            pooling,
            choice,
            ...(isSet(argv, 'deduplicate') ? ['deduplicated'] : []),
          ]),
        )
        .digest('hex')
        .slice(0, 16);
      if (results.begin(digest)) progress.log(`${results.file}: goes on where the same run was ended.`);
      const interrupted = interruption(warn);
      const { signal } = interrupted;
      let trained: TrainingOutcome = { rows: [], kept: 0, failures: [], checks: [] };
      try {
        trained = await trainGrid({
          workspace,
          encoders,
          datasets,
          pooling,
          choice,
          results,
          progress,
          warn,
          signal,
          reading: readingOf(argv),
          opening: openingOf(argv),
          save: text(argv, 'save'),
          onCheck: (checked) => sayDataCheck({ ...checked, progress, warn }),
        });
      } catch (error) {
        if (!signal.aborted || error !== signal.reason) throw error;
      } finally {
        interrupted.end();
      }
      const { rows, kept, failures, checks } = trained;
      if (rows.length === 0 && !signal.aborted)
        throw new HarnessError('TRAINING', { what: failures.map(({ reason: why }) => why).join(' | ') });
      if (kept > 0) progress.log(`${kept} of ${rows.length} rows were there already and are kept.`);
      progress.close();
      await finish({
        command: 'finetune',
        notes: () => [...workspace.notes, ...said.notes],
        results,
        rows,
        failures,
        titles: titlesOf(workspace),
        files: ['training.csv'],
        format,
        terminal,
        warn,
        interrupted: signal.aborted,
        record: runRecord({
          seed: choice.seeds[0]!,
          threads: choice.trainer.threads,
          device: choice.trainer.device,
          started,
          rows,
          kept,
          failures,
          data: checks.map(recordOfCheck),
          sources: workspace.pinned,
          interrupted: signal.aborted,
        }),
      });
      if (signal.aborted) {
        say(terminal.err, `Whole runs are in ${results.file}, and whole epochs are kept; the same command goes on from there.`);
        return interrupted.status;
      }
      return failures.length === 0 ? 0 : 1;
    } finally {
      progress.close();
    }
  },
};

/** Without an encoder and a data set the bare command is meant; either alone is completed by its other half. */
function withBare(argv: Arguments): Arguments {
  const noEncoder = argv['encoders'] === undefined && argv['model'] === undefined;
  const noDataset = argv['datasets'] === undefined && argv['dataset'] === undefined;
  const { encoders, dtype, datasets, pooling, epochs } = BARE;
  return {
    ...argv,
    ...(noEncoder && { encoders, dtype: argv['dtype'] ?? dtype }),
    ...(noDataset && { datasets }),
    ...(noEncoder && noDataset && { pooling: argv['pooling'] ?? pooling, epochs: argv['epochs'] ?? epochs }),
  };
}
