import { createHash } from 'node:crypto';
import path from 'node:path';
import type { ClassOutcomes, NumberOutcomes, Outcomes, TagOutcomes } from '../statistics/outcomes.ts';
import { SCHEMES } from '../tags/letters.ts';
import { resultKey } from './merge.ts';
import { natural } from './order.ts';
import { broken, readText } from './read.ts';
import { EMPTY_ROW, KEY_COLUMNS, type Column, type Row } from './row.ts';

/**
 * `examples/<dataset>.jsonl`, next to results.csv: the predictions for every text of a result, so that two commits can be compared text by
 * text. First a line for each corpus with its true labels; then a line for each result, one character per text: `.` if correct, else the
 * class in letters. Git stores such lines well, as encoders err on the same texts. Predicted numbers are written as they are, separated by
 * blanks.
 */

/** The true labels of a corpus, or of a split of it. */
export interface Truth {
  readonly multi: boolean;
  /** Texts have numbers instead of classes: `labels` and predictions are lists of them. */
  readonly numbers?: boolean | undefined;
  /**
   * Texts are sentences, each word of which has a tag as its class: number of words of each, and the tagging scheme of spans (`IOB2`, '' if
   * none).
   */
  readonly sentences?: { readonly words: readonly number[]; readonly scheme: string; readonly bare: boolean } | undefined;
  /** Names, by class index. */
  readonly classes: readonly string[];
  /** The class of each text, in letters; for sentences, of each word. */
  readonly labels: string;
}

export interface CellPredictions {
  /** The columns that identify the result, without empty ones. */
  readonly cell: Readonly<Partial<Record<Column, string>>>;
  /** Id of its truth. */
  readonly truth: string;
  /** One character per text. */
  readonly given: string;
}

/** Predictions for the texts of results, by result, and the truths that they refer to, by id. */
export interface Predictions {
  readonly truths: ReadonlyMap<string, Truth>;
  readonly cells: ReadonlyMap<string, CellPredictions>;
}

export const NO_PREDICTIONS: Predictions = { truths: new Map(), cells: new Map() };

const CORRECT = '.';
/** Ends the classes of a text that may have several. */
const END = ';';
const LETTERS = 26;
const ID_DIGITS = 16;
/** Far above any dataset; a number that is no longer an exact integer must not pass for a class. */
const MOST_CLASSES = 1e6;

/** File name of a dataset's predictions. */
export function predictionsFile(folder: string, dataset: string): string {
  return path.join(folder, 'examples', `${dataset.replaceAll(/[^\w.@-]+/g, '-')}.jsonl`);
}

/** The predictions of one result. `classes`: names. */
export function predictionsOf({
  row,
  outcomes,
  classes,
}: {
  readonly row: Row;
  readonly outcomes: Outcomes;
  readonly classes: readonly string[];
}): Predictions {
  const { truth, given } = linesOf(outcomes, classes);
  const id = truthId(truth);
  const cell = Object.fromEntries(KEY_COLUMNS.flatMap((column) => (row[column] === '' ? [] : [[column, row[column]]])));
  return { truths: new Map([[id, truth]]), cells: new Map([[resultKey(row), { cell, truth: id, given }]]) };
}

interface Lines {
  readonly truth: Truth;
  readonly given: string;
}

function linesOf(outcomes: Outcomes, classes: readonly string[]): Lines {
  switch (outcomes.kind) {
    case 'numbers':
      return numberLines(outcomes);
    case 'tags':
      return tagLines(outcomes);
    default:
      return classLines(outcomes, classes);
  }
}

/** A word without a predicted tag. */
const NONE = '?';

function tagLines({ truth, predicted, starts, tags, scheme }: TagOutcomes): Lines {
  const words = Array.from({ length: starts.length - 1 }, (_, i) => starts[i + 1]! - starts[i]!);
  return {
    truth: {
      multi: false,
      sentences: { words, scheme: scheme?.name ?? '', bare: scheme?.bare ?? false },
      classes: tags,
      labels: Array.from(truth, letters).join(''),
    },
    given: Array.from(predicted, (tag, i) => (tag === -1 ? NONE : tag === truth[i] ? CORRECT : letters(tag))).join(''),
  };
}

