import { classFindings, type ClassCount, type ClassFindings, type RequestedNeighbours } from './check-classes.ts';
import { tagBaseline, tagCheck, tagCounts, type TagCheck } from './check-tags.ts';
import { pairCheck, targetCheck, type PairCheck, type TargetCheck } from './check-targets.ts';
import { wordFindings, type WordFindings } from './check-words.ts';
import { SPLITS, type ClassificationDataset, type Dataset, type Split, type Task } from './dataset.ts';
import { comparable, firstEqual, rowTexts } from './equal-texts.ts';
import { areAmounts, hasFractions } from './targets.ts';

/** Properties of a dataset before anything is computed: of the rows used, if they are a sample. */
export interface DataCheck {
  readonly dataset: string;
  readonly labelField: string;
  readonly task: Task;
  /** How the rows were sampled and split: empty for all, as in their files. */
  readonly sample: string;
  readonly texts: number;
  readonly splits: Readonly<Record<Split, number>>;
  /** For texts with several labels all are counted. */
  readonly multiLabel: boolean;
  /**
   * In the order of the dataset's classes. A text with several labels counts in each. For tagged words the words per tag. Empty for
   * regression.
   */
  readonly classes: readonly ClassCount[];
  /** Only of regression. */
  readonly targets: TargetCheck | undefined;
  /** Only of tagged words. */
  readonly tags: TagCheck | undefined;
  /** Only of pairs. */
  readonly pairs: PairCheck | undefined;
  /**
   * Baseline of predicting the most frequent class of all texts, on all texts; for tagged words O for all words, see `tagBaseline`.
   * Undefined for regression.
   */
  readonly majority: Majority | undefined;
  /** The same with train's most frequent class on test, if both exist; with test's if there is only test. */
  readonly testMajority: Majority | undefined;
  /** Number of texts that are only white space. */
  readonly empty: number;
  readonly duplicates: Duplicates;
  /** Texts of one split that also occur in another; undefined unless both exist. */
  readonly leaks: {
    readonly testInTrain: number | undefined;
    readonly devInTrain: number | undefined;
    readonly testInDev: number | undefined;
  };
  readonly longest: {
    /** Code points. */ readonly characters: number;
    /** Separated by white space; for tagged words those of the longest sentence. */ readonly words: number;
  };
  readonly findings: ClassFindings &
    WordFindings & {
      /** Labels are numbers with fractions, and many: a regression target instead of classes. */
      readonly fractions: boolean;
      /** Labels are integers that look like amounts. */
      readonly amounts: boolean;
      /** Some texts have several labels, of which only the first counts. */
      readonly firstLabels: boolean;
    };
  /** Findings about the files, and changes to the rows, one sentence each. */
  readonly notes: readonly string[];
}

/** Texts truncated by an encoder's length limit. */
export interface Truncation {
  readonly encoder: string;
  /** Prompt put before every text, as in results.csv; omitted if none. */
  readonly prompt?: string | undefined;
  /** Tokens, special tokens included. */
  readonly maxLength: number;
  /** Number of truncated texts, counted or estimated. */
  readonly texts: number;
  /** Number of words beyond the limit; undefined if texts are not split into words. */
  readonly words?: number | undefined;
  /** Extrapolated from a sample of the long texts. */
  readonly estimated: boolean;
}

export interface Majority {
  readonly class: string;
  /** Fractions of the texts. For texts with several labels: only that class is predicted for each. */
  readonly accuracy: number;
  readonly microF1: number;
}

/** Texts that equal an earlier one after trimming. */
export interface Duplicates {
  /** Number of rows that repeat an earlier one. */
  readonly rows: number;
  /** Of these, those with the same labels as an earlier copy: what --deduplicate drops. */
  readonly sameLabels: number;
  /** Number of distinct texts whose copies have different labels. */
  readonly conflicting: number;
  /** Number of rows of those texts. */
  readonly conflictingRows: number;
  /** The first of those texts, with its labels. */
  readonly conflict: { readonly text: string; readonly labels: readonly string[] } | undefined;
}

/** Checks a dataset, in time and memory linear in the number of texts. `asked`: settings of the neighbour search to come. */
export function checkData(dataset: Dataset, asked: RequestedNeighbours): DataCheck {
  const { texts, split } = dataset;
  const first = firstEqual(rowTexts(texts, dataset.seconds));
  const counts = SPLITS.map((_, s) => split.reduce((sum, each) => sum + Number(each === s), 0));
  const labelled = dataset.task === 'classification' ? dataset : undefined;
  const tags = dataset.task === 'token-classification' ? tagCheck(dataset) : undefined;
  const classes = countsOf(dataset);
  const longest = [...texts, ...(dataset.seconds ?? [])].reduce((most, text) => (text.length > most.length ? text : most), '');
  return {
    dataset: dataset.key,
    labelField: dataset.labelField,
    task: dataset.task,
    sample: dataset.sample,
    texts: texts.length,
    splits: { train: counts[0]!, dev: counts[1]!, test: counts[2]! },
    multiLabel: labelled?.labelSets !== undefined,
    classes,
    targets: dataset.task === 'regression' ? targetCheck(dataset) : undefined,
    tags,
    pairs: pairCheck(dataset),
    majority:
      tags === undefined
        ? labelled && majorityOf(labelled, { trained: () => true, scored: () => true })
        : tagBaseline(classes, { trained: 'texts', scored: 'texts' }),
    testMajority:
      tags === undefined
        ? labelled && majorityOf(labelled, { trained: counts[0]! > 0 ? (s) => s === 0 : (s) => s === 2, scored: (s) => s === 2 })
        : tagBaseline(classes, { trained: counts[0]! > 0 ? 'train' : 'test', scored: 'test' }),
    empty: texts.reduce((sum, text) => sum + Number(comparable(text) === ''), 0),
    duplicates: duplicatesOf(dataset, first),
    leaks: leaksOf(dataset, first, counts),
    longest: { characters: [...longest].length, words: tags?.longest ?? longest.match(/\S+/g)?.length ?? 0 },
    findings: {
      ...classFindings({ classes, texts: texts.length, asked, distinct: first.reduce((sum, head, row) => sum + Number(head === row), 0) }),
      // In entity datasets most words are O, and tags may be rare.
      ...(tags !== undefined && { rare: [], dominant: undefined }),
      ...wordFindings(classes, [...texts, ...(dataset.seconds ?? [])]),
      fractions: labelled !== undefined && hasFractions(labelled),
      amounts: labelled !== undefined && areAmounts(labelled),
      firstLabels: labelled?.severalLabels === true && labelled.labelSets === undefined,
    },
    notes: dataset.notes ?? [],
  };
}

