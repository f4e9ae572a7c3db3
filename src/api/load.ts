import { existsSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { checkOpened, openingOf } from '../classifiers/opened-classifier.ts';
import type { NumberPrediction, Prediction, TagPrediction } from '../classifiers/prediction.ts';
import type { PredictedWindow } from '../classifiers/predicted-windows.ts';
import { Predictor } from '../classifiers/predictor.ts';
import { hasClassifier, readClassifier } from '../classifiers/read-classifier.ts';
import type { ClassifierRecord } from '../classifiers/record.ts';
import { Tagger } from '../classifiers/tagger.ts';
import { isAsync, type Source } from '../classifiers/text-windows.ts';
import type { TextPair } from '../encoders/encoder-input.ts';
import { HarnessError, shown } from '../errors.ts';
import { defaultCacheDir } from '../home.ts';
import { ownEncoder } from '../opening/encoder-ref.ts';
import { openEncoderRef } from '../opening/open.ts';
import { openSources } from '../sources/sources.ts';
import { calledHere, renamed } from './called.ts';
import { checkNames, checkWhole } from './check.ts';

// Types are spelled out here, so that those of a program that imports them do not lead into the rooms and their dependencies.

export interface LoadOptions {
  /** The most probable classes that a prediction has in `top`; 1 where left out. */
  readonly top?: number | undefined;
  /** Nearest train texts that a prediction has; none where left out. */
  readonly explain?: number | undefined;
  /** One a core where left out. They change the time, never a prediction. */
  readonly threads?: number | undefined;
  /** Tokens of a batch. Changes the time, never a prediction. */
  readonly tokenBudget?: number | undefined;
  /** Ends predictions that are under way: its reason is thrown. */
  readonly signal?: AbortSignal | undefined;
}

/** What a model is asked about: texts where it reads single ones, pairs where it reads those; never both. */
export type LoadedInputs = Iterable<string | TextPair> | AsyncIterable<string | TextPair>;

/** Sentences that come split into words, which are not split again. */
export type LoadedSentences = Iterable<readonly string[]> | AsyncIterable<readonly string[]>;

/** A model that `finetune` saved, whose encoder runs in a thread of its own until it is closed. */
export interface LoadedModel {
  /** What it says of a text: classes, by `predict`, or a number, by `predictNumbers`; of words tags, by `predictTags`. */
  readonly task: 'classification' | 'regression' | 'token-classification';
  /** It takes pairs of texts. */
  readonly pairs: boolean;
  /** Names of the classes, or the tags; none of numbers. */
  readonly classes: readonly string[];
  /** A text may have several classes, or none. */
  readonly multiLabel: boolean;
  /** Of numbers: `share` of the `texts` of dev had theirs between `low` and `high`; undefined where predictions have no interval. */
  readonly interval: { readonly share: number; readonly texts: number } | undefined;
  /** Tokens, special ones included, after which a text is cut; Infinity: never. */
  readonly maxLength: number;
  /**
   * What texts, or pairs, are classified as, in their order. They are taken as they come, some thousands ahead at most, so that there may
   * be any number of them; those that come one by one are answered one by one. Equal ones are run once. Several calls may be under way at
   * once. Throws HarnessError OPTION where the model predicts numbers or tags, and at what is not of its kind, behind the predictions
   * before it.
   */
  predict(texts: LoadedInputs): AsyncGenerator<Prediction, void, undefined>;
  /** The number of each, in the unit of the targets, in the same way. Throws HarnessError OPTION where the model has classes or tags. */
  predictNumbers(texts: LoadedInputs): AsyncGenerator<NumberPrediction, void, undefined>;
  /** The tags of the words of sentences, in the same way. Throws HarnessError OPTION where the model reads texts, or pairs of them. */
  predictTags(sentences: LoadedSentences): AsyncGenerator<TagPrediction, void, undefined>;
  /** Lets the encoder go, once what is under way has ended. */
  close(): Promise<void>;
}

const NAMES = ['top', 'explain', 'threads', 'tokenBudget', 'signal'] as const satisfies readonly (keyof LoadOptions)[];

/**
 * Opens a folder that classifies, predicts numbers or tags words, as `finetune` saves it. Throws HarnessError: OPTION for a folder that is
 * not there or is no such model, and for options; FORMAT, GRAPH or TOKENIZER for files that are not what they should be. Nothing touches
 * the network.
 */
export async function load(folder: string, options: LoadOptions = {}): Promise<LoadedModel> {
  return calledHere(() => open(folder, options), {});
}

async function open(folder: string, options: LoadOptions): Promise<LoadedModel> {
  checkNames(options, NAMES);
  const { top, explain = 0, threads = availableParallelism(), tokenBudget, signal } = options;
  for (const [name, value] of Object.entries({ top, threads, tokenBudget })) checkWhole(name, value, 1);
  checkWhole('explain', explain, 0);
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw new HarnessError('OPTION', { where: 'signal', what: `It takes an AbortSignal, got ${shown(signal)}.` });
  }
  checkFolder(folder);
  const classifier = await readClassifier(folder);
  const { record } = classifier;
  checkAsked({ top, explain }, record);
  const encoder = await openEncoderRef({
    ref: ownEncoder({ value: folder, firstLayers: undefined, dtype: undefined }),
    sources: openSources({ cacheDir: defaultCacheDir(), offline: true, mirrors: [] }),
    dtype: undefined,
    ...openingOf(classifier.record),
  });
  for (const note of encoder.notes) process.emitWarning(renamed(`${encoder.name}: ${note}`, {}));
  checkOpened(classifier, encoder);
  const opened = { classifier, encoder, threads, tokenBudget, signal };
  const { texts, tagger } =
    record.words === undefined
      ? { texts: await Predictor.open({ ...opened, top, explain }), tagger: undefined }
      : { texts: undefined, tagger: await Tagger.open(opened) };
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => (closing ??= (texts ?? tagger).close());
  const checkCall = (method: Method): void => {
    if (closing !== undefined) throw new HarnessError('OPTION', { where: method, what: 'The model is closed.', hint: 'Load it again.' });
    checkMethod(method, record);
  };
  const checked = (method: Method, inputs: LoadedInputs): Source<string | TextPair> => {
    checkCall(method);
    return record.pairs === true ? checkedInputs(inputs, PAIRS) : checkedInputs(inputs, TEXTS);
  };
  const { classes, multiLabel, pairs, residuals } = record;
  return {
    task: TASKS[methodOf(record)],
    pairs: pairs === true,
    classes,
    multiLabel,
    interval: residuals && { share: residuals.share, texts: residuals.texts },
    maxLength: encoder.maxLength,
    predict: (inputs) => each(checked('predict', inputs), (items) => texts!.predict(items, itself)),
    predictNumbers: (inputs) => each(checked('predictNumbers', inputs), (items) => texts!.predictNumbers(items, itself)),
    predictTags: (sentences) => {
      checkCall('predictTags');
      return tagsOf(each(checkedInputs(sentences, SENTENCES), (items) => tagger!.predict(items, itself)));
    },
    close,
  };
}

