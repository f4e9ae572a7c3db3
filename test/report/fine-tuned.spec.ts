import assert from 'node:assert/strict';
import { test } from 'node:test';
import { markdownOf } from '../../src/report/markdown.ts';
import type { Cell } from '../../src/report/pivot.ts';
import { readPublished } from '../../src/report/published.ts';
import { captionOf, makeTables, wordsOf, type Table, type TablesParams } from '../../src/report/tables.ts';
import { terminalOf } from '../../src/report/terminal.ts';
import type { Row } from '../../src/results/row.ts';
import { scored, shuffled } from '../results/rows.ts';
import { FAILURES, ROWS, TITLES, trained } from './trained.ts';

const RUN = { rows: ROWS, failures: FAILURES, titles: TITLES };

/** The tables of fine-tuned encoders as lines of text. */
function sketches(params: TablesParams): string[][] {
  return makeTables(params).fineTuned.map(sketch);
}

function sketch(table: Table): string[] {
  return [
    `${captionOf(table)}: ${table.columns.join('; ')}`,
    ...table.rows.map((row) => `${wordsOf(table, row).join(', ')}: ${row.cells.map(word).join('; ')}`),
  ];
}

function word(cell: Cell): string {
  if (cell.kind === 'score')
    return [
      `${cell.text}${cell.best ? '*' : ''}`,
      ...(cell.spread === undefined ? [] : [cell.spread]),
      ...(cell.published === undefined ? [] : [`(${cell.published})`]),
    ].join(' ');
  return cell.kind === 'failed' ? `failed ${cell.reason}` : '-';
}

test('fine-tuned: encoder x objective, frozen first, seeds as mean and deviation, dev next to test if the label is a source', async () => {
  assert.deepEqual(sketches({ ...RUN, published: await readPublished() }), [
    [
      'cls, fine-tuned, best epoch by dev score, scored on test: TREC-6; TREC-50',
      'ELECTRA small, frozen: 76.00; -',
      'ELECTRA small, classification head: 96.00 (96.20); 90.00* (89.80)',
      'ELECTRA small, CEA batch: 96.20 ± 0.40 (3 seeds) (96.20); 83.40 (83.00)',
      'ELECTRA small, CEA memory: 96.40 (96.00); -',
      'ELECTRA small, batch-hard triplet: -; failed 1',
      'BERT, classification head: 97.60* (97.40); -',
      'BERT, CEA batch: failed 2; -',
    ],
    [
      'cls, fine-tuned, best epoch by dev score, scored on dev and test: Political bias (bias), dev; Political bias (bias), test',
      'ELECTRA small, frozen: -; 56.00 (55.83)',
      'ELECTRA small, CEA batch: 98.00 (98.10); 67.00 (66.80)',
      'ELECTRA small, CEA multitask: -; 68.00*',
    ],
  ]);
  assert.deepEqual(makeTables(RUN).reasons, [
    'ELECTRA small on TREC-50 (batch-hard triplet): Class 3 has one text.',
    'BERT on TREC-6 (CEA batch): Out of memory.',
  ]);
});

test('fine-tuned: the same for rows and failures in any order', () => {
  const mixed = { ...RUN, rows: shuffled(ROWS), failures: FAILURES.toReversed() };
  assert.deepEqual(makeTables(mixed), makeTables(RUN));
  assert.equal(markdownOf(mixed), markdownOf(RUN));
});

test('fine-tuned: no row of theirs is among the frozen ones, and frozen tables are as without them', () => {
  const frozen = ROWS.filter((row) => row.objective === '');
  assert.deepEqual(makeTables(RUN).tables, makeTables({ rows: frozen, titles: TITLES }).tables);
  assert.deepEqual(makeTables({ rows: frozen }).fineTuned, []);
});

test('fine-tuned: the frozen row is that of the same pooling, corpus and neighbours', () => {
  const others: readonly Partial<Row>[] = [
    { pooling: 'mean' },
    { sample: '10 of 20' },
    { k: '1' },
    { dataset: 'other' },
    { encoder: 'other' },
    { protocol: 'complete', split: 'all' },
  ];
  for (const values of others) {
    const rows = [
      trained('a', 'toy', '90.00'),
      scored('a', 'toy', '50.00', { pooling: 'cls', protocol: 'fit-train', split: 'test', ...values }),
    ];
    const name = values.k === undefined ? 'cls' : 'cls, k = 5';
    assert.deepEqual(
      sketches({ rows }),
      [[`${name}, fine-tuned, best epoch by dev score, scored on test: toy`, 'a, CEA batch: 90.00']],
      JSON.stringify(values),
    );
  }
});

