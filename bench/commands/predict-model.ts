import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { readClassifier, hasClassifier } from '../../src/classifiers/read-classifier.ts';
import { checkOpened, openingOf } from '../../src/classifiers/opened-classifier.ts';
import { frozenClassifier, frozenTexts, type FrozenTexts } from '../../src/classifiers/frozen-classifier.ts';
import type { ClassificationDataset } from '../../src/datasets/dataset.ts';
import { withClasses, withSingleTexts } from '../../src/datasets/task.ts';
import { defaultPooling } from '../../src/embed/default-pooling.ts';
import { loadVectors } from '../../src/embed/cut.ts';
import { embed } from '../../src/embed/embed.ts';
import { checkPoolings } from '../../src/embed/static-poolings.ts';
import { VectorStore } from '../../src/embed/store.ts';
import { POOLINGS, pooledVectors } from '../../src/embed/vectors.ts';
import { DEFAULT_OPTIONS } from '../../src/encoders/families/family.ts';
import { HarnessError } from '../../src/errors.ts';
import { METRICS, VOTES } from '../../src/knn/types.ts';
import { ownEncoder, registryEncoder, type EncoderRef } from '../../src/opening/encoder-ref.ts';
import { lookUp } from '../../src/registry/load.ts';
import { chosenDatasets, openingOf as openingOfFlags, readingOf } from '../flags/inputs.ts';
import { text, whole, word } from '../flags/options.ts';
import { checkDecided } from '../flags/predict.ts';
import { frozenWordModel } from './predict-frozen-words.ts';
import { openedAs, sayTemperature, type FrozenSettings, type Model, type ModelParams, type OpenedModel } from './predict-opened.ts';

/** Resolves --model. Throws OPTION if it is not a classifier, with what would be. */
export async function modelOf(params: ModelParams): Promise<Model> {
  const { argv } = params;
  const name = text(argv, 'model')!;
  const isFrozen = argv['dataset'] !== undefined || argv['datasets'] !== undefined;
  if (!isFrozen && existsSync(name) && hasClassifier(name)) return savedModel(name, params);
  if (!isFrozen) checkFolder(name);
  const ref = encoderOf(name, params);
  if (isFrozen && ref.kind === 'folder' && hasClassifier(ref.folder)) checkDecided(argv, name);
  if (!isFrozen) {
    throw new HarnessError('OPTION', {
      where: '--model',
      what: `${name} is an encoder, and classifies nothing by itself${ref.kind === 'folder' ? ' (it has no classifier.json)' : ''}.`,
      hint:
        'Name the folder that `bench finetune --save` wrote, or texts with labels for a frozen encoder: ' +
        '--dataset mine.csv --label-column label.',
    });
  }
  return frozenModel(ref, params);
}

/** A classifier is a folder. Throws OPTION if a file is given instead. */
function checkFolder(name: string): void {
  if (!existsSync(name) || statSync(name).isDirectory()) return;
  const folder = [path.dirname(name), path.dirname(path.dirname(name))].find(hasClassifier);
  throw new HarnessError('OPTION', {
    where: '--model',
    what: `${name} is a file, and a model that classifies is a folder.`,
    hint: folder === undefined ? 'Name the folder that `bench finetune --save` wrote.' : `Name its folder: --model ${folder}.`,
  });
}

async function savedModel(folder: string, { argv, workspace }: ModelParams): Promise<Model> {
  checkDecided(argv, folder);
  const classifier = await readClassifier(folder);
  const { classes, multiLabel, pairs, words, kind, residuals } = classifier.record;
  return {
    classes,
    multiLabel,
    pairs,
    words: words !== undefined,
    numbers: kind !== 'regression' ? undefined : residuals === undefined ? 'plain' : 'interval',
    isFrozen: false,
    open: async () => {
      const ref = ownEncoder({ value: folder, firstLayers: undefined, dtype: undefined });
      const { device } = openingOfFlags({ _: [], device: argv['device'] });
      const encoder = await workspace.openEncoder(ref, {
        dtype: undefined,
        options: DEFAULT_OPTIONS,
        ...openingOf(classifier.record),
        device,
      });
      checkOpened(classifier, encoder);
      return { classifier, encoder, dim: undefined };
    },
  };
}

