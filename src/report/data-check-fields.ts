import type { DataCheck, Majority, Truncation } from '../datasets/check.ts';
import { percentOfFraction } from '../results/format.ts';
import { dataFindings } from './data-check.ts';
import type { CHECK_COLUMNS } from './output/check-columns.ts';
import type { OutputRow } from './output/output.ts';

/** A data check for programs. */
export function checkRow(check: DataCheck, truncation: readonly Truncation[]): OutputRow<typeof CHECK_COLUMNS> {
  const { dataset, labelField, sample, texts, splits, classes, majority, testMajority, empty, duplicates, leaks, longest, findings } =
    check;
  const [guess, testGuess] = [guessOf(majority), guessOf(testMajority)];
  return {
    dataset,
    label_field: labelField,
    sample,
    texts: count(texts),
    train: count(splits.train),
    dev: count(splits.dev),
    test: count(splits.test),
    classes: count(classes.length),
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
    notes: dataFindings(check),
    class_texts: classes.map(({ name, texts: all, train, dev, test }) => ({ name, texts: all, train, dev, test })),
    truncated: truncation.map(({ encoder, prompt, maxLength, texts: cut, estimated }) => ({
      encoder,
      prompt: prompt ?? null,
      max_length: maxLength,
      texts: cut,
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

interface Guess {
  readonly name: string;
  readonly accuracy: string;
  readonly microF1: string;
}

function guessOf(majority: Majority | undefined): Guess {
  if (majority === undefined) return { name: '', accuracy: '', microF1: '' };
  return { name: majority.class, accuracy: percentOfFraction(majority.accuracy), microF1: percentOfFraction(majority.microF1) };
}

/** '' where there is none. */
function count(value: number | undefined): string {
  return value === undefined ? '' : String(value);
}