test('fine-tuned: a head is shown with the neighbours of every k, and with frozen rows if there are no others', () => {
  const head = trained('a', 'toy', '91.00', { objective: 'classic' });
  assert.deepEqual(sketches({ rows: [head, trained('a', 'toy', '90.00'), trained('a', 'toy', '92.00', { k: '1' })] }), [
    ['cls, k = 1, fine-tuned, best epoch by dev score, scored on test: toy', 'a, classification head: 91.00', 'a, CEA batch: 92.00*'],
    ['cls, k = 5, fine-tuned, best epoch by dev score, scored on test: toy', 'a, classification head: 91.00*', 'a, CEA batch: 90.00'],
  ]);
  const frozen = scored('a', 'toy', '50.00', { pooling: 'cls', protocol: 'fit-train', split: 'test' });
  assert.deepEqual(sketches({ rows: [head, frozen] }), [
    ['cls, fine-tuned, best epoch by dev score, scored on test: toy', 'a, frozen: 50.00', 'a, classification head: 91.00*'],
  ]);
  const alone = makeTables({ rows: [head] });
  assert.deepEqual(
    [alone.fineTuned.map(sketch), alone.settings],
    [[['cls, fine-tuned, best epoch by dev score, scored on test: toy', 'a, classification head: 91.00']], []],
  );
});

test('fine-tuned: an encoder scored by its head and by its neighbours has a row of each', () => {
  const rows = [
    trained('a', 'toy', '91.00', { objective: 'classic' }),
    trained('a', 'toy', '90.00', {
      objective: 'classic',
      protocol: 'fit-train',
      k: '5',
      metric: 'euclidean',
      votes: 'uniform',
      index: 'exact',
    }),
  ];
  assert.deepEqual(sketches({ rows })[0]!.slice(1), ['a, classification head (fit-train): 90.00', 'a, classification head (head): 91.00*']);
});

test('fine-tuned: objectives in the order of the CEA tables, unknown ones last, unchanged', () => {
  const words = [
    'unheard-of',
    'triplet',
    'prototypes',
    'supcon',
    'cea-multitask',
    'cea-flipped',
    'cea-inverse',
    'cea-datapoint-memory-all-negatives',
    'cea-datapoint-memory',
    'cea-mixed-memory',
    'cea-memory-all-negatives',
    'cea-memory',
    'cea-all-negatives',
    'cea',
    'classic',
  ];
  const [table] = makeTables({ rows: words.map((objective) => trained('a', 'toy', '90.00', { objective })) }).fineTuned;
  assert.deepEqual(
    table!.rows.map((row) => row.objective),
    [
      'classification head',
      'CEA batch',
      'CEA batch + all negatives',
      'CEA memory',
      'CEA memory + all negatives',
      'CEA mixed memory',
      'CEA datapoint memory',
      'CEA datapoint memory + all negatives',
      'CEA inverse',
      'CEA flipped labels',
      'CEA multitask',
      'supervised contrastive',
      'class prototypes',
      'batch-hard triplet',
      'unheard-of',
    ],
  );
});

test('fine-tuned: without a test split dev is shown, and said', () => {
  const rows = [
    trained('a', 'one', '90.00', { split: 'dev' }),
    trained('a', 'one', '99.00', { split: 'train' }),
    trained('a', 'two', '80.00'),
  ];
  assert.deepEqual(sketches({ rows }), [
    ['cls, fine-tuned, best epoch by dev score, scored on dev and test: one, dev; two', 'a, CEA batch: 90.00; 80.00'],
  ]);
});

test('fine-tuned: where nothing could be trained, the reasons are left', () => {
  const set = makeTables({ rows: [], failures: FAILURES, titles: TITLES });
  assert.deepEqual([set.tables.length, set.fineTuned.length, set.reasons.length], [0, 0, 2]);
});

test('fine-tuned: other scores, without the published micro-F1', async () => {
  const rows = [trained('electra-small', 'trec6', '96.00', { macro_f1: '70.00' })];
  assert.deepEqual(sketches({ rows, score: 'macro_f1', published: await readPublished() })[0]!.slice(1), [
    'electra-small, CEA batch: 70.00',
  ]);
});