function numberLines({ truth, predicted }: NumberOutcomes): Lines {
  return { truth: { multi: false, numbers: true, classes: [], labels: truth.join(' ') }, given: predicted.join(' ') };
}

function classLines(outcomes: ClassOutcomes, classes: readonly string[]): Lines {
  if (outcomes.kind === 'multi') {
    const { truth, predicted } = outcomes;
    return {
      truth: { multi: true, classes, labels: truth.map(setLetters).join('') },
      given: predicted.map((set, i) => (equal(set, truth[i]!) ? CORRECT : setLetters(set))).join(''),
    };
  }
  const { truth, predicted } = outcomes;
  return {
    truth: { multi: false, classes, labels: Array.from(truth, letters).join('') },
    given: Array.from(predicted, (label, i) => (label === truth[i] ? CORRECT : letters(label))).join(''),
  };
}

/** True labels and predictions of a result. Throws FORMAT if the two do not match. `where`: its name in errors. */
export function outcomesOf({ truths, cells }: Predictions, key: string, where: string): Outcomes | undefined {
  const cell = cells.get(key);
  const truth = cell && truths.get(cell.truth);
  if (cell === undefined || truth === undefined) return undefined;
  if (truth.numbers === true) return numbersOf(truth, cell, where);
  const classes = truth.classes.length;
  const refuse = (what: string) => broken(where, what, 'Delete the file: its results are recomputed.');
  const labels = signs(truth.labels, truth.multi);
  const given = signs(truth.sentences === undefined ? cell.given : cell.given.replaceAll(NONE, CORRECT), truth.multi);
  if (labels === undefined || given === undefined || labels.length !== given.length || labels.length === 0) {
    throw refuse(`The predictions of a result do not match its ${labels?.length ?? 0} texts.`);
  }
  if ([...labels, ...given].some((set) => set?.some((label) => label >= classes) === true)) {
    throw refuse(`A text has a class beyond the ${classes} classes.`);
  }
  if (labels.includes(undefined)) throw refuse('A text has no class.');
  const truthSets = labels as Int32Array[];
  if (truth.sentences !== undefined) return tagsOf({ truth, given: cell.given, labels: truthSets, predicted: given }, where);
  const predicted = given.map((set, i) => set ?? truthSets[i]!);
  if (truth.multi) return { kind: 'multi', truth: truthSets, predicted, classes };
  return {
    kind: 'single',
    truth: Int32Array.from(truthSets, ([label]) => label!),
    predicted: Int32Array.from(predicted, ([label]) => label!),
    classes,
  };
}

interface ReadTags {
  readonly truth: Truth;
  readonly given: string;
  readonly labels: readonly Int32Array[];
  /** Undefined if a word is correct, or has no prediction. */
  readonly predicted: readonly (Int32Array | undefined)[];
}

function tagsOf({ truth, given, labels, predicted }: ReadTags, where: string): TagOutcomes {
  const { words, scheme, bare } = truth.sentences!;
  const starts = new Int32Array(words.length + 1);
  for (const [i, count] of words.entries()) starts[i + 1] = starts[i]! + count;
  const known = SCHEME_NAMES.includes(scheme) ? { name: scheme, bare } : undefined;
  if (starts[words.length] !== labels.length || (scheme !== '' && known === undefined)) {
    throw broken(
      where,
      `The words of its sentences do not match the ${labels.length} tagged words.`,
      'Delete the file: its results are recomputed.',
    );
  }
  const none = nonesOf(given);
  return {
    kind: 'tags',
    truth: Int32Array.from(labels, ([tag]) => tag!),
    predicted: Int32Array.from(predicted, (tag, word) => (none.has(word) ? -1 : (tag ?? labels[word]!)[0]!)),
    starts,
    tags: truth.classes,
    ...(known !== undefined && { scheme: known }),
  };
}

