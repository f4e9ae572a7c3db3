import { existsSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { checkOpened, openingOf } from '../classifiers/opened-classifier.ts';
import type { Prediction } from '../classifiers/prediction.ts';
import { Predictor } from '../classifiers/predictor.ts';
import { hasClassifier, readClassifier } from '../classifiers/read-classifier.ts';
import { isAsync } from '../classifiers/text-windows.ts';
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

/** A classifier whose encoder runs in a thread of its own, until it is closed. */
export interface LoadedModel {
  /** Names of the classes. */
  readonly classes: readonly string[];
  /** A text may have several classes, or none. */
  readonly multiLabel: boolean;
  /** Tokens, special ones included, after which a text is cut; Infinity: never. */
  readonly maxLength: number;
  /**
   * What texts are classified as, in their order. Texts are taken as they come, some thousands ahead at most, so that there may be any number
   * of them; those that come one by one are answered one by one. Equal texts are run once. Several calls may be under way at once.
   */
  predict(texts: Iterable<string> | AsyncIterable<string>): AsyncGenerator<Prediction, void, undefined>;
  /** Lets the encoder go, once what is under way has ended. */
  close(): Promise<void>;
}

const NAMES = ['top', 'explain', 'threads', 'tokenBudget', 'signal'] as const satisfies readonly (keyof LoadOptions)[];

/**
 * Opens a folder that classifies, as `finetune` saves it. Throws HarnessError: OPTION for a folder that is not there or is no classifier, and
 * for options; FORMAT, GRAPH or TOKENIZER for files that are not what they should be. Nothing touches the network.
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
  const { classes, multiLabel, kind, pairs } = classifier.record;
  if (kind === 'regression' || pairs === true) {
    throw new HarnessError('OPTION', {
      where: folder,
      what: `It ${kind === 'regression' ? 'predicts numbers' : 'reads pairs of texts'}, and programs load models that give single texts classes.`,
      hint: 'Use `bench predict`, or its graph (README.md of the folder says how).',
    });
  }
  if (top !== undefined && top > classes.length) {
    throw new HarnessError('OPTION', { where: 'top', what: `The model has ${classes.length} classes, fewer than ${top}.` });
  }
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
  return {
    classes,
    multiLabel,
    maxLength: encoder.maxLength,
    predict(texts) {
      if (closing !== undefined) throw new HarnessError('OPTION', { where: 'predict', what: 'The model is closed.', hint: 'Load it anew.' });
      checkTexts(texts);
      return predictions(predictor, texts);
    },
    close,
  };
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

/** A string is iterable, and each of its letters would be a text. */
function checkTexts(texts: unknown): void {
  if (typeof texts === 'object' && texts !== null && (isIterable(texts) || isAsync(texts as AsyncIterable<string>))) return;
  throw new HarnessError('OPTION', {
    where: 'texts',
    what: `It takes an iterable of strings, got ${shown(texts)}.`,
    ...(typeof texts === 'string' && { hint: 'Write [text] for one.' }),
  });
}

async function* predictions(predictor: Predictor, texts: Iterable<string> | AsyncIterable<string>): AsyncGenerator<Prediction, void, undefined> {
  for await (const window of predictor.predict(checked(texts), (text) => text)) yield* window.predictions;
}

/** Texts as they come, each a string. */
function checked(texts: Iterable<string> | AsyncIterable<string>): Iterable<string> | AsyncIterable<string> {
  return isAsync(texts) ? checkedLater(texts) : checkedNow(texts);
}

function isIterable(value: object): value is Iterable<string> {
  return typeof (value as Partial<Iterable<string>>)[Symbol.iterator] === 'function';
}

function* checkedNow(texts: Iterable<string>): Generator<string> {
  let at = 0;
  for (const text of texts) yield textAt(text, at++);
}

async function* checkedLater(texts: AsyncIterable<string>): AsyncGenerator<string> {
  let at = 0;
  for await (const text of texts) yield textAt(text, at++);
}

function textAt(text: unknown, at: number): string {
  if (typeof text === 'string') return text;
  throw new HarnessError('OPTION', { where: `texts[${at}]`, what: `It is no string (${shown(text)}).` });
}