test('fine-tuned: plain lines, the points below each other', async () => {
  const text = terminalOf({
    ...RUN,
    rows: ROWS.filter((row) => row.label_field === 'class'),
    published: await readPublished(),
    tty: false,
    width: 80,
    color: false,
  });
  assert.equal(
    text.split('\n')[0],
    'Micro-F1 in percent, k = 5, Euclidean distance, uniform votes; * best of its column; ±: sample standard deviation of the seeds; in parentheses: published',
  );
  assert.equal(
    text.slice(text.indexOf('cls, fine-tuned'), text.indexOf('\n\n[1]')),
    `cls, fine-tuned, best epoch by dev score, scored on test
Encoder        Objective                                     TREC-6         TREC-50
ELECTRA small  frozen               76.00
               classification head  96.00                   (96.20)  90.00* (89.80)
               CEA batch            96.20  ± 0.40 (3 seeds) (96.20)  83.40  (83.00)
               CEA memory           96.40                   (96.00)
               batch-hard triplet                                     – [1]
BERT           classification head  97.60*                  (97.40)
               CEA batch             – [2]`,
  );
});

test('fine-tuned: one seed has the interval over its texts in brackets, several have none', () => {
  const interval = { micro_f1_low: '93.10', micro_f1_high: '97.00' };
  const rows = [
    trained('a', 'toy', '95.00', { objective: 'classic', ...interval }),
    ...['1', '2'].map((seed) => trained('a', 'toy', `96.${seed}0`, { seed, ...interval })),
  ];
  assert.deepEqual(sketches({ rows })[0]!.slice(1), [
    'a, classification head: 95.00 [93.10, 97.00]',
    'a, CEA batch: 96.15* ± 0.07 (2 seeds)',
  ]);
  assert.match(markdownOf({ rows }), /Several seeds: mean ± sample standard deviation\. In brackets: 95% CI over the texts\.\n/);
  assert.match(
    terminalOf({ rows, tty: false, width: 80, color: false }),
    /; ±: sample standard deviation of the seeds; in brackets: 95% CI over the texts\n/,
  );
});

test('fine-tuned: the whole page in markdown', async () => {
  const rows = ROWS.filter((row) => row.label_field === 'class' && row.objective !== '');
  assert.equal(
    markdownOf({ ...RUN, rows, failures: FAILURES.slice(0, 1), published: await readPublished() }),
    `# Fine-tuned encoders

Micro-F1 in percent. Fine-tuned encoders were trained on the train split, with the best epoch by dev score: each text is given the class of its nearest neighbours (k = 5, Euclidean distance, uniform votes) among the train texts, or predicted by the classification head that was trained with the encoder. Higher is better. The best of each column is **bold**. Several seeds: mean ± sample standard deviation. In parentheses: the published score. A dash is a result that could not be computed; the number refers to [the reason](#not-computed).

- **fit-train**: The neighbours come from the train split. On dev and test no text is its own neighbour; on train each is.
- **head**: Predictions come from the classification head that was fine-tuned with the encoder.

## cls, fine-tuned, best epoch by dev score, scored on test

The first token of the last layer.

| Encoder       | Objective           |                         TREC-6 |           TREC-50 |
| ------------- | ------------------- | -----------------------------: | ----------------: |
| ELECTRA small | classification head |                  96.00 (96.20) | **90.00** (89.80) |
| ELECTRA small | CEA batch           | 96.20 ± 0.40 (3 seeds) (96.20) |     83.40 (83.00) |
| ELECTRA small | CEA memory          |                  96.40 (96.00) |                   |
| BERT          | classification head |              **97.60** (97.40) |                   |
| BERT          | CEA batch           |                  –<sup>1</sup> |                   |

## Not computed

1. BERT on TREC-6 (CEA batch): Out of memory.

## Notes

- Texts scored: TREC-6 160 train, 160 dev and 160 test; TREC-50 160 test.
- Weight precision: fp32.
`,
  );
});

test('fine-tuned: with frozen tables, headings distinguish the two', () => {
  const rows = [...ROWS, scored('bert-base-cased', 'trec6', '70.00', { pooling: 'mean' })];
  const page = markdownOf({ ...RUN, rows });
  assert.deepEqual(page.match(/^#.*/gm), [
    '# Frozen and fine-tuned encoders',
    '## Best pooling per dataset, frozen, leave-one-out',
    '## cls',
    '### cls, leave-one-out',
    '### cls, fit-train scored on train',
    '### cls, fit-train scored on test',
    '## mean, leave-one-out',
    '## cls, fine-tuned',
    '### cls, fine-tuned, best epoch by dev score, scored on test',
    '### cls, fine-tuned, best epoch by dev score, scored on dev and test',
    '## Not computed',
    '## Notes',
  ]);
});
