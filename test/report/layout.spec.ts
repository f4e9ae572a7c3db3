import assert from 'node:assert/strict';
import { test } from 'node:test';
import { markdownOf } from '../../src/report/markdown.ts';
import { makeTables } from '../../src/report/tables.ts';
import { terminalOf } from '../../src/report/terminal.ts';
import type { Row } from '../../src/results/row.ts';
import { scored, shuffled } from '../results/rows.ts';
import { FAILURES, PUBLISHED, ROWS, TITLES } from './many-poolings.ts';

const RUN = { rows: ROWS, failures: FAILURES, titles: TITLES, published: PUBLISHED };

/** A result for each of these, all with the same score. */
function cross(params: {
  readonly encoders: readonly string[];
  readonly poolings: readonly string[];
  readonly values?: readonly Partial<Row>[];
}): Row[] {
  const { encoders, poolings, values = [{}] } = params;
  return encoders.flatMap((encoder) =>
    poolings.flatMap((pooling) => values.map((one) => scored(encoder, 'toy', '50.00', { pooling, ...one }))),
  );
}

/** Caption words and number of rows of each table. */
function layouts(rows: readonly Row[]): string[] {
  return makeTables({ rows }).tables.map(
    (table) => `${table.layout} ${[table.name, table.protocol, table.split].join('/')} ${table.rows.length}`,
  );
}

const BOTH = [{ protocol: 'complete' }, { protocol: 'leave-one-out' }];

test('layout: poolings are rows where there are more than four tables, and more poolings than encoders', () => {
  assert.deepEqual(layouts(cross({ encoders: ['a', 'b'], poolings: ['cls', 'mean', 'max'], values: BOTH })), [
    'poolings /leave-one-out/all 6',
    'poolings /complete/all 6',
  ]);
});

test('layout: four tables stay four', () => {
  assert.deepEqual(
    layouts(cross({ encoders: ['a'], poolings: ['cls', 'mean', 'max', 'last'] })),
    ['cls', 'mean', 'max', 'last'].map((pooling) => `encoders ${pooling}/leave-one-out/all 1`),
  );
  assert.deepEqual(layouts(cross({ encoders: ['a'], poolings: ['cls', 'mean', 'max', 'last', 'layermean'] })), [
    'poolings /leave-one-out/all 5',
  ]);
});

test('layout: as many encoders as poolings keep a table for each pooling', () => {
  const expected = ['cls', 'mean', 'max'].flatMap((pooling) => [
    `encoders ${pooling}/leave-one-out/all 3`,
    `encoders ${pooling}/complete/all 3`,
  ]);
  assert.deepEqual(layouts(cross({ encoders: ['a', 'b', 'c'], poolings: ['cls', 'mean', 'max'], values: BOTH })), expected);
});

test('layout: layers one by one count as rows of their own', () => {
  const values = ['1', '2', '3', '4', '5'].map((layers) => ({ layers }));
  const rows = cross({
    encoders: ['a'],
    poolings: ['cls', 'mean', 'max'],
    values: values.flatMap((one) => BOTH.map((protocol) => ({ ...one, ...protocol }))),
  });
  assert.deepEqual(layouts(rows)[0], 'encoders cls by layer/leave-one-out/all 5');
});

test('layout: each protocol, split and setting has its own; what was merged stands first', () => {
  const many = cross({ encoders: ['a', 'b', 'c'], poolings: ['cls', 'mean'], values: [{ protocol: 'complete' }] });
  const few = cross({
    encoders: ['a'],
    poolings: ['cls', 'mean', 'max'],
    values: [{ k: '10' }, {}, { protocol: 'fit-train', split: 'test' }],
  });
  assert.deepEqual(layouts([...many, ...few]), [
    'poolings k = 5/leave-one-out/all 3',
    'poolings k = 5/fit-train/test 3',
    'poolings k = 10/leave-one-out/all 3',
    'encoders cls, k = 5/complete/all 3',
    'encoders mean, k = 5/complete/all 3',
  ]);
  const page = markdownOf({ rows: [...many, ...few] });
  assert.deepEqual(page.match(/^##.*/gm), [
    '## Best pooling per dataset, leave-one-out',
    '## k = 5, leave-one-out',
    '## k = 5, fit-train scored on test',
    '## k = 10, leave-one-out',
    '## cls, k = 5, complete',
    '## mean, k = 5, complete',
    '## Poolings',
    '## Notes',
  ]);
  assert.match(page, /^\| toy +\| a \(and 5 more\) \| cls, k = 5 \| +50\.00 \|$/m);
});

