import type { DataCheck, Majority, Truncation } from '../datasets/check.ts';
import { dataFindings } from './data-check.ts';

type Fields = Readonly<Record<string, unknown>>;

/** A data check for programs: numbers are numbers, shares are percent with two decimals, what does not apply is null. */
export function checkJson(check: DataCheck, truncation: readonly Truncation[]): Fields {
  const { dataset, labelField, sample, texts, splits, classes, majority, testMajority, empty, duplicates, leaks, longest, findings } =
    check;
  return {
    dataset,
    label_field: labelField,
    sample,
    texts,
    splits,
    classes: classes.map(({ name, texts: count, train, dev, test }) => ({ name, texts: count, train, dev, test })),
    majority: guess(majority),
    test_majority: testMajority === undefined ? null : guess(testMajority),
    empty,
    duplicates: duplicates.rows,
    duplicates_same_labels: duplicates.sameLabels,
    conflicting_texts: duplicates.conflicting,
    conflicting_rows: duplicates.conflictingRows,
    test_in_train: leaks.testInTrain ?? null,
    dev_in_train: leaks.devInTrain ?? null,
    test_in_dev: leaks.testInDev ?? null,
    longest_characters: longest.characters,
    longest_words: longest.words,
    truncated: truncation.map(({ encoder, maxLength, texts: count, estimated }) => ({
      encoder,
      max_length: maxLength,
      texts: count,
      percent: percent(count / texts),
      estimated,
    })),
    classes_alike: findings.alike,
    classes_not_in_train: findings.unseen.flatMap(({ split, classes: absent }) =>
      absent.map(({ name, texts: count }) => ({ name, split, texts: count })),
    ),
    rare_classes: findings.rare.map(({ where, needed, classes: few }) => ({ among: where, needed, classes: few })),
    notes: dataFindings(check),
  };
}

/** The same as a table: a row for each data set, lists as their lengths. */
export function checkColumns(all: readonly (readonly [DataCheck, readonly Truncation[]])[]): {
  readonly columns: string[];
  readonly rows: string[][];
} {
  const rows = all.map(([check, truncation]): Fields => {
    const {
      classes,
      splits,
      majority,
      test_majority: testMajority,
      truncated: _truncated,
      classes_alike: _alike,
      classes_not_in_train: _unseen,
      rare_classes: _rare,
      notes: _notes,
      ...plain
    } = checkJson(check, truncation) as Fields & {
      splits: Fields;
      classes: readonly unknown[];
      majority: Fields;
      test_majority: Fields | null;
    };
    return {
      ...plain,
      ...splits,
      classes: classes.length,
      majority_class: majority['class'],
      majority_accuracy: majority['accuracy'],
      test_majority_accuracy: testMajority?.['accuracy'] ?? null,
      truncated: truncation.map(({ encoder, texts }) => `${encoder} ${texts}`).join('; '),
      notes: dataFindings(check).join(' '),
    };
  });
  const columns = Object.keys(rows[0] ?? {});
  return { columns, rows: rows.map((row) => columns.map((column) => String(row[column] ?? ''))) };
}

function guess({ class: name, accuracy, microF1 }: Majority): Fields {
  return { class: name, accuracy: percent(accuracy), micro_f1: percent(microF1) };
}

function percent(fraction: number): number {
  return Math.round(10_000 * fraction) / 100;
}
