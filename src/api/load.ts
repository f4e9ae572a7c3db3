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
import { decideDevice } from '../experiment/device/decide-device.ts';
import { openEncoderRef } from '../opening/open.ts';
import { openSources } from '../sources/sources.ts';
import { withApiNames, renamed } from './option-names.ts';
import { checkNames, checkWhole } from './check.ts';
import { checkDeviceWord } from './device.ts';

// Types are spelled out here, so that a program that imports them does not load the types of the rooms and their dependencies.

export interface LoadOptions {
  /** Number of most probable classes in `top` of a prediction. Default: 1. */
  readonly top?: number | undefined;
  /** Number of nearest training texts in a prediction. Default: none. */
  readonly explain?: number | undefined;
  /** Default: one per core. Affects speed only, never a prediction. */
  readonly threads?: number | undefined;
  /** What its encoder runs on, as in `embed`. Default: cpu. */
  readonly device?: string | undefined;
  /** Tokens per batch. Affects speed only, never a prediction. */
  readonly tokenBudget?: number | undefined;
  /** Aborts running predictions: its reason is thrown. */
  readonly signal?: AbortSignal | undefined;
}

/** Inputs of a model: texts, or pairs for a model of text pairs; never a mix. */
export type LoadedInputs = Iterable<string | TextPair> | AsyncIterable<string | TextPair>;

/** Sentences already split into words, which are not split again. */
export type LoadedSentences = Iterable<readonly string[]> | AsyncIterable<readonly string[]>;

/** A model saved by `finetune`, whose encoder runs in a separate thread until it is closed. */
export interface LoadedModel {
  /** What it predicts: a class of a text with `predict`, a number with `predictNumbers`, tags of words with `predictTags`. */
  readonly task: 'classification' | 'regression' | 'token-classification';
  /** The model reads pairs of texts. */
  readonly pairs: boolean;
  /** Names of the classes, or the tags; empty for numbers. */
  readonly classes: readonly string[];
  /** A text may have several classes, or none. */
  readonly multiLabel: boolean;
  /** For numbers: `share` of the `texts` of dev had their target between `low` and `high`; undefined if predictions have no interval. */
  readonly interval: { readonly share: number; readonly texts: number } | undefined;
  /** Maximum length in tokens, special tokens included; Infinity: no truncation. */
  readonly maxLength: number;
  /**
   * Predicted classes of texts or pairs, in input order. Inputs are read as they arrive, at most some thousands ahead, so there may be any
   * number of them; inputs that arrive one at a time are answered one at a time. Duplicates are encoded once. Several calls may run at the
   * same time. Throws HarnessError OPTION if the model predicts numbers or tags, and, after the predictions before it, at an input of the
   * wrong kind.
   */
  predict(texts: LoadedInputs): AsyncGenerator<Prediction, void, undefined>;
  /** Predicted numbers in the unit of the targets, in the same way. Throws HarnessError OPTION if the model predicts classes or tags. */
  predictNumbers(texts: LoadedInputs): AsyncGenerator<NumberPrediction, void, undefined>;
  /** Predicted tags of the words of sentences, in the same way. Throws HarnessError OPTION if the model reads texts or text pairs. */
  predictTags(sentences: LoadedSentences): AsyncGenerator<TagPrediction, void, undefined>;
  /** Releases the encoder once running predictions have finished. */
  close(): Promise<void>;
}

const NAMES = ['top', 'explain', 'threads', 'device', 'tokenBudget', 'signal'] as const satisfies readonly (keyof LoadOptions)[];

/**
 * Opens a folder, saved by `finetune`, of a model that classifies, predicts numbers or tags words. Throws HarnessError: OPTION for a
 * missing folder, one that is not such a model, and invalid options; FORMAT, GRAPH or TOKENIZER for invalid files. Never uses the network.
 */
export async function load(folder: string, options: LoadOptions = {}): Promise<LoadedModel> {
  return withApiNames(() => open(folder, options), {});
}

async function open(folder: string, options: LoadOptions): Promise<LoadedModel> {
  checkNames(options, NAMES);
  const { top, explain = 0, threads = availableParallelism(), device: word = 'cpu', tokenBudget, signal } = options;
  checkDeviceWord(word);
  for (const [name, value] of Object.entries({ top, threads, tokenBudget })) checkWhole(name, value, 1);
  checkWhole('explain', explain, 0);
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw new HarnessError('OPTION', { where: 'signal', what: `It takes an AbortSignal, got ${shown(signal)}.` });
  }
  checkFolder(folder);
  const classifier = await readClassifier(folder);
  const { record } = classifier;
  checkAsked({ top, explain }, record);
  const { device } = await decideDevice({ word });
  const encoder = await openEncoderRef({
    ref: ownEncoder({ value: folder, firstLayers: undefined, dtype: undefined }),
    sources: openSources({ cacheDir: defaultCacheDir(), offline: true, mirrors: [] }),
    dtype: undefined,
    ...openingOf(classifier.record),
    device,
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

/** Throws OPTION for options that this model's predictions do not support. */
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

/** The method that answers for this kind of model. */
function methodOf({ kind, words }: ClassifierRecord): Method {
  if (words !== undefined) return 'predictTags';
  return kind === 'regression' ? 'predictNumbers' : 'predict';
}

const SAID: Readonly<Record<Method, string>> = {
  predict: 'The model predicts classes, not numbers.',
  predictNumbers: 'The model predicts numbers, not classes.',
  predictTags: 'The model tags words; it does not classify texts.',
};

/** Throws OPTION if the model's predictions are of another kind. */
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

/** A kind of model input. */
interface Kind<T> {
  readonly where: 'texts' | 'sentences';
  /** Plural. */
  readonly called: string;
  /** Singular, as used in a hint. */
  readonly one: string;
  readonly is: (input: unknown) => input is T;
  /** Message for an input of the wrong kind; `at`: after `where`, its index and position. */
  readonly none: (input: unknown) => { readonly at?: string; readonly what: string; readonly hint?: string };
}

const TEXTS: Kind<string> = { where: 'texts', called: 'strings', one: 'text', is: (input) => typeof input === 'string', none: noText };
const PAIRS: Kind<TextPair> = { where: 'texts', called: 'pairs', one: 'pair', is: isTextPair, none: noPair };
const SENTENCES: Kind<readonly string[]> = { where: 'sentences', called: 'lists of words', one: 'words', is: isSentence, none: noSentence };

/**
 * Inputs as they arrive, each checked to be of the kind that the model reads. Throws OPTION at one that is not, and at once if `inputs` is
 * not iterable.
 */
function checkedInputs<T>(inputs: unknown, kind: Kind<T>): Source<T> {
  const isObject = typeof inputs === 'object' && inputs !== null;
  if (isObject && isAsync(inputs as Source<unknown>)) return checkedLater(inputs as AsyncIterable<unknown>, kind);
  if (isObject && isIterable(inputs)) return checkedNow(inputs, kind);
  // A string is iterable, and each of its characters would be taken as a text.
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
