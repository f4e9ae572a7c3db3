import { SPLITS } from '../../datasets/dataset.ts';
import type { Table } from '../../results/kinds.ts';

const CLASS = { name: { kind: 'name', about: '' }, texts: { kind: 'count', about: '' } } as const satisfies Table;

/** The columns of `bench datasets check`. */
export const CHECK_COLUMNS = {
  dataset: { kind: 'name', about: 'dataset, by its key or name' },
  label_field: { kind: 'name', about: 'which labels' },
  task: { kind: 'name', about: 'what the labels are: `classification`, `regression`' },
  sample: { kind: 'name', about: 'how the texts were chosen; empty: all', empty: true },
  texts: { kind: 'count', about: 'texts that are used' },
  train: { kind: 'count', about: 'of them in train' },
  dev: { kind: 'count', about: 'in dev' },
  test: { kind: 'count', about: 'in test' },
  classes: { kind: 'count', about: 'classes of the labels; empty: regression', empty: true },
  target_min: { kind: 'number', about: 'of regression: least target', empty: true },
  target_max: { kind: 'number', about: 'largest', empty: true },
  target_mean: { kind: 'number', about: 'mean', empty: true },
  target_sd: { kind: 'number', about: 'standard deviation', empty: true },
  target_median: { kind: 'number', about: 'median', empty: true },
  target_values: { kind: 'count', about: 'different targets', empty: true },
  swapped_pairs: { kind: 'count', about: 'of pairs: those that repeat an earlier one with its texts swapped', empty: true },
  majority_class: { kind: 'name', about: 'most frequent class', empty: true },
  majority_accuracy: { kind: 'percent', about: 'score of guessing it for every text', empty: true },
  majority_micro_f1: { kind: 'percent', about: 'likewise', empty: true },
  test_majority_class: { kind: 'name', about: 'most frequent class of train', empty: true },
  test_majority_accuracy: { kind: 'percent', about: 'score of guessing it on test', empty: true },
  test_majority_micro_f1: { kind: 'percent', about: 'likewise', empty: true },
  empty: { kind: 'count', about: 'texts of white space alone' },
  duplicates: { kind: 'count', about: 'texts that repeat an earlier one' },
  duplicates_same_labels: { kind: 'count', about: 'of them those with the same labels' },
  conflicting_texts: { kind: 'count', about: 'texts whose copies have different labels' },
  conflicting_rows: { kind: 'count', about: 'rows of those' },
  test_in_train: { kind: 'count', about: 'leakage; empty: not both splits are there', empty: true },
  dev_in_train: { kind: 'count', about: 'likewise', empty: true },
  test_in_dev: { kind: 'count', about: 'likewise', empty: true },
  longest_characters: { kind: 'count', about: 'characters of the longest text' },
  longest_words: { kind: 'count', about: 'its words' },
  truncated_texts: { kind: 'count', about: 'truncated texts, by the encoder that truncates most', empty: true },
  notes: { kind: 'names', about: 'what to look at, a sentence each' },
  class_texts: {
    kind: 'list',
    about: 'texts of each class',
    items: { ...CLASS, train: { kind: 'count', about: '' }, dev: { kind: 'count', about: '' }, test: { kind: 'count', about: '' } },
  },
  truncated: {
    kind: 'list',
    about: 'truncated texts by encoder',
    items: {
      encoder: { kind: 'name', about: '' },
      prompt: { kind: 'name', about: 'what is put before every text', empty: true },
      max_length: { kind: 'count', about: '' },
      texts: { kind: 'count', about: '' },
      percent: { kind: 'percent', about: '' },
      estimated: { kind: 'flag', about: '' },
    },
  },
  classes_alike: {
    kind: 'list',
    about: 'classes that differ by case or white space alone',
    items: { names: { kind: 'names', about: '' } },
  },
  classes_not_in_train: {
    kind: 'list',
    about: 'classes of dev and test that train lacks',
    items: { ...CLASS, split: { kind: 'name', about: '', words: SPLITS } },
  },
  rare_classes: {
    kind: 'list',
    about: 'classes with fewer texts than votes',
    items: {
      among: { kind: 'name', about: '', words: ['all', 'train'] },
      needed: { kind: 'count', about: '' },
      classes: { kind: 'list', about: '', items: CLASS },
    },
  },
} as const satisfies Table;