test('layout: plain lines; a pooling once for its group, the best of the whole table, dashes, published', () => {
  assert.equal(
    terminalOf({ ...RUN, tty: false, width: 20, color: true }),
    `Micro-F1 in percent, k = 5, Euclidean distance, uniform votes; * best of its column; in parentheses: published

leave-one-out
Pooling                  Encoder        TREC-6
cls                      ELECTRA small  70.00
                         BERT            – [1]
mean                     ELECTRA small  71.00
                         BERT           72.00
layermean                BERT           74.00*
layermean (layers 1..L)  ELECTRA small  73.00

complete
Pooling    Encoder                TREC-6  SMS spam
cls        ELECTRA small  76.06  (76.10)    90.00
           BERT           80.00              – [2]
mean       ELECTRA small  82.00*            91.00*
           BERT           81.00              – [2]
layermean  ELECTRA small  79.00  (79.00)     9.50
           BERT           82.00*             – [2]

Best pooling per dataset, leave-one-out
Dataset  Encoder  Pooling    Micro-F1
TREC-6   BERT     layermean     74.00

[1] BERT on TREC-6 (cls): No first token.
[2] BERT on SMS spam: Out of memory.

Texts scored: TREC-6 160; SMS spam 160.
Weight precision: fp32.
Means over layers 0..L include the embedding output.
Means over layers 1..L exclude the embedding output.
`,
  );
});

test('layout: ruled on a terminal, the best in bold', () => {
  const text = terminalOf({ ...RUN, tty: true, width: 100, color: true })
    .replaceAll('\u001B[1m', '<b>')
    .replaceAll('\u001B[22m', '</b>');
  assert.equal(
    text.slice(text.indexOf('<b>leave-one-out'), text.indexOf('<b>Best')),
    `<b>leave-one-out</b>
┌─────────────────────────┬───────────────┬────────┐
│ Pooling                 │ Encoder       │ TREC-6 │
├─────────────────────────┼───────────────┼────────┤
│ cls                     │ ELECTRA small │  70.00 │
│                         │ BERT          │  – [1] │
│ mean                    │ ELECTRA small │  71.00 │
│                         │ BERT          │  72.00 │
│ layermean               │ BERT          │  <b>74.00</b> │
│ layermean (layers 1..L) │ ELECTRA small │  73.00 │
└─────────────────────────┴───────────────┴────────┘

<b>complete</b>
┌───────────┬───────────────┬───────────────┬──────────┐
│ Pooling   │ Encoder       │        TREC-6 │ SMS spam │
├───────────┼───────────────┼───────────────┼──────────┤
│ cls       │ ELECTRA small │ 76.06 (76.10) │    90.00 │
│           │ BERT          │ 80.00         │    – [2] │
│ mean      │ ELECTRA small │ <b>82.00</b>         │    <b>91.00</b> │
│           │ BERT          │ 81.00         │    – [2] │
│ layermean │ ELECTRA small │ 79.00 (79.00) │     9.50 │
│           │ BERT          │ <b>82.00</b>         │    – [2] │
└───────────┴───────────────┴───────────────┴──────────┘

`,
  );
});

test('layout: a narrow terminal has the table in parts, both columns of names in each', () => {
  const text = terminalOf({ ...RUN, tty: true, width: 48, color: false });
  assert.deepEqual(
    text.split('\n').filter((line) => line.length > 48),
    [],
  );
  assert.deepEqual(text.match(/^│ Pooling .*/gm), [
    '│ Pooling             │ Encoder       │ TREC-6 │',
    '│ Pooling   │ Encoder       │         TREC-6 │',
    '│ Pooling   │ Encoder       │ SMS spam │',
  ]);
});