const SCHEME_NAMES: readonly string[] = SCHEMES;

/** Indices of words without a prediction. */
function nonesOf(given: string): Set<number> {
  const found = new Set<number>();
  let word = 0;
  for (const sign of given) {
    if (sign === NONE) found.add(word);
    if (sign === NONE || sign === CORRECT || (sign >= 'A' && sign <= 'Z')) word++;
  }
  return found;
}

function numbersOf({ labels }: Truth, { given }: CellPredictions, where: string): NumberOutcomes {
  const [truth, predicted] = [labels, given].map((text) => Float64Array.from(text.split(' '), numberIn));
  if (truth!.length === predicted!.length && [...truth!, ...predicted!].every((value) => Number.isFinite(value))) {
    return { kind: 'numbers', truth: truth!, predicted: predicted! };
  }
  throw broken(
    where,
    `The predictions of a result are not numbers for its ${truth!.length} texts.`,
    'Delete the file: its results are recomputed.',
  );
}

function numberIn(word: string): number {
  return /^-?\d+(\.\d+)?(e[-+]?\d+)?$/.test(word) ? Number(word) : NaN;
}

/** `old` with the results of `fresh` replacing its own; truths that no result refers to are dropped. */
export function mergePredictions(
  old: Predictions,
  fresh: readonly Predictions[],
  isKept: (key: string) => boolean = () => true,
): Predictions {
  const cells = new Map([...old.cells].filter(([key]) => isKept(key)));
  for (const each of fresh) for (const [key, cell] of each.cells) cells.set(key, cell);
  const named = new Set([...cells.values()].map(({ truth }) => truth));
  const truths = new Map([old, ...fresh].flatMap((each) => [...each.truths]).filter(([id]) => named.has(id)));
  return { truths, cells };
}

/** The file as text: the same predictions in any order give the same bytes. */
export function textOfPredictions({ truths, cells }: Predictions): string {
  const truthLines = [...truths]
    .toSorted(([a], [b]) => natural(a, b))
    .map(([truth, { multi, numbers, sentences, classes, labels }]) => ({
      truth,
      ...(multi && { multi }),
      ...(numbers === true && { numbers }),
      ...(sentences && { sentences }),
      classes,
      labels,
    }));
  const cellLines = [...cells].toSorted(([a], [b]) => natural(a, b)).map(([, line]) => line);
  return [...truthLines, ...cellLines].map((line) => `${JSON.stringify(line)}\n`).join('');
}

/** Predictions of a file; empty if there is none. Throws FORMAT with file and line. */
export async function readPredictions(file: string): Promise<Predictions> {
  const text = await readText(file);
  return text === undefined ? NO_PREDICTIONS : parsePredictions({ text, file });
}

/** Predictions from a text. `file`: its name in errors. Throws FORMAT with file and line. */
export function parsePredictions({ text, file }: { readonly text: string; readonly file: string }): Predictions {
  const truths = new Map<string, Truth>();
  const cells = new Map<string, CellPredictions>();
  for (const [at, line] of text.split('\n').entries()) {
    if (line === '') continue;
    const value = parseLine(line);
    const refuse = (what: string) => broken(`${file}:${at + 1}`, what, 'Delete the line or the file: its results are recomputed.');
    if (isTruthLine(value)) {
      const { truth, multi = false, numbers, sentences, classes, labels } = value;
      if (truthId({ multi, numbers, sentences, classes, labels }) !== truth)
        throw refuse('The classes of its texts differ from those written.');
      truths.set(truth, { multi, ...(numbers === true && { numbers }), ...(sentences && { sentences }), classes, labels });
    } else if (isCellLine(value)) {
      if (!truths.has(value.truth)) throw refuse('It refers to texts missing above.');
      const key = resultKey({ ...EMPTY_ROW, ...value.cell });
      if (cells.has(key)) throw refuse('Duplicate result: see a line above.');
      cells.set(key, { cell: value.cell, truth: value.truth, given: value.given });
    } else {
      throw refuse('Neither classes of texts nor predictions.');
    }
  }
  return { truths, cells };
}