/** An existing folder or file, a hub repository, or a registry key. */
function encoderOf(name: string, { argv, workspace: { models } }: ModelParams): EncoderRef {
  const known = lookUp(models, name.replace(/@[^@]*$/, '')) !== undefined;
  const isOwn = /^hf:|[/\\=]/.test(name) || existsSync(name);
  if (known && !existsSync(name)) return registryEncoder(models, name);
  if (!isOwn) {
    throw new HarnessError('OPTION', {
      where: '--model',
      what: `Unknown model ${name}: neither a folder nor an encoder.`,
      hint:
        'It takes the folder of a classifier, or with --dataset an encoder: a key (`bench models` lists them), hf:org/name or a ' +
        'folder.',
    });
  }
  return ownEncoder({ value: name, firstLayers: whole(argv, 'first-layers'), dtype: text(argv, 'dtype') });
}

/** Hint for a dataset that k-NN cannot predict from. */
const TRAINED = 'Train on it with `bench finetune --save`, and predict with that model.';

async function frozenModel(ref: EncoderRef, params: ModelParams): Promise<Model> {
  const { argv, workspace, warn } = params;
  const [choice, other] = chosenDatasets(argv, workspace);
  if (choice === undefined || other !== undefined) {
    throw new HarnessError('OPTION', { where: '--dataset', what: 'Texts of one dataset vote.', hint: 'Name one.' });
  }
  const settings: FrozenSettings = {
    k: whole(argv, 'k') ?? 5,
    metric: word(argv, 'metric', METRICS) ?? 'euclidean',
    votes: word(argv, 'votes', VOTES) ?? 'uniform',
    dim: whole(argv, 'dim'),
    pooling: word(argv, 'pooling', POOLINGS),
  };
  const wants = 'Predicting by a frozen encoder';
  const read = await workspace.openDataset(choice, readingOf(argv));
  if (read.task === 'token-classification') return frozenWordModel({ ...params, ref, dataset: read, settings });
  const stray = ['word-pooling', 'words-per-class'].find((flag) => argv[flag] !== undefined);
  if (stray !== undefined) {
    throw new HarnessError('OPTION', {
      where: `--${stray}`,
      what: `It is for words that have tags, and ${read.key} has none.`,
      hint: 'Omit it.',
    });
  }
  const dataset = withSingleTexts(withClasses(read, wants, TRAINED), wants, TRAINED);
  for (const note of dataset.notes ?? []) warn(note);
  const train = frozenTexts(dataset, settings);
  if (train.texts.length < dataset.texts.length) {
    warn(`${dataset.key}: its train texts vote, ${train.texts.length} of ${dataset.texts.length}; those of dev and test do not.`);
  }
  return {
    classes: dataset.classes,
    multiLabel: dataset.labelSets !== undefined,
    isFrozen: true,
    open: (signal) => openFrozen({ ...params, ref, dataset, train, settings, signal }),
  };
}

interface OpenFrozen extends ModelParams {
  readonly ref: EncoderRef;
  readonly dataset: ClassificationDataset;
  readonly train: FrozenTexts;
  readonly settings: FrozenSettings;
  readonly signal: AbortSignal | undefined;
}

async function openFrozen({ argv, workspace, progress, warn, ref, dataset, train, settings, signal }: OpenFrozen): Promise<OpenedModel> {
  const { k, metric, votes, dim } = settings;
  const threads = whole(argv, 'threads')!;
  const encoder = await workspace.openEncoder(ref, openingOfFlags(argv));
  const { maxLength, published, depth, name } = encoder;
  const pooling = settings.pooling ?? defaultPooling(encoder);
  if (pooling === 'as-published' && 'reason' in published) throw new HarnessError('OPTION', { where: '--pooling', what: published.reason });
  checkPoolings([pooling], encoder);
  const modules = 'steps' in published ? published : undefined;
  const [vector] = pooledVectors({ poolings: [pooling], layers: 'last', layerMeans: ['0..L'], depth, published: modules, encoder: name });
  const task = progress.task(`Embedding ${dataset.key} with ${name}`, train.texts.length, 'texts');
  const embedded = await embed({
    encoder,
    texts: train.texts,
    specs: [vector!.spec],
    store: new VectorStore(workspace.vectorFolder, warn),
    threads,
    tokenBudget: whole(argv, 'token-budget'),
    signal,
    onProgress: ({ done }) => task.update(done),
  });
  task.end();
  if (embedded.cut > 0) warn(`${dataset.key}: ${embedded.cut} of its train texts are truncated at ${maxLength} tokens.`);
  const vectors = await loadVectors(embedded, { ...vector!, dim, encoder: name });
  const kept = { pooling, ...openedAs(encoder), neighbours: { k, metric, votes } };
  const classifier = await frozenClassifier({ dataset, train, vectors, settings: kept, threads });
  sayTemperature(classifier, 'leave-one-out', warn);
  return { classifier, encoder, dim };
}
