import assert from 'node:assert/strict';
import { test } from 'node:test';
import { markdownOf } from '../../src/report/markdown.ts';
import type { Cell } from '../../src/report/pivot.ts';
import { makeTables, type TablesParams } from '../../src/report/tables.ts';
import { rankLines } from '../../src/report/rank-lines.ts';
import type { RankedEncoder } from '../../src/estimators/ranked.ts';
import { terminalOf } from '../../src/report/terminal.ts';
import { predictionsOf, mergePredictions, NO_PREDICTIONS, type Predictions } from '../../src/results/predictions.ts';
import { scoredCell, type ScoredCell } from '../../src/results/scored.ts';
import type { Row } from '../../src/results/row.ts';
import { ofClasses, scoresOf } from '../../src/statistics/outcomes.ts';
import { cell } from '../results/cells.ts';
import { row, shuffled } from '../results/rows.ts';

/** The first texts of 40 wrong, this many. */
const wrong = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

function params(cells: readonly ScoredCell[]): TablesParams {
  return { rows: cells.map(({ row: one }) => one), predictions: examplesIn(cells) };
}

function examplesIn(cells: readonly ScoredCell[]): ReadonlyMap<string, Predictions> {
  const all = new Map<string, Predictions>();
  for (const each of cells) all.set(each.row.dataset, mergePredictions(all.get(each.row.dataset) ?? NO_PREDICTIONS, [predictionsOf(each)]));
  return all;
}

/** Scores with their marks, row by row. */
function marks(of: TablesParams): string[][] {
  const { tables, fineTuned } = makeTables(of);
  return [...tables, ...fineTuned].flatMap((table) => table.rows.map((each) => each.cells.map(word)));
}

function word(one: Cell): string {
  return one.kind === 'score' ? `${one.text}${one.best ? '*' : one.tied ? '°' : ''}` : one.kind;
}

// b errs on one text more than a, c on ten of forty: p of (a, b) is 1, of (a, c) 0.0039.
const THREE = [cell({ encoder: 'a' }, wrong(1)), cell({ encoder: 'b' }, wrong(2)), cell({ encoder: 'c' }, wrong(10))];

test('ties: what is not significantly different from the best is marked', () => {
  assert.deepEqual(marks(params(THREE)), [['97.50*'], ['95.00°'], ['75.00']]);
  assert.deepEqual(marks(params(shuffled(THREE))), marks(params(THREE)));
  const [table] = makeTables(params(THREE)).tables;
  assert.deepEqual(table!.ties, {
    comparisons: [2],
    tests: new Set(['mcnemar']),
    oneSeed: false,
    untested: { 'no predictions': [], 'few seeds': [] },
  });
});

function printed(cells: readonly ScoredCell[]): string {
  return terminalOf({ ...params(cells), tty: false, width: 80, color: false });
}

test('ties: the mark is explained where a score has it', () => {
  const how = 'exact McNemar tests against the best, Holm-corrected';
  assert.ok(printed(THREE).includes(`°: not significantly different from the best of its column (p ≥ 0.05): ${how} (2 comparisons).`));
  const apart = printed([THREE[0]!, THREE[2]!]);
  assert.ok(apart.includes(`Every score but the best of its column is significantly different from it (p < 0.05): ${how} (1 comparison).`));
  assert.doesNotMatch(apart, /°/);
});

test('ties: each column is tested by itself, whatever the others are', () => {
  const other = ['a', 'b', 'c', 'd', 'e'].flatMap((encoder) => [cell({ encoder, dataset: 'noise' }, wrong(3))]);
  const both = params([...THREE, ...other]);
  assert.deepEqual(
    marks(both).map(([, first]) => first),
    ['97.50*', '95.00°', '75.00', 'empty', 'empty'],
  );
  assert.deepEqual(makeTables(both).tables[0]!.ties!.comparisons, [4, 2]);
  assert.ok(markdownOf(both).includes('exact McNemar tests against the best, Holm-corrected (2 to 4 comparisons per column).'));
});

