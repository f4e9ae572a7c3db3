import { existsSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { checkOpened, openingOf } from '../classifiers/opened-classifier.ts';
import type { NumberPrediction, Prediction } from '../classifiers/prediction.ts';
import type { PredictedWindow } from '../classifiers/predicted-windows.ts';
import { Predictor } from '../classifiers/predictor.ts';
import { hasClassifier, readClassifier } from '../classifiers/read-classifier.ts';
import type { ClassifierRecord } from '../classifiers/record.ts';
import { isAsync } from '../classifiers/text-windows.ts';
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

/** A model that `finetune` saved, whose encoder runs in a thread of its own until it is closed. */
export interface LoadedModel {
  /** What it says of a text: classes, by `predict`, or a number, by `predictNumbers`. */
  readonly task: 'classification' | 'regression';
  /** It takes pairs of texts. */
  readonly pairs: boolean;
  /** Names of the classes; none of numbers. */
  readonly classes: readonly string[];
  /** A text may have several classes, or none. */
  readonly multiLabel: boolean;
  /** Of numbers: `share` of the `texts` of dev had theirs between `low` and `high`; undefined where predictions have no interval. */
  readonly interval: { readonly share: number; readonly texts: number } | undefined;
  /** Tokens, special ones included, after which a text is cut; Infinity: never. */
  readonly maxLength: number;
  /**
   * What texts, or pairs, are classified as, in their order. They are taken as they come, some thousands ahead at most, so that there may be
   * any number of them; those that come one by one are answered one by one. Equal ones are run once. Several calls may be under way at once.
   * Throws HarnessError OPTION where the model predicts numbers, and at what is not of its kind, behind the predictions before it.
   */
  predict(texts: LoadedInputs): AsyncGenerator<Prediction, void, undefined>;
  /** The number of each, in the unit of the targets, in the same way. Throws HarnessError OPTION where the model has classes. */
  predictNumbers(texts: LoadedInputs): AsyncGenerator<NumberPrediction, void, undefined>;
  /** Lets the encoder go, once what is under way has ended. */
  close(): Promise<void>;
}

const NAMES = ['top', 'explain', 'threads', 'tokenBudget', 'signal'] as const satisfies readonly (keyof LoadOptions)[];

/**
 * Opens a folder that classifies, or predicts numbers, as `finetune` saves it. Throws HarnessError: OPTION for a folder that is not there or
 * is no such model, and for options; FORMAT, GRAPH or TOKENIZER for files that are not what they should be. Nothing touches the network.
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
  const predictor = await Predictor.open({ classifier, encoder, threads, tokenBudget, top, explain, signal });
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => (closing ??= predictor.close());
  const checked = (method: Method, texts: LoadedInputs): LoadedInputs => {
    if (closing !== undefined) throw new HarnessError('OPTION', { where: method, what: 'The model is closed.', hint: 'Load it anew.' });
    checkMethod(method, record);
    return checkedInputs(texts, record.pairs === true);
  };
  const { classes, multiLabel, kind, pairs, residuals } = record;
  return {
    task: kind === 'regression' ? 'regression' : 'classification',
    pairs: pairs === true,
    classes,
    multiLabel,
    interval: residuals && { share: residuals.share, texts: residuals.texts },
    maxLength: encoder.maxLength,
    predict: (texts) => each(predictor.predict(checked('predict', texts), itself)),
    predictNumbers: (texts) => each(predictor.predictNumbers(checked('predictNumbers', texts), itself)),
    close,
  };
}

type Method = 'predict' | 'predictNumbers';

function itself<T>(input: T): T {
  return input;
}

async function* each<P>(windows: AsyncIterable<PredictedWindow<unknown, P>>): AsyncGenerator<P, void, undefined> {
  for await (const { predictions } of windows) yield* predictions;
}

/** Throws OPTION for what the model's predictions cannot have. */
function checkAsked({ top, explain = 0 }: Pick<LoadOptions, 'top' | 'explain'>, { kind, classes }: ClassifierRecord): void {
  if (kind === 'regression' && (top !== undefined || explain > 0)) {
    throw new HarnessError('OPTION', {
      where: top === undefined ? 'explain' : 'top',
      what: `The model predicts numbers, ${top === undefined ? 'and keeps no train texts' : 'which have no classes'}.`,
      hint: 'Leave it out.',
    });
  }
  if (top !== undefined && top > classes.length) {
    throw new HarnessError('OPTION', { where: 'top', what: `The model has ${classes.length} classes, fewer than ${top}.` });
  }
}

/** Throws OPTION where the model's predictions are of the other kind. */
function checkMethod(method: Method, { kind }: ClassifierRecord): void {
  const own: Method = kind === 'regression' ? 'predictNumbers' : 'predict';
  if (method === own) return;
  throw new HarnessError('OPTION', {
    where: method,
    what: kind === 'regression' ? 'The model predicts numbers, and has no classes.' : 'The model has classes, and predicts no numbers.',
    hint: `Call ${own}.`,
  });
}

function checkFolder(folder: unknown): asserts folder is string {
  if (typeof folder !== 'string') throw new HarnessError('OPTION', { where: 'folder', what: `It takes a string, got ${shown(folder)}.` });
  if (!existsSync(folder) || !statSync(folder).isDirectory()) {
    throw new HarnessError('OPTION', { where: folder, what: 'There is no such folder.', hint: 'Name one that `finetune` saved.' });
  }
  if (!hasClassifier(folder)) {
    throw new HarnessError('OPTION', {
      where: folder,
      what: 'It has no classifier.json: an encoder alone classifies nothing.',
      hint: 'Name a folder that `finetune` saved.',
    });
  }
}

/** Texts, or pairs, as they come, each what the model reads. Throws OPTION at one that is not, and at once where it is no iterable. */
function checkedInputs(texts: LoadedInputs, pairs: boolean): LoadedInputs {
  const isObject = typeof texts === 'object' && texts !== null;
  if (isObject && isAsync(texts)) return checkedLater(texts, pairs);
  if (isObject && isIterable(texts)) return checkedNow(texts, pairs);
  // A string is iterable, and each of its letters would be a text.
  const isOne = pairs ? isTextPair(texts) : typeof texts === 'string';
  throw new HarnessError('OPTION', {
    where: 'texts',
    what: `It takes an iterable of ${pairs ? 'pairs' : 'strings'}, got ${shown(texts)}.`,
    ...(isOne && { hint: `Write [${pairs ? 'pair' : 'text'}] for one.` }),
  });
}

function isIterable(value: object): value is Iterable<string | TextPair> {
  return typeof (value as Partial<Iterable<unknown>>)[Symbol.iterator] === 'function';
}

function* checkedNow(texts: Iterable<string | TextPair>, pairs: boolean): Generator<string | TextPair> {
  let at = 0;
  for (const text of texts) yield inputAt(text, at++, pairs);
}

async function* checkedLater(texts: AsyncIterable<string | TextPair>, pairs: boolean): AsyncGenerator<string | TextPair> {
  let at = 0;
  for await (const text of texts) yield inputAt(text, at++, pairs);
}

function inputAt(input: unknown, at: number, pairs: boolean): string | TextPair {
  if (pairs ? isTextPair(input) : typeof input === 'string') return input as string | TextPair;
  throw new HarnessError('OPTION', { where: `texts[${at}]`, ...(pairs ? noPair(input) : noText(input)) });
}

function noText(input: unknown): { readonly what: string; readonly hint?: string } {
  if (!isTextPair(input)) return { what: `It is no string (${shown(input)}).` };
  return { what: `It is a pair (${shown(input)}), and the model reads single texts.`, hint: 'Give a string.' };
}

function noPair(input: unknown): { readonly what: string; readonly hint: string } {
  const hint = 'Give { first, second }, both strings.';
  if (typeof input === 'string') return { what: `It is a single text (${shown(input)}), and the model reads pairs.`, hint };
  return { what: `It is no pair of strings (${shown(input)}).`, hint };
}

function isTextPair(value: unknown): value is TextPair {
  if (typeof value !== 'object' || value === null) return false;
  const { first, second } = value as Partial<TextPair>;
  return typeof first === 'string' && typeof second === 'string';
}
