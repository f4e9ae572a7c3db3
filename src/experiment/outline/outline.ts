import { trainingPasses } from '../../choosing/budget.ts';
import { tooFewNumbers } from '../../embed/cut.ts';
import { VectorStore } from '../../embed/store.ts';
import type { Pooling } from '../../embed/vectors.ts';
import { promptColumn } from '../../encoders/prompts.ts';
import { CONCAT_ALL } from '../../results/encoder-names.ts';
import { resultKey } from '../../results/merge.ts';
import type { Row } from '../../results/row.ts';
import type { ObjectiveName } from '../../training/objective.ts';
import { OBJECTIVES } from '../../training/objectives.ts';
import { encoderVectors } from '../encoder-vectors.ts';
import { mapVector } from '../map-vector.ts';
import { planScores, plannedRows } from '../plan-scores.ts';
import { eachPrompt } from '../prompted.ts';
import { splitSizes } from '../race-trainings.ts';
import { rankedVectors } from '../rank-encoder.ts';
import type { Experiment, RankExperiment, RunExperiment, Training } from '../resolve/experiment.ts';
import { type Settings, protocolsOf } from '../settings.ts';
import { type Shard, inShard } from '../shard.ts';
import { expectedRows } from '../train-job.ts';
import { forTraining, objectivesOf, poolingOf } from '../trained-inputs.ts';
import type { Workspace } from '../workspace.ts';
import { type Pair, type VectorsOf, embedding, rankVectorsOf, secondsOf, tokensOf, vectorsOf } from './embedding-cost.ts';
import {
  type OutlinedDataset,
  type OutlinedEncoder,
  type PromptedEncoder,
  outlinedDataset,
  outlinedEncoder,
  promptedEncoders,
} from './outlined-inputs.ts';
import type { OutlinedWork } from './outlined-work.ts';

/**
 * What an experiment would do and cost, without downloading or writing anything: the jobs of what is on this disk, and for the rest what
 * the registries declare.
 */
export interface Outline {
  readonly work: readonly OutlinedWork[];
  readonly encoders: readonly OutlinedEncoder[];
  readonly datasets: readonly OutlinedDataset[];
}

/** Train, dev and test; missing ones are held out for training. */
const TRAINED_SPLITS = 3;

/** @throws HarnessError what would end the experiment, as far as it can be seen without a download */
export async function outline(
  experiment: Experiment,
  { workspace, shard }: { readonly workspace: Workspace; readonly shard: Shard | undefined },
): Promise<Outline> {
  const encoders = await Promise.all(experiment.encoders.map((ref) => outlinedEncoder(ref, experiment, workspace)));
  const prompted = promptedEncoders(encoders, experiment, { workspace, shard });
  const datasets: OutlinedDataset[] = [];
  for (const ref of experiment.datasets) datasets.push(await outlinedDataset(ref, experiment, workspace));
  const names = { encoders: encoders.map(({ name }) => name), datasets: datasets.map(({ name }) => name) };
  const concat = experiment.command === 'run' && experiment.settings.concatNorms.length > 0;
  const includes = inShard({ ...names, shard, concat });
  const store = new VectorStore(workspace.vectorFolder);
  const work: OutlinedWork[] = [];
  for (const dataset of datasets) {
    const own = encoders.filter(({ name }) => includes(name, dataset.name));
    for (const prompt of eachPrompt(experiment.prompts)) {
      const having = prompted.filter((each) => each.prompt === prompt && own.some(({ name }) => name === each.name));
      for (const encoder of having) work.push(...(await workOf(experiment, { encoder, dataset, store })));
      if (experiment.command === 'run' && concat && own.length > 1 && having.length === own.length) {
        work.push(concatenation(experiment, having, dataset));
      }
    }
  }
  return { work, encoders, datasets };
}