test('ties: rank finds what run finds, where both are of the same texts', () => {
  const found = makeTables(params(THREE)).tables[0]!.rows.map(({ label, cells: [one] }) => [
    label,
    one?.kind === 'score' ? one.p : undefined,
  ]);
  const encoders = THREE.map(({ row: { encoder }, outcomes }): RankedEncoder => ({
    encoder,
    poolings: [
      {
        pooling: 'cls',
        layers: 'last',
        estimates: [{ estimator: 'knn', score: scoresOf(ofClasses(outcomes)).accuracy, outcomes: ofClasses(outcomes) }],
      },
    ],
    curve: [],
    texts: 40,
    sample: '',
    parameters: 0,
    textMs: undefined,
    tokensPerSecond: undefined,
    memoryBytes: undefined,
    cut: 0,
  }));
  const lines = rankLines({ dataset: 'toy-topics', by: 'knn', encoders });
  assert.deepEqual(
    lines.map(({ encoder: { encoder }, p }) => [encoder, p]),
    found,
  );
  assert.deepEqual(
    lines.map(({ rank, tied }) => [rank, tied]),
    [
      [1, true],
      [1, true],
      [3, false],
    ],
  );
  assert.deepEqual(
    found.map(([, p]) => Number((p as number).toPrecision(3))),
    [1, 1, 0.00781],
  );
});

test('ties: rows of other data under one name are another column, compared among themselves', () => {
  const others = THREE.map(({ row: one, outcomes }) =>
    scoredCell({
      row: { ...one, data_hash: 'fedcba9876543210' },
      outcomes: { ...outcomes, truth: outcomes.truth.toReversed() as never, predicted: outcomes.predicted.toReversed() as never },
      classes: ['a', 'b', 'c'],
    }),
  );
  const [table] = makeTables(params([...THREE.slice(0, 2), others[2]!])).tables;
  assert.equal(table!.columns.length, 2);
  assert.match(table!.columns[0]!, /^toy-topics \(data [0-9a-f]+\)$/);
  assert.deepEqual(table!.ties!.comparisons, [1]);
});

