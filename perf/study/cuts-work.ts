import path from 'node:path';
import { runCommand } from '../../bench/command.ts';
import { CLASS_ESTIMATORS } from '../../src/estimators/estimators.ts';
import { writeAtomically } from '../../src/files/atomic.ts';
import {
  finetune,
  rank,
  type ExperimentEvent,
  type ExperimentOptions,
  type FinetuneOptions,
  type RankOptions,
  type RankResult,
  type RunResult,
} from '../../src/index.ts';
import { familyPairs } from './cuts-pairs.ts';
import { sampleSizes } from './cuts-samples.ts';

/** Number of texts per split for training and evaluation. */
type Limit = Readonly<Record<'train' | 'dev' | 'test', number>>;

export interface StudyParams {
  /** Folder of the study. */
  readonly out: string;
  /** Folder of estimates from samples of train. */
  readonly ladder: string;
  /** Which encoders, and how they and the datasets are opened. */
  readonly opened: Pick<RankOptions & FinetuneOptions, 'modelsFile' | 'encoders' | 'maxLength' | 'splitColumn'>;
  readonly limit: Limit;
  /** Sizes and seeds of the samples of train on which the estimates are repeated. */
  readonly sizes: readonly number[];
  readonly seeds: readonly number[];
  readonly training: Pick<FinetuneOptions, 'objective' | 'pooling' | 'epochs' | 'batchSize' | 'lr'>;
  readonly surroundings: Pick<ExperimentOptions, 'mirrors' | 'cache' | 'offline' | 'threads'>;
  readonly say: (line: string) => void;
}

/**
 * Scores the encoders on a dataset by the estimates, on all of train and on samples of it, and fine-tunes them. Resumes an interrupted
 * study.
 */
export async function studyDataset(dataset: string, params: StudyParams): Promise<void> {
  const { out, ladder, opened, limit, sizes, seeds, training, surroundings, say } = params;
  const asked = { ...opened, datasets: [dataset] };
  const onEvent = (event: ExperimentEvent): void => {
    if ('text' in event) say(event.text);
  };
  const rankOn = async (train: number, more: Partial<RankOptions>, told: Pick<ExperimentOptions, 'out' | 'onEvent'>): Promise<void> => {
    say(`rank ${dataset}, ${train} texts, seed ${more.seed ?? 1}`);
    const request = { ...asked, limit: { train, dev: 0, test: 0 }, ...more };
    allRight(await rank(request, { ...surroundings, ...told }));
  };
  const estimator = CLASS_ESTIMATORS.filter((name) => name !== 'leep');
  await rankOn(limit.train, { estimator, pooling: ['cls', 'mean', 'cls-layermean', 'layermean'] }, { out, onEvent });
  for (const size of sizes) {
    for (const seed of seeds) await rankOn(size, { seed, pooling: ['mean', 'layermean'], curves: false }, { out: ladder });
  }
  say(`finetune ${dataset}`);
  allRight(await finetune({ ...asked, ...training, limit }, { ...surroundings, out, policy: 'only-missing', onEvent }));
}

/** A study with gaps is not valid. */
function allRight({ failures }: RankResult | RunResult): void {
  if (failures.length === 0) return;
  throw new Error(failures.map(({ encoder, dataset, reason }) => `${encoder} on ${dataset}: ${reason}`).join(' | '));
}

/** Writes the summary of all datasets: tables, and a picture. */
export async function studyTables({ out, ladder, sizes, opened: { modelsFile } }: StudyParams): Promise<void> {
  const registry = modelsFile === undefined ? [] : ['--models-file', modelsFile];
  const agreed = ['agree', out, ...registry, '--picture', path.join(out, 'agreement.svg')];
  await writeAtomically(path.join(out, 'agreement.md'), await printed([...agreed, '--format', 'markdown']));
  await writeAtomically(path.join(out, 'agreement.csv'), await printed([...agreed, '--format', 'csv']));
  await writeAtomically(path.join(out, 'pairs.md'), await familyPairs(out));
  await writeAtomically(path.join(out, 'sample-sizes.md'), await sampleSizes({ out, ladder, sizes }));
}

/** Captures what a command prints. */
async function printed(words: readonly string[]): Promise<string> {
  let text = '';
  const out = { isTTY: false, write: (more: string) => ((text += more), true) } as unknown as NodeJS.WriteStream;
  const status = await runCommand(words, { out, err: process.stderr });
  if (status !== 0) throw new Error(`bench ${words.join(' ')} ended with ${status}.`);
  return text;
}