async function workOf(experiment: Experiment, pair: Pair): Promise<OutlinedWork[]> {
  switch (experiment.command) {
    case 'run': {
      const planned = plannedRowsOf(experiment, pair);
      const rows = planned?.length ?? listedRows(experiment, pair);
      const scored = { ...about(pair), rows, ...(await embedding(pair, vectorsOf(experiment.settings), experiment.settings.threads)) };
      return [scored, ...(experiment.training === undefined ? [] : trainings(experiment.training, pair, planned))];
    }
    case 'rank':
      return [
        {
          ...about(pair),
          rows: estimatedRows(experiment, pair),
          ...(await embedding(pair, rankVectorsOf(experiment.settings), experiment.settings.threads)),
        },
      ];
    case 'finetune':
      return trainings(experiment, pair);
    case 'choose': {
      const { screen, choice } = experiment;
      const screened = { ...about(pair), rows: 0, ...(await embedding(pair, rankVectorsOf(screen), screen.threads)) };
      // At most: each on the full training set with the first seed.
      return [screened, ...trainings({ ...experiment, choice: { ...choice, seeds: choice.seeds.slice(0, 1) } }, pair)];
    }
    case 'map': {
      const { methods, settings } = experiment;
      const vectors: VectorsOf = (encoder) => [mapVector(encoder, settings.pooling)];
      return [{ ...about(pair), rows: methods.length, ...(await embedding(pair, vectors, settings.threads)) }];
    }
    default:
      return experiment satisfies never;
  }
}

function about({
  encoder,
  dataset,
}: Pick<Pair, 'encoder' | 'dataset'>): Pick<OutlinedWork, 'encoder' | 'prompt' | 'dataset' | 'texts' | 'training'> {
  return {
    encoder: encoder.name,
    prompt: promptColumn(encoder.opened?.prompt ?? encoder.prompt),
    dataset: dataset.name,
    texts: dataset.texts,
    training: undefined,
  };
}

/** The rows of frozen vectors, from their jobs; undefined unless both are on this disk. */
function plannedRowsOf({ settings, reading, opening }: RunExperiment, { encoder, dataset }: Pair): Row[] | undefined {
  if (encoder.opened === undefined || dataset.opened === undefined) return undefined;
  const { jobs } = planScores({
    encoders: [{ name: encoder.name, ref: encoder.ref, prompt: encoder.prompt, encoder: encoder.opened }],
    datasets: [{ name: dataset.name, ref: dataset.ref, dataset: dataset.opened, protocols: protocolsOf(dataset.opened, settings) }],
    reading,
    opening,
    settings: { ...settings, concatNorms: [] },
    trained: false,
    includes: () => true,
  });
  return plannedRows(jobs);
}

/** Number of rows by the layers and splits that the registry declares. */
function listedRows({ settings }: RunExperiment, { encoder, dataset }: Pair): number | undefined {
  const scores = scoresOf(dataset, settings);
  if (encoder.depth === undefined || scores === undefined || isUnknown(encoder, settings)) return undefined;
  return encoderVectors(encoder.opened ?? { depth: encoder.depth }, encoder.name, settings).length * scores;
}

/** Whether the number depends on an encoder's published pooling, which is in a file that is not on this disk. */
function isUnknown({ opened }: OutlinedEncoder, { poolings }: { readonly poolings: readonly Pooling[] }): boolean {
  return opened === undefined && poolings.includes('as-published');
}

/** Rows of the concatenation: of the vectors that all encoders have. */
function concatenation({ settings }: RunExperiment, encoders: readonly PromptedEncoder[], dataset: OutlinedDataset): OutlinedWork {
  const scores = scoresOf(dataset, settings);
  const prompt = promptColumn(encoders[0]!.prompt);
  const shared = { encoder: CONCAT_ALL, prompt, dataset: dataset.name, texts: dataset.texts, training: undefined, toRun: 0, seconds: 0 };
  if (scores === undefined || encoders.some((each) => each.depth === undefined || isUnknown(each, settings)))
    return { ...shared, rows: undefined };
  const [first, ...others] = encoders.map(
    ({ depth, opened, name }) =>
      new Set(encoderVectors(opened ?? { depth: depth! }, name, settings).map(({ pooling, layers, dim }) => `${pooling} ${layers} ${dim}`)),
  );
  const common = [...first!].filter((vector) => others.every((other) => other.has(vector)));
  return { ...shared, rows: common.length * settings.concatNorms.length * scores };
}

