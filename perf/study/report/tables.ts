import path from 'node:path';
import { readCosts } from '../../../src/results/costs.ts';
import { writeWhole } from '../../../src/results/write.ts';
import { STUDY_FOLDERS, type JobsParams, type StudyJob } from '../jobs.ts';
import { isForeign } from '../encoders.ts';
import { readReal } from '../real.ts';
import { readWork, workKey } from '../work-record.ts';
import type { Sizes } from '../datasets.ts';
import { ofEqualSize, together } from './against.ts';
import { anchors } from './anchors.ts';
import { CEILING, ceilingCsv, ceilingRows, ceilingTable } from './ceiling-tables.ts';
import { comparisons, EQUAL, type OfGrid } from './comparisons.ts';
import { correctness, devOutcomes } from './dev-outcomes.ts';
import { predictorsOf, SCREEN, screenOf } from './predictors.ts';
import { progress } from './progress.ts';
import { readStudy, type Study } from './read.ts';
import { realTable } from './real-table.ts';
import { replayTable, threes } from './replay-tables.ts';
import { stakes } from './stakes.ts';
import { spreadsOf } from './spread.ts';
import { spreadTable } from './spread-table.ts';
import { sweepTable } from './sweep.ts';
import { cellsOf, steadied } from './trained.ts';

export interface TablesParams {
  /** Folder of the study. */
  readonly out: string;
  readonly jobs: readonly StudyJob[];
  readonly grid: JobsParams;
  readonly held: Pick<Sizes, 'dev' | 'test'>;
}

/** All tables, only from the files in the study's folder: the same files give the same tables. */
export async function studyReport(params: TablesParams): Promise<void> {
  const { out, jobs, grid } = params;
  const study = await readStudy(out);
  const cells = cellsOf(study.grid);
  const sizes = [grid.whole, ...grid.parts.toSorted((a, b) => b - a)];
  const predictors = predictorsOf({ ...study, datasets: grid.datasets.flat(), sizes });
  const write = (name: string, text: string): Promise<void> => writeWhole({ file: path.join(out, name), text });

  await write('README.md', progress({ jobs, done: await donePieces(out), grid: study.grid }));
  const compared = await comparisons(out, { cells, predictors, parameters: study.parameters });
  const ceilings = compared.map((each) => ({ title: each.title, rows: ceilingRows(each) }));
  const ceilingParts = [ABOUT_CEILING, ...ceilings.map(({ title, rows }) => ceilingTable(title, rows))];
  const published = anchors(compared.filter(({ title }) => title !== EQUAL));
  await write('ceiling.md', `${[...ceilingParts, published].join('\n\n')}\n`);
  await write('ceiling.csv', ceilingCsv(ceilings.flatMap(({ rows }) => rows)));
  await write('sweep.md', sweepTable(study.sweep));
  const outcomes = await devOutcomes([path.join(out, 'grid'), path.join(out, 'parts')]);
  const correct = correctness(outcomes);
  const spreads = {
    all: spreadsOf(study.grid, study.parts, correct),
    native: spreadsOf(native(study.grid), native(study.parts), correct),
  };
  await write('spread.md', spreadTable({ grid: study.grid, predictors, spreads, isForeign }));
  await write('replay.md', await replayTables(params, study, { cells, predictors, outcomes, sizes }));
}

/** Of encoders that were made for the language of the data. */
function native<T extends { readonly encoder: string }>(trained: readonly T[]): T[] {
  return trained.filter(({ encoder }) => !isForeign(encoder));
}

async function donePieces(out: string): Promise<ReadonlySet<string>> {
  const done = new Set<string>();
  for (const folder of STUDY_FOLDERS)
    for (const row of await readWork(path.join(out, folder, 'work.csv'))) done.add(`${folder} ${workKey(row)}`);
  return done;
}

const ABOUT_CEILING = `# What predicts which encoder is best after fine-tuning

${[
  'Compared with the prediction by other seeds of the same fine-tuning, the ceiling. Each half of the seeds is predicted in turn, with',
  'one seed that one; means over datasets, objectives and groups of encoders. Pairs in order: share of the pairs of encoders in the',
  'right order, a tie counts half; in brackets 95% CIs over the datasets. Regret: points of micro-F1 on test lost by picking the',
  `top-ranked encoder. Texts: number encoded by each encoder. All estimates are in \`ceiling.csv\`; ${CEILING} has no row if there is`,
  'only one seed.',
].join(' ')}`;

interface Replays extends Pick<OfGrid, 'cells' | 'predictors'> {
  readonly outcomes: Awaited<ReturnType<typeof devOutcomes>>;
  readonly sizes: readonly number[];
}

async function replayTables(
  { out, held }: TablesParams,
  { grid, parts, parameters }: Study,
  { cells, predictors, outcomes, sizes }: Replays,
): Promise<string> {
  // The record's own seconds are for every estimator and layer, of which a choice needs only one.
  const measured = await readCosts(path.join(out, 'frozen', 'costs.csv'));
  const textMs = (dataset: string, encoder: string): number => {
    const own = measured.filter((row) => row.encoder === encoder && row.text_ms !== '');
    const found = own.find((row) => row.dataset === dataset) ?? own.find((row) => row.dataset.startsWith(`${dataset}-`));
    return found === undefined ? Number.NaN : Number(found.text_ms);
  };
  const screens = sizes.flatMap((size) => {
    const predictor = screenOf(predictors, size === sizes[0] ? '' : `, ${size} texts`);
    return predictor === undefined
      ? []
      : [{ predictor, seconds: (dataset: string, encoder: string) => (size * textMs(dataset, encoder)) / 1000 }];
  });
  if (screens.length === 0) return `${ABOUT_REPLAY}\n\nNo results yet.\n`;
  const costs = steadied([...grid, ...parts]);
  const params = { cells, grid: costs.slice(0, grid.length), parts: costs.slice(grid.length), outcomes, screens, predictors, held };
  const tables = [
    await replayTable('All encoders', together, params),
    await replayTable('All sets of three encoders', threes, params),
    await replayTable('Encoders of equal size', ofEqualSize(parameters), params),
  ];
  const real = await realTable(await readReal(out), params);
  return `${[ABOUT_REPLAY, ...tables, ...(real === '' ? [] : [real]), stakes(cells)].join('\n\n')}\n`;
}

const ABOUT_REPLAY = `# \`choose\`, replayed

${[
  'The race as `bench choose` runs it, with outcomes and costs of the recorded training runs. A budget is a share of the cost of the',
  'whole grid of a dataset: all encoders, both objectives, all seeds. Costs are CPU seconds: text passes at the',
  `median rate of the encoder on the dataset. Frozen encoders are screened by ${SCREEN} (the higher one) on as many texts as 15% of`,
  'the budget allow, at the time per text of the frozen encoder. For a training size between the recorded ones, the result of the next',
  'smaller one is used, at the cost of the actual size. The winner is trained on all texts whatever is left, so that a small budget is',
  'exceeded. Best: the highest mean test score over all seeds. Claimed probability: that another is better by more than 0.5 points;',
  'observed: the share of choices for which one is.',
].join(' ')}`;