type Method = 'predict' | 'predictNumbers' | 'predictTags';

const TASKS = {
  predict: 'classification',
  predictNumbers: 'regression',
  predictTags: 'token-classification',
} as const satisfies Record<Method, string>;

function itself<T>(input: T): T {
  return input;
}

function each<T, P>(
  items: Source<T>,
  predict: (items: Source<T>) => AsyncIterable<PredictedWindow<T, P>>,
): AsyncGenerator<P, void, undefined> {
  return eachOf(predict(items));
}

async function* eachOf<P>(windows: AsyncIterable<PredictedWindow<unknown, P>>): AsyncGenerator<P, void, undefined> {
  for await (const { predictions } of windows) yield* predictions;
}

async function* tagsOf(predictions: AsyncIterable<TagPrediction>): AsyncGenerator<TagPrediction, void, undefined> {
  for await (const { tags, confidences, truncated } of predictions) yield { tags, confidences, truncated };
}

/** Throws OPTION for what the model's predictions cannot have. */
function checkAsked({ top, explain = 0 }: Pick<LoadOptions, 'top' | 'explain'>, { kind, classes, words }: ClassifierRecord): void {
  if (kind === 'regression' && (top !== undefined || explain > 0)) {
    throw new HarnessError('OPTION', {
      where: top === undefined ? 'explain' : 'top',
      what: `The model predicts numbers, ${top === undefined ? 'and stores no training texts' : 'which have no classes'}.`,
      hint: 'Omit it.',
    });
  }
  if (words !== undefined && (top !== undefined || explain > 0)) {
    throw new HarnessError('OPTION', {
      where: top === undefined ? 'explain' : 'top',
      what: 'It is for texts, but the model tags words.',
      hint: 'Omit it.',
    });
  }
  if (top !== undefined && top > classes.length) {
    throw new HarnessError('OPTION', { where: 'top', what: `The model has ${classes.length} classes, fewer than ${top}.` });
  }
}

/** What is asked of a model. */
function methodOf({ kind, words }: ClassifierRecord): Method {
  if (words !== undefined) return 'predictTags';
  return kind === 'regression' ? 'predictNumbers' : 'predict';
}

const SAID: Readonly<Record<Method, string>> = {
  predict: 'The model predicts classes, not numbers.',
  predictNumbers: 'The model predicts numbers, not classes.',
  predictTags: 'The model tags words; it does not classify texts.',
};

