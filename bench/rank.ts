import path from 'node:path';
import { LAYER_MEANS, POOLINGS } from '../src/embed/vectors.ts';
import { HarnessError, reason } from '../src/errors.ts';
import { EstimatorThread } from '../src/estimators/estimator-thread.ts';
import { ESTIMATORS, type EstimatorName } from '../src/estimators/estimators.ts';
import { checkProtocols } from '../src/knn/check-protocols.ts';
import { openProgress } from '../src/report/progress.ts';
import { renderRanking, type RankedEncoder, type Ranking } from '../src/report/ranking.ts';
import { FORMATS } from '../src/report/render.ts';
import { mergeEstimates, readEstimates, writeEstimates, type EstimateRow } from '../src/results/estimates.ts';
import { ResultsFolder } from '../src/results/folder.ts';
import { checkWritable } from '../src/results/write.ts';
import { estimateRows } from './estimate-rows.ts';
import { Inputs } from './inputs.ts';
import { DATASET_OPTIONS, ENCODER_OPTIONS, isSet, keys, limitOf, SOURCE_OPTIONS, text, whole, word, words } from './options.ts';
import { rankEncoder, type RankSettings } from './ranking.ts';
import { titlesOf } from './titles.ts';
import type { Arguments, Verb } from './verb.ts';

const CURVE_TEXTS = 1000;

/** `bench rank`: which encoder, and how sure. */
export const verb: Verb = {
  summary: 'Rank frozen encoders on labelled texts, best first, by several estimators: with intervals, ties, cost, layer curves.',
  options: {
    encoders: { type: 'string', requiresArg: true, describe: 'Registry keys with commas; KEY@N cuts the encoder after layer N.' },
    ...ENCODER_OPTIONS,
    datasets: { type: 'string', requiresArg: true, describe: 'Registry keys with commas.' },
    ...DATASET_OPTIONS,
    estimator: { type: 'string', requiresArg: true, default: 'all', describe: `With commas: ${ESTIMATORS.join(', ')}; all.` },
    by: { type: 'string', requiresArg: true, describe: 'The estimator that orders the encoders; the first of them where left out.' },
    pooling: { type: 'string', requiresArg: true, default: 'mean,layermean', describe: `Where vectors are taken, with commas: ${POOLINGS.join(', ')}.` },
    'layer-mean': { type: 'string', requiresArg: true, default: '0..L', describe: `Layers of a layer mean: ${LAYER_MEANS.join(', ')}.` },
    curves: { type: 'boolean', default: true, describe: `Compare the layers, on a sample of ${CURVE_TEXTS} texts. --curves=false leaves it out.` },
    k: { type: 'number', requiresArg: true, default: 5, describe: 'Neighbours that vote.' },
    ...SOURCE_OPTIONS,
    out: { type: 'string', requiresArg: true, default: 'results', describe: 'Folder of estimates.csv.' },
    format: { type: 'string', requiresArg: true, default: 'table', describe: `What is printed: ${FORMATS.join(', ')}.` },
    quiet: { type: 'boolean', describe: 'No progress.' },
  },
  examples: [
    ['bench rank --encoders all-MiniLM-L6-v2,all-MiniLM-L12-v2 --datasets trec6', 'Two encoders, all estimators.'],
    ['bench rank --model ./a --model ./b --dataset mine.csv --text-column text --label-column topic --by logme', 'Your encoders on your data, ordered by LogME.'],
  ],
  async run(argv, terminal) {
    const format = word(argv, 'format', FORMATS) ?? 'table';
    const settings = settingsOf(argv);
    const quiet = isSet(argv, 'quiet');
    const progress = openProgress({ stream: terminal.err, quiet });
    const warn = (line: string) => void (quiet ? terminal.err.write(`${line}\n`) : progress.log(line));
    try {
      const inputs = new Inputs(argv, progress);
      const { list, concat } = inputs.chosenEncoders();
      const choices = inputs.chosenDatasets();
      if (list.length === 0 || concat) throw new HarnessError('OPTION', { where: '--encoders', what: concat ? 'A concatenation is not ranked.' : 'No encoder is named.', mend: 'Name encoders with --encoders or --model.' });
      if (choices.length === 0) throw new HarnessError('OPTION', { where: '--datasets', what: 'No data set is named.', mend: 'Name one with --datasets or --dataset.' });
      const out = text(argv, 'out')!;
      await checkWritable(out);
      const file = path.join(out, 'estimates.csv');
      await readEstimates(file); // says what is wrong with it before anything is computed
      const datasets = [];
      for (const choice of choices) {
        const dataset = await inputs.openDataset(choice, { labels: 'first', limit: limitOf(argv), seed: settings.seed });
        checkProtocols({ dataset, protocols: ['leave-one-out'], ks: [settings.k] });
        datasets.push(dataset);
      }
      const encoders = [];
      for (const choice of list) encoders.push(await inputs.openEncoder(choice, { dtype: text(argv, 'dtype'), maxLength: whole(argv, 'max-length', 3) }));
      const results = await ResultsFolder.open({ folder: out, policy: 'same-inputs' });
      const thread = new EstimatorThread();
      const rankings: Ranking[] = [];
      const failures: string[] = [];
      try {
        for (const dataset of datasets) {
          const ranked: RankedEncoder[] = [];
          for (const encoder of encoders) {
            try {
              const one = await rankEncoder({ encoder, dataset, settings, vectorFolder: inputs.vectorFolder, thread, progress, warn });
              ranked.push(one);
              const fresh: EstimateRow[] = estimateRows({ encoder, dataset, settings, ranked: one });
              await results.write(path.basename(file), async () => writeEstimates({ file, rows: mergeEstimates({ old: await readEstimates(file), fresh }) }));
            } catch (error) {
              if (!(error instanceof HarnessError) || error.code === 'INTERNAL' || error.code === 'OUTPUT') throw error;
              failures.push(`${encoder.name} on ${dataset.key}: ${reason(error)}`);
            }
          }
          if (ranked.length > 0) rankings.push({ dataset: dataset.key, by: settings.by, encoders: ranked });
        }
      } finally {
        await thread.close();
      }
      if (rankings.length === 0) throw new HarnessError('DATA', { what: failures.join(' | ') });
      progress.close();
      terminal.out.write(renderRanking({ rankings, titles: titlesOf(inputs), format, tty: terminal.width !== undefined, width: terminal.width }));
      for (const failure of failures) terminal.err.write(`Not ranked: ${failure}\n`);
      return failures.length === 0 ? 0 : 1;
    } finally {
      progress.close();
    }
  },
};

function settingsOf(argv: Arguments): RankSettings {
  const asked = words(argv, 'estimator', [...ESTIMATORS, 'all'] as const);
  const named = asked.includes('all') ? [...ESTIMATORS] : (asked as EstimatorName[]);
  const by = word(argv, 'by', ESTIMATORS) ?? named[0]!;
  if (keys(argv, 'pooling').includes('concat')) throw new HarnessError('OPTION', { where: '--pooling', what: 'A concatenation is not ranked.', mend: 'Leave it out.' });
  return {
    estimators: named.includes(by) ? named : [by, ...named],
    by,
    poolings: words(argv, 'pooling', POOLINGS),
    layerMeans: [word(argv, 'layer-mean', LAYER_MEANS) ?? '0..L'],
    k: whole(argv, 'k')!,
    seed: whole(argv, 'seed', 0)!,
    threads: whole(argv, 'threads')!,
    tokenBudget: whole(argv, 'token-budget')!,
    curveTexts: argv['curves'] === false ? 0 : CURVE_TEXTS,
  };
}
