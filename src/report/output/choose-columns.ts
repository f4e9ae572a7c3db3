import type { Table } from '../../results/kinds.ts';
import { ROW_COLUMNS } from '../../results/row-columns.ts';

const { dataset, encoder, objective } = ROW_COLUMNS;

/** The columns of `bench choose`: a row is a training run; a candidate without one has a row of its own. */
export const CHOOSE_COLUMNS = {
  dataset,
  encoder,
  prompt: { kind: 'name', about: 'prompt before every text: its name, or your text in quotes', empty: true },
  standing: { kind: 'name', about: 'what became of the candidate', words: ['chosen', 'tied', 'dropped'] },
  why: {
    kind: 'name',
    about: 'why it was dropped: a paired test found it worse, the budget did not last, it could not be run',
    empty: true,
    words: ['worse', 'time', 'failed'],
  },
  dropped_in: { kind: 'count', about: 'round in which it was dropped; 0: the screen of the frozen encoders', empty: true },
  worse_than: { kind: 'name', about: 'the best of that round', empty: true },
  p: { kind: 'fraction', about: 'of being as good as that, Holm-corrected', empty: true },
  reason: { kind: 'text', about: 'why it failed', empty: true },
  chance: { kind: 'fraction', about: 'probability that it is better than the chosen one by more than half a point', empty: true },
  estimator: { kind: 'name', about: 'what screened the frozen encoders' },
  frozen: {
    kind: 'number',
    about: 'its score: percent where it gives each text a class or a number (F1, Spearman), else its own unit',
    empty: true,
  },
  frozen_n: { kind: 'count', about: 'texts of train that it was scored on', empty: true },
  best_layer: { kind: 'count', about: 'best single layer, on the first of these texts', empty: true },
  objective: { ...objective, about: 'training objective', empty: false },
  round: { kind: 'count', about: 'of the training', empty: true },
  train: { kind: 'count', about: 'texts of train that it was trained on', empty: true },
  seed: { kind: 'count', about: 'of the training', empty: true },
  dev: { kind: 'points', about: 'F1 on dev; of numbers Spearman’s correlation times 100', empty: true },
  dev_n: { kind: 'count', about: 'texts of dev' },
  cost: { kind: 'number', about: 'what the training took', empty: true },
  unit: { kind: 'name', about: 'what costs count', words: ['seconds', 'passes'] },
  test: { kind: 'points', about: 'the same on test: of the chosen one’s training that was taken', empty: true },
  test_low: { kind: 'points', about: '95% bootstrap interval', empty: true },
  test_high: { kind: 'points', about: '95% bootstrap interval', empty: true },
  test_n: { kind: 'count', about: 'texts of test', empty: true },
} as const satisfies Table;