test('layout: the whole page in markdown', () => {
  assert.equal(
    markdownOf(RUN),
    `# Frozen encoders, scored by k-NN

Micro-F1 in percent. Each text is given the class of its nearest neighbours (k = 5, Euclidean distance, uniform votes) among the vectors of frozen encoders. Higher is better. The best of each column is **bold**. In parentheses: the published score. A dash is a result that could not be computed; the number refers to [the reason](#not-computed).

- **leave-one-out**: Each text is classified by its nearest neighbours among all others: how well the classes separate for new texts.
- **complete**: The same, with the text itself among its neighbours. Optimistic: each text votes for itself.

## Best pooling per dataset, leave-one-out

| Dataset | Encoder | Pooling   | Micro-F1 |
| ------- | ------- | --------- | -------: |
| TREC-6  | BERT    | layermean |    74.00 |

## leave-one-out

| Pooling                 | Encoder       |        TREC-6 |
| ----------------------- | ------------- | ------------: |
| cls                     | ELECTRA small |         70.00 |
| cls                     | BERT          | –<sup>1</sup> |
| mean                    | ELECTRA small |         71.00 |
| mean                    | BERT          |         72.00 |
| layermean               | BERT          |     **74.00** |
| layermean (layers 1..L) | ELECTRA small |         73.00 |

## complete

| Pooling   | Encoder       |        TREC-6 |      SMS spam |
| --------- | ------------- | ------------: | ------------: |
| cls       | ELECTRA small | 76.06 (76.10) |         90.00 |
| cls       | BERT          |         80.00 | –<sup>2</sup> |
| mean      | ELECTRA small |     **82.00** |     **91.00** |
| mean      | BERT          |         81.00 | –<sup>2</sup> |
| layermean | ELECTRA small | 79.00 (79.00) |          9.50 |
| layermean | BERT          |     **82.00** | –<sup>2</sup> |

## Poolings

- **cls**: The first token of the last layer.
- **mean**: The mean over all tokens of the last layer.
- **layermean**: The mean over all tokens and all layers.

## Not computed

1. BERT on TREC-6 (cls): No first token.
2. BERT on SMS spam: Out of memory.

## Notes

- Texts scored: TREC-6 160; SMS spam 160.
- Weight precision: fp32.
- Means over layers 0..L include the embedding output.
- Means over layers 1..L exclude the embedding output.
`,
  );
});

test('layout: the same bytes for rows and failures in any order', () => {
  const mixed = { ...RUN, rows: shuffled(ROWS), failures: FAILURES.toReversed() };
  assert.deepEqual(makeTables(mixed), makeTables(RUN));
  assert.equal(markdownOf(mixed), markdownOf(RUN));
  for (const tty of [true, false])
    assert.equal(terminalOf({ ...mixed, tty, width: 80, color: true }), terminalOf({ ...RUN, tty, width: 80, color: true }));
});

test('layout: a dataset on which all failed has a column; a pooling on which one encoder failed has its dash', () => {
  const rows = cross({ encoders: ['a'], poolings: ['cls', 'mean', 'max', 'last', 'layermean'] });
  const failures = [
    { encoder: 'a', dataset: 'lost', reason: 'Not found.' },
    { encoder: 'b', dataset: 'toy', pooling: 'mean', reason: 'No mask.' },
  ];
  const [table] = makeTables({ rows, failures }).tables;
  assert.deepEqual(table!.columns, ['lost', 'toy']);
  assert.deepEqual(
    table!.rows.map(({ pooling, label, cells }) => [
      pooling,
      label,
      ...cells.map((cell) => (cell.kind === 'score' ? cell.text : cell.kind === 'failed' ? cell.reason : '')),
    ]),
    [
      ['cls', 'a', 1, '50.00'],
      ['mean', 'a', 1, '50.00'],
      ['mean', 'b', '', 2],
      ['layermean', 'a', 1, '50.00'],
      ['max', 'a', 1, '50.00'],
      ['last', 'a', 1, '50.00'],
    ],
  );
});
