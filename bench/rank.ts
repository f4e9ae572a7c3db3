import path from 'node:path';
import { LAYER_MEANS, POOLINGS } from '../src/embed/vectors.ts';
import type { DataCheck } from '../src/datasets/check.ts';
import { checkClasses } from '../src/datasets/targets.ts';
import type { Encoder } from '../src/encoders/encoder.ts';
import { HarnessError, reason } from '../src/errors.ts';
import { checkDataset } from '../src/experiment/check-dataset.ts';
import type { DatasetRef } from '../src/experiment/refs.ts';
import type { Reading, Workspace } from '../src/experiment/workspace.ts';
import { EstimatorThreads } from '../src/estimators/estimator-threads.ts';
import { ESTIMATORS, type EstimatorName } from '../src/estimators/estimators.ts';
import { checkProtocols } from '../src/knn/check-protocols.ts';
import { openProgress } from '../src/report/progress.ts';
import type { RankedEncoder, Ranking } from '../src/estimators/ranked.ts';
import { renderRanking } from '../src/report/ranking.ts';
import { FORMATS } from '../src/report/render.ts';
import { printable } from '../src/report/text.ts';
import { mergeCosts, readCosts, writeCosts, type CostRow } from '../src/results/costs.ts';
import { mergeEstimates, readEstimates, writeEstimates, type EstimateRow } from '../src/results/estimates.ts';
import { ResultsFolder } from '../src/results/folder.ts';
import type { Failure } from '../src/results/row.ts';
import { writeRunRecord } from '../src/results/run-record.ts';
import { checkWritable } from '../src/results/write.ts';
import { rankWithin } from '../src/experiment/rank-within-budget.ts';
import { costRow } from '../src/experiment/cost-row.ts';
import { recordOfCheck, sayDataCheck } from './data-check.ts';
import { estimateRows, type EstimateRowsParams } from '../src/experiment/estimate-rows.ts';
import { chosenDatasets, chosenEncoders, openingOf, openWorkspace, readingOf } from './inputs.ts';
import { noted } from './noted.ts';
import { DATASET_OPTIONS, parseDuration, ENCODER_OPTIONS, isSet, keys, limitOf, SOURCE_OPTIONS, text, whole, word, words } from './options.ts';
import { interruption } from './interrupt.ts';
import { sayWritten } from './next.ts';
import { OUT_DEFAULT, outFolder } from './out-folder.ts';
import { noteInputs } from './own-inputs.ts';
import { runRecord } from './record.ts';
import { canCompareLayers, rankEncoder, sampleOf, type RankedTexts } from '../src/experiment/rank-encoder.ts';
import type { RankSettings } from '../src/experiment/settings.ts';
import { say } from './say.ts';
import { titlesOf } from './titles.ts';
import type { Arguments, Verb } from './verb.ts';

const CURVE_TEXTS = 1000;
/** A fit at every layer would take as long as all other estimators together: they compare the layers where they are asked for by name. */
const FITTED: readonly EstimatorName[] = ['linear-probe', 'leep'];
const ESTIMATES = 'estimates.csv';
const COSTS = 'costs.csv';