/** Rows of one vector of a dataset. */
function scoresOf({ splits }: OutlinedDataset, settings: Settings): number | undefined {
  if (splits === undefined) return undefined;
  const parts = settings.protocols.reduce((sum, protocol) => sum + (protocol !== 'fit-train' ? 1 : splits > 1 ? splits : 0), 0);
  return parts * settings.ks.length * settings.metrics.length * settings.votes.length;
}

function estimatedRows({ settings }: RankExperiment, { encoder }: Pair): number | undefined {
  const { opened, depth, name } = encoder;
  if (depth === undefined || isUnknown(encoder, settings)) return undefined;
  const { places, layers } = rankedVectors({ ...(opened ?? { depth, published: undefined }), name }, settings);
  const errorOf = opened === undefined ? () => undefined : tooFewNumbers(opened);
  return (
    places.filter((place) => errorOf(place) === undefined).length * settings.estimators.length +
    layers.length * settings.curveEstimators.length
  );
}

/** Training runs: the frozen encoder's rows, unless an earlier run has these or they are `planned` already, and the trained one's. */
function trainings({ choice, pooling }: Training, { encoder, dataset }: Pair, planned: readonly Row[] = []): OutlinedWork[] {
  const { opened } = dataset;
  const seen = new Set(planned.map(resultKey));
  const isFresh = (row: Row): boolean => !seen.has(resultKey(row)) && seen.add(resultKey(row)) !== undefined;
  const splits = opened === undefined ? TRAINED_SPLITS : new Set(forTraining(opened, choice).split).size;
  const toTrain = opened === undefined ? undefined : forTraining(opened, choice).split.filter((split) => split === 0).length;
  const { epochs } = choice.settings;
  // Per epoch the training texts are encoded and trained on; all texts are encoded once more for scoring.
  const toRun = toTrain === undefined || opened === undefined ? undefined : epochs * (toTrain + opened.texts.length) + opened.texts.length;
  const objectives = opened === undefined ? choice.objectives : objectivesOf(opened, choice);
  const byHead = OBJECTIVES[objectives[0]!].predicts === 'head';
  const cut = opened === undefined ? undefined : splitSizes(forTraining(opened, choice));
  const passes = cut && trainingPasses({ ...cut, epochs, byHead });
  const perText =
    opened === undefined || encoder.opened === undefined
      ? undefined
      : secondsOf(encoder.opened, tokensOf(encoder.opened, opened.texts) / opened.texts.length, choice.trainer.threads);
  const rowsOf = (objective: ObjectiveName, seed: number): Row[] | undefined => {
    if (opened === undefined || encoder.opened === undefined) return undefined;
    const target = { encoder: encoder.opened, files: { name: encoder.name, folder: '', onnx: undefined } };
    return expectedRows({
      target,
      dataset: forTraining(opened, choice),
      second: undefined,
      pooling: poolingOf(opened, pooling, encoder.opened),
      objective,
      seed,
      choice,
    });
  };
  return objectives.flatMap((objective) =>
    choice.seeds.map((seed): OutlinedWork => {
      const isFirst = objective === objectives[0] && seed === choice.seeds[0];
      const rows = rowsOf(objective, seed)?.filter(isFresh).length ?? (isFirst ? 2 : 1) * splits;
      const seconds = perText === undefined || passes === undefined ? undefined : passes * perText;
      return { ...about({ encoder, dataset }), training: { objective, seed }, rows, toRun, passes, seconds };
    }),
  );
}