test('ties: in markdown and in lines, with a note that says how', () => {
  const page = markdownOf(params(THREE));
  assert.match(
    page,
    /The best of each column is \*\*bold\*\*; ° marks results that are not significantly different from it \(see the \[notes\]\(#notes\)\)\./,
  );
  assert.ok(page.includes('| a       |  **97.50** |\n| b       |     95.00° |\n| c       |      75.00 |'), page);
  const note =
    '°: not significantly different from the best of its column (p ≥ 0.05): exact McNemar tests against the best, Holm-corrected (2 ' +
    'comparisons).';
  assert.ok(page.includes(`- ${note}`));
  const text = terminalOf({ ...params(THREE), tty: false, width: 80, color: false });
  assert.ok(
    text.startsWith(
      'Micro-F1 in percent, k = 5, Euclidean distance, uniform votes; * best of its column, ° not significantly different from it\n',
    ),
  );
  assert.ok(text.includes('a            97.50*\nb            95.00°\nc            75.00\n') && text.includes(note), text);
  const bold = terminalOf({ ...params(THREE), tty: true, width: 200, color: true });
  assert.ok(
    bold.includes('\u001B[1m97.50 \u001B[22m') &&
      bold.includes('95.00°') &&
      bold.includes('bold: best of its column, ° not significantly different from it'),
    bold,
  );
});

test('ties: a best that is significantly better than all others has the note, and nothing is marked', () => {
  const page = markdownOf(params([THREE[0]!, THREE[2]!]));
  assert.match(page, /The best of each column is \*\*bold\*\*\.\n/);
  assert.match(page, /Every score but the best of its column is significantly different from it .*Holm-corrected \(1 comparison\)/);
});

test('ties: no predictions, or none that fit the score: nothing but the best is marked, and it is said', () => {
  const whole = params(THREE);
  const lost = new Map([
    [
      'toy-topics',
      {
        truths: whole.predictions!.get('toy-topics')!.truths,
        cells: new Map([...whole.predictions!.get('toy-topics')!.cells].slice(0, 2)),
      },
    ],
  ]);
  const edited = whole.rows.map((one): Row =>
    one.encoder === 'b' ? { ...one, correct: '39', accuracy: '97.50', micro_f1: '97.50' } : one,
  );
  for (const broken of [
    { ...whole, predictions: lost },
    { ...whole, predictions: new Map() },
    { ...whole, rows: edited },
  ]) {
    assert.deepEqual(
      marks(broken)
        .flat()
        .filter((each) => each.endsWith('°')),
      [],
    );
    assert.match(markdownOf(broken), /- Not tested, for want of predictions that fit the scores: toy-topics\.\n/);
  }
});

test('ties: other texts under the same name are not compared', () => {
  const others = scoredCell({
    row: row({ encoder: 'd' }),
    outcomes: { kind: 'single', truth: Int32Array.of(0, 1, 2), predicted: Int32Array.of(0, 1, 1), classes: 3 },
    classes: ['a', 'b', 'c'],
  });
  assert.deepEqual(makeTables(params([...THREE, others])).tables[0]!.ties!.untested, { 'no predictions': ['toy-topics'], 'few seeds': [] });
});

test('ties: macro-F1 by a paired bootstrap', () => {
  const set = makeTables({ ...params(THREE), score: 'macro_f1' });
  assert.deepEqual(
    set.tables[0]!.rows.map((each) => word(each.cells[0]!).replace(/[\d.]+/, '')),
    ['*', '°', ''],
  );
  assert.match(
    markdownOf({ ...params(THREE), score: 'macro_f1' }),
    /: paired bootstrap tests of F1 over classes or labels against the best, Holm-corrected/,
  );
});

test('ties: of texts with several labels, accuracy by McNemar, micro-F1 by a paired bootstrap', () => {
  const truth = Array.from({ length: 60 }, (_, i) => Int32Array.of(i % 2, 2 + (i % 3)));
  const sets = [0, 1, 20].map((count, at) =>
    scoredCell({
      row: row({ encoder: `e${at}` }),
      outcomes: { kind: 'multi', truth, predicted: truth.map((set, i) => (i < count ? set.subarray(0, 1) : set)), classes: 5 },
      classes: ['a', 'b', 'c', 'd', 'e'],
    }),
  );
  for (const [score, name] of [
    ['micro_f1', 'bootstrap'],
    ['accuracy', 'mcnemar'],
  ] as const) {
    const [table] = makeTables({ ...params(sets), score }).tables;
    assert.deepEqual(
      table!.rows.map((each) => word(each.cells[0]!).replace(/[\d.]+/, '')),
      ['*', '°', ''],
    );
    assert.deepEqual(table!.ties!.tests, new Set([name]));
  }
});

/** A fine-tuned encoder's scores, with this many texts wrong per seed. */
function trained(objective: string, counts: readonly number[]): ScoredCell[] {
  return counts.map((count, i) =>
    cell({ encoder: 'a', protocol: 'fit-train', split: 'test', objective, seed: String(i + 1) }, wrong(count)),
  );
}

const FROZEN = cell({ encoder: 'a', protocol: 'fit-train', split: 'test' }, wrong(20));

test('ties: objectives of one seed are compared as they were trained, and the frozen encoder with them', () => {
  const run = params([FROZEN, ...trained('cea', [1]), ...trained('cea-memory', [2])]);
  assert.deepEqual(
    makeTables(run).fineTuned[0]!.rows.map((each) => word(each.cells[0]!)),
    ['50.00', '97.50*', '95.00°'],
  );
  assert.match(
    markdownOf(run),
    /- Fine-tuned encoders with one seed are compared as trained, on new texts: another seed might order the objectives differently\.\n/,
  );
});

test('ties: of three seeds and more, texts and seeds both count: what differs from seed to seed is not significant', () => {
  const steady = params([FROZEN, ...trained('cea', [1, 2, 1]), ...trained('cea-memory', [12, 13, 12])]);
  assert.deepEqual(
    makeTables(steady).fineTuned[0]!.rows.map((each) => word(each.cells[0]!)),
    ['50.00', '96.67*', '69.17'],
  );
  const unsteady = params([FROZEN, ...trained('cea', [1, 2, 1]), ...trained('cea-memory', [2, 30, 5])]);
  assert.deepEqual(
    makeTables(unsteady).fineTuned[0]!.rows.map((each) => word(each.cells[0]!)),
    ['50.00', '96.67*', '69.17°'],
  );
  assert.match(
    markdownOf(steady),
    /: paired bootstrap tests over texts and seeds of means of several seeds against the best, Holm-corrected/,
  );
});

test('ties: two seeds, or three of one objective and one of another, are too few', () => {
  for (const counts of [
    [
      [1, 2],
      [12, 13],
    ],
    [[1, 2, 1], [12]],
  ]) {
    const run = params([FROZEN, ...trained('cea', counts[0]!), ...trained('cea-memory', counts[1]!)]);
    assert.deepEqual(
      marks(run)
        .flat()
        .filter((each) => each.endsWith('°')),
      [],
    );
    assert.match(markdownOf(run), /- Not tested, as objectives with several seeds need at least three each: toy-topics\.\n/);
  }
});
