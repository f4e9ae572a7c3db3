import { frozenClassifier } from '../../src/classifiers/frozen-classifier.ts';
import { frozenWords, trainSentences } from '../../src/classifiers/frozen-words.ts';
import type { TokenDataset } from '../../src/datasets/dataset.ts';
import { embedWords } from '../../src/embed/embed-words.ts';
import { VectorStore } from '../../src/embed/store.ts';
import { WORD_POOLINGS, type WordSpec } from '../../src/embed/word-specs.ts';
import { HarnessError } from '../../src/errors.ts';
import { sampledWords, WORDS_PER_CLASS } from '../../src/experiment/sampled-words.ts';
import type { EncoderRef } from '../../src/opening/encoder-ref.ts';
import { openingOf as openingOfFlags } from '../flags/inputs.ts';
import { whole, word } from '../flags/options.ts';
import { openedAs, sayTemperature, type FrozenSettings, type Model, type ModelParams, type OpenedModel } from './predict-opened.ts';

export interface FrozenWordsModel extends ModelParams {
  readonly ref: EncoderRef;
  readonly dataset: TokenDataset;
  readonly settings: FrozenSettings;
}

/** A frozen encoder with k-NN over the words of train. Throws OPTION for options of text vectors. */
export function frozenWordModel(params: FrozenWordsModel): Model {
  const { argv, dataset, settings, warn } = params;
  const stray = settings.pooling === undefined ? (settings.dim === undefined ? undefined : 'dim') : 'pooling';
  if (stray !== undefined) {
    throw new HarnessError('OPTION', {
      where: `--${stray}`,
      what: `It is for vectors of texts, and ${dataset.key} has tags of words${stray === 'dim' ? ', whose vectors are kept whole' : ''}.`,
      hint: stray === 'dim' ? 'Omit it.' : 'Omit it, or use --word-pooling.',
    });
  }
  const pooling = word(argv, 'word-pooling', WORD_POOLINGS) ?? 'first';
  whole(argv, 'words-per-class');
  for (const note of dataset.notes ?? []) warn(note);
  const train = trainSentences(dataset);
  if (train.sentences.length < dataset.words.length) {
    warn(
      `${dataset.key}: words of its train sentences vote, ${train.sentences.length} of ${dataset.words.length}; those of dev and test do not.`,
    );
  }
  return {
    classes: dataset.classes,
    multiLabel: false,
    words: true,
    isFrozen: true,
    open: (signal) => open(params, { pooling, train, signal }),
  };
}

interface Opening {
  readonly pooling: WordSpec['word'];
  readonly train: ReturnType<typeof trainSentences>;
  readonly signal: AbortSignal | undefined;
}

async function open(
  { argv, workspace, progress, warn, ref, dataset, settings }: FrozenWordsModel,
  { pooling, train, signal }: Opening,
): Promise<OpenedModel> {
  const { k, metric, votes } = settings;
  const threads = whole(argv, 'threads')!;
  const encoder = await workspace.openEncoder(ref, openingOfFlags(argv));
  const { name, maxLength, depth } = encoder;
  const spec: WordSpec = { word: pooling, layers: [depth], combine: 'one' };
  const task = progress.task(`Embedding ${dataset.key} with ${name}`, train.sentences.length, 'sentences');
  const embedded = await embedWords({
    encoder,
    sentences: train.sentences,
    specs: [spec],
    store: new VectorStore(workspace.vectorFolder, warn),
    threads,
    tokenBudget: whole(argv, 'token-budget'),
    signal,
    onProgress: ({ done }) => task.update(done),
  });
  task.end();
  if (embedded.cut > 0) warn(`${dataset.key}: ${embedded.cut} of its train sentences are truncated at ${maxLength} tokens.`);
  const lost = embedded.withoutSubTokens + embedded.beyondLimit;
  if (lost > 0) warn(`${dataset.key}: ${lost} of its train words have no vector, and do not vote.`);
  const sample = sampledWords(dataset, whole(argv, 'words-per-class') ?? WORDS_PER_CLASS, whole(argv, 'seed', 0) ?? 1);
  if (sample.said !== '') warn(`${dataset.key}: train words that vote: ${sample.said}.`);
  const words = frozenWords({ dataset, train, lost: embedded.lost, sampled: sample.words, k });
  const vectors = await embedded.load(spec, words.rows);
  const kept = { pooling: 'word', words: pooling, ...openedAs(encoder), neighbours: { k, metric, votes } };
  const classifier = await frozenClassifier({
    dataset: { ...dataset, labelSets: undefined },
    train: words,
    vectors,
    settings: kept,
    threads,
  });
  sayTemperature(classifier, 'leave-one-sentence-out', warn);
  return { classifier, encoder, dim: undefined };
}