/** `bench rank`: which encoder, and how sure. */
export const verb: Verb = {
  summary: 'Rank frozen encoders on labelled texts, best first, by several estimators: with intervals, ties, cost, layer curves.',
  options: {
    encoders: { type: 'string', requiresArg: true, describe: 'Registry keys with commas; KEY@N cuts the encoder after layer N.' },
    ...ENCODER_OPTIONS,
    datasets: { type: 'string', requiresArg: true, describe: 'Registry keys with commas.' },
    ...DATASET_OPTIONS,
    estimator: {
      type: 'string',
      requiresArg: true,
      default: 'all',
      describe: `With commas: ${ESTIMATORS.join(', ')}; all (leep where --source-field is given). Classes alone: no numeric targets, no token-level labels.`,
    },
    'source-field': {
      type: 'string',
      requiresArg: true,
      describe: 'leep: the second label field (of your own file: column), whose classes are the source.',
    },
    budget: {
      type: 'string',
      requiresArg: true,
      describe:
        'Time, as 90s, 2m, 1h: encoders are dropped early on small samples, and those that are left ranked on as many texts as it allows. No layer curves.',
    },
    by: { type: 'string', requiresArg: true, describe: 'The estimator that orders the encoders; the first of them where left out.' },
    pooling: {
      type: 'string',
      requiresArg: true,
      default: 'mean,layermean',
      describe: `Where vectors are taken, with commas: ${POOLINGS.join(', ')}.`,
    },
    'layer-mean': { type: 'string', requiresArg: true, default: '0..L', describe: `Layers of a layer mean: ${LAYER_MEANS.join(', ')}.` },
    curves: {
      type: 'boolean',
      default: true,
      describe: `Compare the layers, by every estimator (of all, ${FITTED.join(' and ')} are left out: name them), on a sample of ${CURVE_TEXTS} texts. --curves=false leaves it out.`,
    },
    k: { type: 'number', requiresArg: true, default: 5, describe: 'Neighbours that vote.' },
    ...SOURCE_OPTIONS,
    out: { type: 'string', requiresArg: true, defaultDescription: OUT_DEFAULT, describe: 'Folder of estimates.csv and costs.csv.' },
    format: { type: 'string', requiresArg: true, default: 'table', describe: `What is printed: ${FORMATS.join(', ')}.` },
    quiet: { type: 'boolean', describe: 'No progress.' },
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
    const budget = parseDuration(argv, 'budget');
    const settings = settingsOf(argv, budget !== undefined);
    const quiet = isSet(argv, 'quiet');
    const progress = openProgress({ stream: terminal.err, quiet });
    const said = noted((line) => (quiet ? say(terminal.err, line) : progress.log(line)));
    const { warn } = said;
    try {
      const workspace = openWorkspace(argv, progress);
      const { list, concat } = chosenEncoders(argv, workspace);
      const choices = chosenDatasets(argv, workspace);
      if (list.length === 0 || concat)
        throw new HarnessError('OPTION', {
          where: '--encoders',
          what: concat ? 'A concatenation is not ranked.' : 'No encoder is named.',
          mend: 'Name encoders with --encoders or --model.',
        });
      if (choices.length === 0)
        throw new HarnessError('OPTION', {
          where: '--datasets',
          what: 'No data set is named.',
          mend: 'Name one with --datasets or --dataset.',
        });
      const out = outFolder({ argv, encoders: list, datasets: choices });
      await checkWritable(out);
      await noteInputs(argv);
      // Says what is wrong with them before anything is computed.
      await readEstimates(path.join(out, ESTIMATES));
      const costs = await readCosts(path.join(out, COSTS));
      const datasets: RankedTexts[] = [];
      for (const choice of choices) {
        const texts = await openTexts(workspace, choice, argv, settings);
        checkProtocols({ dataset: texts.dataset, protocols: ['leave-one-out'], ks: [settings.k] });
        datasets.push(texts);
      }
      const encoders = [];
      for (const choice of list) encoders.push(await workspace.openEncoder(choice, openingOf(argv)));
      const results = await ResultsFolder.open({ folder: out, policy: 'same-inputs' });
      const checks: DataCheck[] = [];
      for (const { dataset } of datasets) {
        const asked = { k: settings.k, amongAll: true, byTrain: false };
        const found = await checkDataset({ dataset, encoders, asked });
        sayDataCheck({ ...found, progress, warn });
        checks.push(found.check);
      }
      const threads = new EstimatorThreads(settings.threads);
      const rankings: Ranking[] = [];
      const failures: Failure[] = [];
      const begun = performance.now();
      const interrupted = interruption(warn);
      const { signal: ended } = interrupted;
      const kept: EstimateRow[] = [];
      try {
        for (const [at, texts] of datasets.entries()) {
          const { key } = texts.dataset;
          const compares = settings.curveTexts === 0 || canCompareLayers(texts, settings);
          if (!compares)
            warn(printable(`${key}: the layers are not compared, since their sample of ${settings.curveTexts} texts has one class.`));
          const own = compares ? settings : { ...settings, curveTexts: 0 };
          const rank = async (encoder: Encoder, of: RankedTexts, signal?: AbortSignal) => {
            try {
              const either = signal === undefined ? ended : AbortSignal.any([ended, signal]);
              const found = await rankEncoder({
                ...of,
                encoder,
                settings: own,
                vectorFolder: workspace.vectorFolder,
                threads,
                progress,
                warn,
                signal: either,
              });
              return { ...found, ranked: measuredWell({ encoder, dataset: key, ranked: found.ranked, costs }) };
            } catch (error) {
              if (!(error instanceof HarnessError) || error.code === 'INTERNAL' || error.code === 'OUTPUT') throw error;
              failures.push({ encoder: encoder.name, dataset: key, reason: reason(error) });
              return undefined;
            }
          };
          const keep = async (encoder: Encoder, { dataset }: RankedTexts, ranked: RankedEncoder) =>
            void kept.push(...(await keepEstimates({ results, encoder, dataset, settings, ranked })));
          if (budget === undefined) {
            const ranked: RankedEncoder[] = [];
            for (const encoder of encoders) {
              const found = await rank(encoder, texts);
              if (found === undefined) continue;
              ranked.push(found.ranked);
              await keep(encoder, texts, found.ranked);
            }
            if (ranked.length > 0) rankings.push({ dataset: key, by: settings.by, encoders: ranked });
          } else {
            // What one data set leaves of its part the others have.
            const budgetMs =
              at === 0 ? budget / datasets.length : Math.max(0, budget - (performance.now() - begun)) / (datasets.length - at);
            const within = await rankWithin({ encoders, texts, settings, budgetMs, rank });
            for (const each of within.all) await keep(each.encoder, each.texts, each.ranked);
            if (within.encoders.length > 0)
              rankings.push({ dataset: key, by: settings.by, encoders: within.encoders, budget: within.budget });
          }
        }
      } catch (error) {
        if (!ended.aborted || error !== ended.reason) throw error;
      } finally {
        interrupted.end();
        await threads.close();
      }
      const record = runRecord({
        seed: settings.seed,
        threads: settings.threads,
        started,
        rows: kept,
        kept: 0,
        failures,
        data: checks.map(recordOfCheck),
        sources: workspace.pinned,
        interrupted: ended.aborted,
      });
      await results.write('run.json', (file) => writeRunRecord({ file, record }));
      if (ended.aborted) {
        progress.close();
        say(
          terminal.err,
          `${kept.length} estimates are in ${path.join(out, ESTIMATES)}, and vectors are stored; the same command goes on from there.`,
        );
        return interrupted.status;
      }
      if (rankings.length === 0) throw new HarnessError('DATA', { what: failures.map(failureWords).join(' | ') });
      progress.close();
      terminal.out.write(
        renderRanking({
          rankings,
          titles: titlesOf(workspace),
          format,
          notes: [...workspace.notes, ...said.notes],
          failures,
          tty: terminal.width !== undefined,
          width: terminal.width,
        }),
      );
      for (const failure of failures) say(terminal.err, `Not ranked: ${failureWords(failure)}`);
      if (format === 'table') sayWritten(terminal, { folder: out, files: [ESTIMATES, COSTS, 'run.json'] });
      return failures.length === 0 ? 0 : 1;
    } finally {
      progress.close();
    }
  },
};