function parseLine(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function isTruthLine(value: unknown): value is Omit<Truth, 'multi'> & { truth: string; multi?: boolean } {
  const line = value as Partial<Record<string, unknown>> | null | undefined;
  return (
    typeof line === 'object' &&
    line !== null &&
    typeof line['truth'] === 'string' &&
    typeof line['labels'] === 'string' &&
    (line['multi'] === undefined || line['multi'] === true) &&
    (line['numbers'] === undefined || line['numbers'] === true) &&
    (line['sentences'] === undefined || isSentences(line['sentences'])) &&
    Array.isArray(line['classes']) &&
    line['classes'].every((name) => typeof name === 'string')
  );
}

function isSentences(value: unknown): boolean {
  const { words, scheme, bare } = (value ?? {}) as Partial<Record<string, unknown>>;
  return (
    Array.isArray(words) &&
    words.every((count) => Number.isInteger(count) && count >= 0) &&
    typeof scheme === 'string' &&
    typeof bare === 'boolean'
  );
}

function isCellLine(value: unknown): value is CellPredictions {
  const line = value as Partial<Record<string, unknown>> | null | undefined;
  return (
    typeof line === 'object' &&
    line !== null &&
    typeof line['truth'] === 'string' &&
    typeof line['given'] === 'string' &&
    typeof line['cell'] === 'object' &&
    line['cell'] !== null &&
    Object.values(line['cell']).every((cell) => typeof cell === 'string')
  );
}

/** Distinguishes truths with the same labels. */
function kindOf({ multi, numbers, sentences }: Truth): unknown {
  if (sentences !== undefined) return [sentences.words, sentences.scheme, sentences.bare];
  return numbers === true ? 'numbers' : multi;
}

function truthId(truth: Truth): string {
  return createHash('sha256')
    .update(JSON.stringify([kindOf(truth), truth.classes, truth.labels]))
    .digest('hex')
    .slice(0, ID_DIGITS);
}

/** A class in letters: digits of base 26, the last one a capital, which marks the end of the class. */
function letters(label: number): string {
  let text = String.fromCharCode(65 + (label % LETTERS));
  for (let rest = Math.floor(label / LETTERS); rest > 0; rest = Math.floor(rest / LETTERS)) {
    text = String.fromCharCode(97 + (rest % LETTERS)) + text;
  }
  return text;
}

function setLetters(labels: Int32Array): string {
  return `${Array.from(labels, letters).join('')}${END}`;
}

/** Classes of each text, undefined for a correct text; undefined if the text is not a valid list. */
function signs(text: string, multi: boolean): (Int32Array | undefined)[] | undefined {
  const found: (Int32Array | undefined)[] = [];
  let set: number[] = [];
  let label = 0;
  let open = false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code >= 97 && code < 97 + LETTERS) {
      label = label * LETTERS + code - 97;
      if (label > MOST_CLASSES) return undefined;
      open = true;
    } else if (code >= 65 && code < 65 + LETTERS) {
      set.push(label * LETTERS + code - 65);
      label = 0;
      open = false;
      if (!multi) {
        found.push(Int32Array.from(set));
        set = [];
      }
    } else if (!open && text[i] === CORRECT && set.length === 0) {
      found.push(undefined);
    } else if (!open && text[i] === END && multi) {
      found.push(Int32Array.from(set));
      set = [];
    } else {
      return undefined;
    }
  }
  return open || set.length > 0 ? undefined : found;
}

function equal(a: Int32Array, b: Int32Array): boolean {
  return a.length === b.length && a.every((label, i) => label === b[i]);
}
