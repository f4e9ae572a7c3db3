import type { DataCheck, Majority, Truncation } from '../datasets/check.ts';
import type { TagCheck } from '../datasets/check-tags.ts';
import type { TargetCheck } from '../datasets/check-targets.ts';
import { percentOfFraction, significant } from '../results/format.ts';
import { schemeName } from './data-check-tags.ts';
import { dataFindings } from './data-check.ts';
import type { CHECK_COLUMNS } from './output/check-columns.ts';
import type { OutputRow } from './output/output.ts';

/** A data check, machine-readable. */
export function checkRow(check: DataCheck, truncation: readonly Truncation[]): OutputRow<typeof CHECK_COLUMNS> {
  const {
    dataset,
    labelField,
    task,
    sample,
    texts,
    splits,
    classes,
    targets,
    tags,
    pairs,
    majority,
    testMajority,
    empty,
    duplicates,
    leaks,
    longest,
    findings,
  } = check;
  const [guess, testGuess] = [guessOf(majority), guessOf(testMajority)];
  return {
    dataset,
    label_field: labelField,
    task,
    sample,
    texts: count(texts),
    train: count(splits.train),
    dev: count(splits.dev),
    test: count(splits.test),
    classes: task === 'regression' ? '' : count(classes.length),
    ...tagFields(tags),
    ...targetFields(targets),
    swapped_pairs: count(pairs?.swapped),
    majority_class: guess.name,
    majority_accuracy: guess.accuracy,
    majority_micro_f1: guess.microF1,
    test_majority_class: testGuess.name,
    test_majority_accuracy: testGuess.accuracy,
    test_majority_micro_f1: testGuess.microF1,
    empty: count(empty),
    duplicates: count(duplicates.rows),
    duplicates_same_labels: count(duplicates.sameLabels),
    conflicting_texts: count(duplicates.conflicting),
    conflicting_rows: count(duplicates.conflictingRows),
    test_in_train: count(leaks.testInTrain),
    dev_in_train: count(leaks.devInTrain),
    test_in_dev: count(leaks.testInDev),
    longest_characters: count(longest.characters),
    longest_words: count(longest.words),
    truncated_texts: truncation.length === 0 ? '' : count(Math.max(...truncation.map((each) => each.texts))),
    truncated_words: tags === undefined || truncation.length === 0 ? '' : count(Math.max(...truncation.map(({ words = 0 }) => words))),
    notes: dataFindings(check),
    class_texts: classes.map(({ name, texts: all, train, dev, test }) => ({ name, texts: all, train, dev, test })),
    truncated: truncation.map(({ encoder, prompt, maxLength, texts: cut, words, estimated }) => ({
      encoder,
      prompt: prompt ?? null,
      max_length: maxLength,
      texts: cut,
      words: words ?? null,
      percent: Number(percentOfFraction(cut / texts)),
      estimated,
    })),
    classes_alike: findings.alike.map((names) => ({ names })),
    classes_not_in_train: findings.unseen.flatMap(({ split, classes: absent }) =>
      absent.map(({ name, texts: all }) => ({ name, texts: all, split })),
    ),
    rare_classes: findings.rare.map(({ where, needed, classes: few }) => ({
      among: where,
      needed,
      classes: few.map(({ name, texts: all }) => ({ name, texts: all })),
    })),
  };
}

type TagField = 'words' | 'tag_scheme' | 'spans' | 'outside_percent' | 'broken_sequences';

function tagFields(tags: TagCheck | undefined): Record<TagField, string> {
  if (tags === undefined) return { words: '', tag_scheme: '', spans: '', outside_percent: '', broken_sequences: '' };
  const { words, found, spans } = tags;
  return {
    words: count(words),
    tag_scheme: schemeName(tags),
    spans: count(spans),
    outside_percent: percentOfFraction(found.outside / words),
    broken_sequences: found.scheme === undefined ? '' : count(tags.broken),
  };
}

const DIGITS = 6;

function targetFields(targets: TargetCheck | undefined): Record<`target_${'min' | 'max' | 'mean' | 'sd' | 'median' | 'values'}`, string> {
  return {
    target_min: number(targets?.least),
    target_max: number(targets?.most),
    target_mean: number(targets?.mean),
    target_sd: number(targets?.deviation),
    target_median: number(targets?.quantiles[2]),
    target_values: count(targets?.distinct),
  };
}

interface Guess {
  readonly name: string;
  readonly accuracy: string;
  readonly microF1: string;
}

function guessOf(majority: Majority | undefined): Guess {
  if (majority === undefined) return { name: '', accuracy: '', microF1: '' };
  return { name: majority.class, accuracy: percentOfFraction(majority.accuracy), microF1: percentOfFraction(majority.microF1) };
}

/** Likewise, with few digits. */
function number(value: number | undefined): string {
  return value === undefined ? '' : significant(value, DIGITS);
}

/** '' if undefined. */
function count(value: number | undefined): string {
  return value === undefined ? '' : String(value);
}