/** Throws OPTION where the model's predictions are of another kind. */
function checkMethod(method: Method, record: ClassifierRecord): void {
  const own = methodOf(record);
  if (method === own) return;
  const what = method === 'predictTags' ? 'The model reads texts; it does not tag words.' : SAID[own];
  throw new HarnessError('OPTION', { where: method, what, hint: `Call ${own}.` });
}

function checkFolder(folder: unknown): asserts folder is string {
  if (typeof folder !== 'string') throw new HarnessError('OPTION', { where: 'folder', what: `It takes a string, got ${shown(folder)}.` });
  if (!existsSync(folder) || !statSync(folder).isDirectory()) {
    throw new HarnessError('OPTION', { where: folder, what: 'Folder not found.', hint: 'Give a folder saved by `finetune`.' });
  }
  if (!hasClassifier(folder)) {
    throw new HarnessError('OPTION', {
      where: folder,
      what: 'It has no classifier.json: an encoder alone cannot classify.',
      hint: 'Give a folder saved by `finetune`.',
    });
  }
}

/** What a model reads. */
interface Kind<T> {
  readonly where: 'texts' | 'sentences';
  /** Several. */
  readonly called: string;
  /** What one is called in a hint. */
  readonly one: string;
  readonly is: (input: unknown) => input is T;
  /** What is said of an input that is none; `at`: behind `where`, which of them, and where in it. */
  readonly none: (input: unknown) => { readonly at?: string; readonly what: string; readonly hint?: string };
}

const TEXTS: Kind<string> = { where: 'texts', called: 'strings', one: 'text', is: (input) => typeof input === 'string', none: noText };
const PAIRS: Kind<TextPair> = { where: 'texts', called: 'pairs', one: 'pair', is: isTextPair, none: noPair };
const SENTENCES: Kind<readonly string[]> = { where: 'sentences', called: 'lists of words', one: 'words', is: isSentence, none: noSentence };

/** Inputs as they come, each what the model reads. Throws OPTION at one that is not, and at once where they are no iterable. */
function checkedInputs<T>(inputs: unknown, kind: Kind<T>): Source<T> {
  const isObject = typeof inputs === 'object' && inputs !== null;
  if (isObject && isAsync(inputs as Source<unknown>)) return checkedLater(inputs as AsyncIterable<unknown>, kind);
  if (isObject && isIterable(inputs)) return checkedNow(inputs, kind);
  // A string is iterable, and each of its letters would be a text.
  throw new HarnessError('OPTION', {
    where: kind.where,
    what: `It takes an iterable of ${kind.called}, got ${shown(inputs)}.`,
    ...(kind.is(inputs) && { hint: `For a single one write [${kind.one}].` }),
  });
}

function isIterable(value: object): value is Iterable<unknown> {
  return typeof (value as Partial<Iterable<unknown>>)[Symbol.iterator] === 'function';
}

function* checkedNow<T>(inputs: Iterable<unknown>, kind: Kind<T>): Generator<T> {
  let at = 0;
  for (const input of inputs) yield inputAt(input, at++, kind);
}

async function* checkedLater<T>(inputs: AsyncIterable<unknown>, kind: Kind<T>): AsyncGenerator<T> {
  let at = 0;
  for await (const input of inputs) yield inputAt(input, at++, kind);
}

function inputAt<T>(input: unknown, i: number, { where, is, none }: Kind<T>): T {
  if (is(input)) return input;
  const { at = '', ...said } = none(input);
  throw new HarnessError('OPTION', { where: `${where}[${i}]${at}`, ...said });
}

function noText(input: unknown): { readonly what: string; readonly hint?: string } {
  if (!isTextPair(input)) return { what: `It is not a string (${shown(input)}).` };
  return { what: `It is a pair (${shown(input)}), but the model reads single texts.`, hint: 'Give a string.' };
}

function noPair(input: unknown): { readonly what: string; readonly hint: string } {
  const hint = 'Give { first, second }, both strings.';
  if (typeof input === 'string') return { what: `It is a single text (${shown(input)}), but the model reads pairs.`, hint };
  return { what: `It is not a pair of strings (${shown(input)}).`, hint };
}

function isTextPair(value: unknown): value is TextPair {
  if (typeof value !== 'object' || value === null) return false;
  const { first, second } = value as Partial<TextPair>;
  return typeof first === 'string' && typeof second === 'string';
}

function isSentence(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((word) => typeof word === 'string');
}

function noSentence(input: unknown): { readonly at?: string; readonly what: string; readonly hint?: string } {
  if (Array.isArray(input)) {
    const odd = input.findIndex((word) => typeof word !== 'string');
    return { at: `[${odd}]`, what: `It is not a string (${shown(input[odd])}).` };
  }
  const hint = "Split the text into words as in the model's training data.";
  return { what: `It is not a list of words (${shown(input)}).`, ...(typeof input === 'string' && { hint }) };
}