/** Texts with labels: of a number that --limit gives the sample that a budget that comes to that number takes. */
async function openTexts(workspace: Workspace, choice: DatasetRef, argv: Arguments, settings: RankSettings): Promise<RankedTexts> {
  const limit = limitOf(argv);
  const of: Reading = { ...readingOf(argv), labels: 'first', limit: typeof limit === 'number' ? undefined : limit, seed: settings.seed };
  const dataset = await workspace.openDataset(choice, of);
  checkClasses(dataset);
  const field = text(argv, 'source-field');
  if (field === dataset.labelField)
    throw new HarnessError('OPTION', {
      where: '--source-field',
      what: `"${field}" is the label that encoders are ranked by.`,
      mend: 'Name another field.',
    });
  const second = field === undefined ? undefined : await workspace.openSecondField(choice, of, { field, first: dataset.labelField });
  const texts = { dataset, source: second && { labels: second.labels, classes: second.classes.length } };
  return typeof limit === 'number' ? sampleOf({ ...texts, settings }, limit) : texts;
}

function failureWords({ encoder, dataset, reason: why }: Failure): string {
  return `${encoder} on ${dataset}: ${why}`;
}

interface CostParams {
  readonly encoder: Encoder;
  readonly dataset: string;
  readonly ranked: RankedEncoder;
  /** Of earlier runs. */
  readonly costs: readonly CostRow[];
}

