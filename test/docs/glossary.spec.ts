import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LABEL_MODES, INDEXES, METRICS, PROTOCOLS, VOTES } from '../../src/knn/types.ts';
import { CONCAT_NORMS } from '../../src/embed/concat.ts';
import { LAYER_MEANS, POOLINGS } from '../../src/embed/vectors.ts';
import { WORD_POOLINGS } from '../../src/embed/word-specs.ts';
import { ESTIMATORS } from '../../src/estimators/estimators.ts';
import { PAIR_MODES } from '../../src/experiment/pair-modes.ts';
import { METHODS } from '../../src/maps/projection.ts';
import { SCORES } from '../../src/results/task-scores.ts';
import { DTYPES } from '../../src/sources/encoder-files.ts';
import { SPLITS, TASKS } from '../../src/datasets/dataset.ts';
import { DEVICES } from '../../src/devices/device.ts';
import { OBJECTIVE_NAMES } from '../../src/training/objective.ts';
import { SCHEDULES } from '../../src/training/schedule.ts';
import { PAGES } from './pages.ts';

const rows = PAGES.find(({ file }) => file === 'docs/glossary.md')!.lines.filter((line) => line.startsWith('|'));
/** First columns, and all of their rows: values of one flag may be in one row's text. */
const terms = rows.map((row) => row.split('|')[1]!.trim()).join('\n');

/** Values of flags and columns that are terms, from the lists that the code uses. */
const NAMES = {
  poolings: POOLINGS,
  protocols: PROTOCOLS,
  estimators: ESTIMATORS,
  objectives: OBJECTIVE_NAMES,
  scores: SCORES,
  metrics: METRICS,
  votes: VOTES,
  indexes: INDEXES.filter((name) => name !== 'auto'),
  tasks: TASKS,
  labels: LABEL_MODES,
  norms: CONCAT_NORMS,
  plots: METHODS,
  devices: DEVICES,
};

for (const [kind, names] of Object.entries(NAMES)) {
  test(`docs/glossary.md: all ${kind}`, () => {
    assert.deepEqual(
      names.filter((name) => !terms.includes(`\`${name}\``)),
      [],
    );
  });
}

test('docs/glossary.md: other values of flags stand in a row', () => {
  const names = [...SPLITS, ...DTYPES, ...PAIR_MODES, ...WORD_POOLINGS, ...LAYER_MEANS, ...SCHEDULES, 'auto'];
  assert.deepEqual(
    names.filter((name) => !rows.some((row) => row.includes(`\`${name}\``))),
    [],
  );
});

/** Words of tables, notes and the page that a reader may look up. */
const WORDS = [
  '95% CI',
  'tied',
  'Holm-corrected',
  'exact McNemar test',
  'paired bootstrap',
  'truncated texts',
  'majority baseline',
  'pooling',
  'best layer',
  'regret',
  'weighted tau',
  'k-NN',
  'H-score',
  'LogME',
  'k-NN consistency',
  'nearest centroid',
  'LEEP',
  'CEA',
  'classification head',
  'frozen',
  'fine-tuned',
  'best epoch',
  'recall',
  'confusion matrix',
  'expected calibration error',
  'temperature',
  'weight precision',
  'ms/text',
  'successive halving',
  'passes of texts',
  'prompt',
  'suite',
  'concatenation',
  'static encoder',
];

test('docs/glossary.md: the words of tables, notes and the page', () => {
  const all = rows.join('\n').toLowerCase();
  assert.deepEqual(
    WORDS.filter((word) => !all.includes(word.toLowerCase())),
    [],
  );
});

test('docs/glossary.md: no term twice in one section', () => {
  const page = PAGES.find(({ file }) => file === 'docs/glossary.md')!;
  for (const { heading, text } of page.sections) {
    const own = text
      .split('\n')
      .filter((line) => line.startsWith('|'))
      .flatMap((row) => [...row.split('|')[1]!.matchAll(/`([^`]+)`/g)].map(([, name]) => name!));
    assert.deepEqual(
      own.filter((name, at) => own.indexOf(name) !== at && name !== 'cosine'),
      [],
      heading,
    );
  }
});