function countsOf(dataset: Dataset): ClassCount[] {
  if (dataset.task === 'classification') return classCounts(dataset);
  return dataset.task === 'token-classification' ? tagCounts(dataset) : [];
}

function classCounts({ classes, labels, labelSets, split }: ClassificationDataset): ClassCount[] {
  const counts = classes.map((name) => ({ name, texts: 0, train: 0, dev: 0, test: 0 }));
  for (const [row, label] of labels.entries()) {
    for (const each of labelSets?.[row] ?? [label]) {
      const count = counts[each]!;
      count.texts++;
      count[SPLITS[split[row]!]!]++;
    }
  }
  return counts;
}

interface Rows {
  readonly trained: (split: number) => boolean;
  readonly scored: (split: number) => boolean;
}

/** Of equally frequent classes the first is predicted, as by scikit-learn's DummyClassifier. */
function majorityOf({ classes, labels, labelSets, split }: ClassificationDataset, { trained, scored }: Rows): Majority | undefined {
  const counts = new Float64Array(classes.length);
  let n = 0;
  let all = 0;
  for (const [row, label] of labels.entries()) if (trained(split[row]!)) for (const each of labelSets?.[row] ?? [label]) counts[each]!++;
  const guess = counts.reduce((best, count, c) => (count > counts[best]! ? c : best), 0);
  let right = 0;
  let exact = 0;
  for (const [row, label] of labels.entries()) {
    if (!scored(split[row]!)) continue;
    const own = labelSets?.[row] ?? [label];
    n++;
    all += own.length;
    right += Number(own.includes(guess));
    exact += Number(own.length === 1 && own[0] === guess);
  }
  return n === 0 ? undefined : { class: classes[guess]!, accuracy: exact / n, microF1: (2 * right) / (n + all) };
}

function duplicatesOf(dataset: Dataset, first: Int32Array): Duplicates {
  const { texts, seconds } = dataset;
  const labelsOf = labelKeys(dataset);
  // Only texts that have copies are stored.
  const groups = new Map<number, { rows: number; readonly labels: Set<string> }>();
  let rows = 0;
  let sameLabels = 0;
  for (const [row, head] of first.entries()) {
    if (head === row) continue;
    const group = groups.get(head) ?? { rows: 1, labels: new Set([labelsOf(head)]) };
    groups.set(head, group);
    rows++;
    group.rows++;
    sameLabels += Number(group.labels.has(labelsOf(row)));
    group.labels.add(labelsOf(row));
  }
  const conflicts = [...groups].filter(([, group]) => group.labels.size > 1).toSorted(([a], [b]) => a - b);
  const [head, group] = conflicts[0] ?? [];
  const between = dataset.task === 'token-classification' ? ' ' : '+';
  const names = (key: string): string =>
    dataset.task === 'regression'
      ? key
      : key
          .split(',')
          .map((label) => dataset.classes[Number(label)]!)
          .join(between);
  const shown = (row: number): string => [texts[row]!, ...(seconds === undefined ? [] : [seconds[row]!])].map(comparable).join(' / ');
  return {
    rows,
    sameLabels,
    conflicting: conflicts.length,
    conflictingRows: conflicts.reduce((sum, [, each]) => sum + each.rows, 0),
    conflict: head === undefined ? undefined : { text: shown(head), labels: [...group!.labels].map(names) },
  };
}

/** A function that identifies the labels of a row. */
function labelKeys(dataset: Dataset): (row: number) => string {
  if (dataset.task === 'regression') return (row) => String(dataset.targets[row]);
  if (dataset.task === 'token-classification') {
    const { tags, starts } = dataset;
    return (row) => tags.subarray(starts[row]!, starts[row + 1]!).join();
  }
  const { labels, labelSets } = dataset;
  return (row) => (labelSets === undefined ? String(labels[row]) : labelSets[row]!.join());
}

function leaksOf({ split }: Dataset, first: Int32Array, counts: readonly number[]): DataCheck['leaks'] {
  /** Splits in which each text occurs, as bits, at its first row. */
  const where = new Uint8Array(first.length);
  for (const [row, head] of first.entries()) where[head]! |= 1 << split[row]!;
  const among = (own: Split, other: Split): number | undefined => {
    const [of, within] = [SPLITS.indexOf(own), SPLITS.indexOf(other)];
    if (counts[of] === 0 || counts[within] === 0) return undefined;
    return first.reduce((sum, head, row) => sum + Number(split[row] === of && (where[head]! & (1 << within)) !== 0), 0);
  };
  return { testInTrain: among('test', 'train'), devInTrain: among('dev', 'train'), testInDev: among('test', 'dev') };
}