/** Without what a few new texts took, where an earlier run has measured more. */
function measuredWell({ encoder, dataset, ranked, costs }: CostParams): RankedEncoder {
  const fresh = costRow(encoder, dataset, ranked);
  if (fresh === undefined || mergeCosts({ old: costs, fresh: [fresh] }).includes(fresh)) return ranked;
  return { ...ranked, textMs: undefined, timedTexts: undefined, tokensPerSecond: undefined, memoryBytes: undefined };
}

interface KeepParams extends EstimateRowsParams {
  readonly results: ResultsFolder;
}

/** Writes the estimates of one encoder, and what it costs, beside what is there. */
async function keepEstimates({ results, ...params }: KeepParams): Promise<EstimateRow[]> {
  const fresh = estimateRows(params);
  await results.write(ESTIMATES, async (file) => writeEstimates({ file, rows: mergeEstimates({ old: await readEstimates(file), fresh }) }));
  const cost = costRow(params.encoder, params.dataset.key, params.ranked);
  if (cost !== undefined)
    await results.write(COSTS, async (file) => writeCosts({ file, rows: mergeCosts({ old: await readCosts(file), fresh: [cost] }) }));
  return fresh;
}

function settingsOf(argv: Arguments, limited: boolean): RankSettings {
  const asked = words(argv, 'estimator', [...ESTIMATORS, 'all'] as const);
  const field = text(argv, 'source-field');
  const named = asked.includes('all')
    ? ESTIMATORS.filter((name) => name !== 'leep' || field !== undefined || asked.includes(name))
    : (asked as EstimatorName[]);
  const by = word(argv, 'by', ESTIMATORS) ?? named[0]!;
  if (keys(argv, 'pooling').includes('concat'))
    throw new HarnessError('OPTION', { where: '--pooling', what: 'A concatenation is not ranked.', mend: 'Leave it out.' });
  const estimators = named.includes(by) ? named : [by, ...named];
  if (estimators.includes('leep') && field === undefined)
    throw new HarnessError('OPTION', {
      where: '--estimator',
      what: 'leep needs a second label of each text.',
      mend: 'Name its field with --source-field.',
    });
  if (!estimators.includes('leep') && field !== undefined)
    throw new HarnessError('OPTION', {
      where: '--source-field',
      what: 'Only leep asks for it.',
      mend: 'Add leep to --estimator, or leave it out.',
    });
  const k = whole(argv, 'k')!;
  return {
    estimators,
    by,
    poolings: words(argv, 'pooling', POOLINGS),
    layerMeans: [word(argv, 'layer-mean', LAYER_MEANS) ?? '0..L'],
    k,
    seed: whole(argv, 'seed', 0)!,
    threads: whole(argv, 'threads')!,
    tokenBudget: whole(argv, 'token-budget')!,
    sourceField: field,
    curveEstimators: asked.includes('all') ? estimators.filter((name) => name === by || !FITTED.includes(name)) : estimators,
    // A text of the sample has k neighbours beside itself.
    curveTexts: argv['curves'] === false || limited ? 0 : Math.max(CURVE_TEXTS, k + 1),
  };
}
