import { groupBy } from '../../../src/group-by.ts';
import type { StudyJob, TrainJob } from '../jobs.ts';
import { identity } from '../work.ts';
import { workKey } from '../work-record.ts';
import { number, table } from './markdown.ts';
import { mean } from './measures.ts';
import type { Trained } from './trained.ts';

export interface ProgressParams {
  readonly jobs: readonly StudyJob[];
  /** Keys of the completed work items. */
  readonly done: ReadonlySet<string>;
  readonly grid: readonly Trained[];
}

/** README.md of the study's folder: what is complete, and how long a training run takes. */
export function progress({ jobs, done, grid }: ProgressParams): string {
  const isThere = (job: StudyJob): boolean => done.has(`${job.folder} ${workKey(identity(job))}`);
  const datasets = [...new Set(jobs.map(({ dataset }) => dataset))];
  const encoders = [...new Set(jobs.map(({ encoder }) => encoder))];
  const cell = (folder: StudyJob['folder'], encoder: string, dataset: string): string => {
    const own = jobs.filter((job) => job.folder === folder && job.encoder === encoder && job.dataset === dataset);
    return `${own.filter(isThere).length} of ${own.length}`;
  };
  const grids = (['frozen', 'grid', 'parts'] as const).map((folder) => {
    const own = jobs.filter((job) => job.folder === folder);
    const title = `## ${TITLES[folder]}: ${own.filter(isThere).length} of ${own.length}`;
    return `${title}\n\n${table(
      ['Encoder', ...datasets],
      encoders.map((encoder) => [encoder, ...datasets.map((dataset) => cell(folder, encoder, dataset))]),
    )}`;
  });
  const parts = ['# Status of the study', ABOUT, ...grids, '## Seconds per training run', seconds(grid, encoders, datasets)];
  return `${[...parts, ...seedLines(jobs, isThere)].join('\n\n')}\n`;
}

const ABOUT =
  'Made by `npm run study -- tables`, from the `work.csv` of each folder. `npm run study` runs what is missing; docs/study.md describes ' +
  'the whole study.';

const TITLES = {
  frozen: 'Frozen encoders (1000, 500, 250 and 125 texts)',
  grid: 'The grid (1000 texts, two objectives, each seed)',
  parts: 'Parts (500, 250 and 125 texts, two objectives, the first seed)',
} as const;

/** Means over objectives and seeds, in CPU seconds. */
function seconds(grid: readonly Trained[], encoders: readonly string[], datasets: readonly string[]): string {
  const of = (encoder: string, dataset: string): string =>
    number(mean(grid.filter((each) => each.encoder === encoder && each.dataset === dataset).map((each) => each.seconds)), 0);
  return table(
    ['Encoder', ...datasets],
    encoders.map((encoder) => [encoder, ...datasets.map((dataset) => of(encoder, dataset))]),
  );
}

/** Which seeds are complete, and on what. */
function seedLines(jobs: readonly StudyJob[], isThere: (job: StudyJob) => boolean): string[] {
  const trainings = jobs.filter((job): job is TrainJob => job.kind === 'train' && job.folder === 'grid');
  const whole = [...groupBy(trainings, ({ dataset, seed }) => `${dataset}, seed ${seed}`)].map(([title, own]) => {
    const complete = [...groupBy(own, ({ encoder }) => encoder)].filter(([, each]) => each.every(isThere)).map(([encoder]) => encoder);
    return `- ${title}: ${complete.length === 0 ? 'none' : complete.join(', ')}`;
  });
  return ['## Complete encoders', whole.join('\n')];
}
