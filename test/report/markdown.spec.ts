import assert from 'node:assert/strict';
import { test } from 'node:test';
import { markdownOf } from '../../src/report/markdown.ts';
import { escapeMarkdown } from '../../src/report/text.ts';
import { scored, shuffled } from '../results/rows.ts';
import { FAILURES, PUBLISHED, ROWS, TITLES } from './toy.ts';

const TOY = { rows: ROWS, failures: FAILURES, titles: TITLES, published: PUBLISHED };

test('markdown: the whole page of a small run', () => {
  const expected = String.raw`# Frozen encoders, scored by k-NN

Micro-F1 in percent. Each text is given the class of its nearest neighbours (k = 5, Euclidean distance, uniform votes) among the vectors of frozen encoders. Higher is better. The best of each column is **bold**. In parentheses: the published score. A dash is a result that could not be computed; the number refers to [the reason](#not-computed).

- **leave-one-out**: Each text is classified by its nearest neighbours among all others: how well the classes separate for new texts.
- **complete**: The same, with the text itself among its neighbours. Optimistic: each text votes for itself.

## Best pooling per dataset, leave-one-out

| Dataset | Encoder       | Pooling   | Micro-F1 |
| ------- | ------------- | --------- | -------: |
| TREC-6  | ELECTRA small | layermean |    81.00 |
| ATIS    | ELECTRA small | cls       |     9.00 |

## cls

The first token of the last layer.

### cls, leave-one-out

| Encoder             |        TREC-6 |          ATIS |
| ------------------- | ------------: | ------------: |
| ELECTRA small       |         70.00 |          9.00 |
| BigBird             | –<sup>1</sup> | –<sup>1</sup> |
| BERT\_base \| cased |     **80.50** | –<sup>2</sup> |

### cls, complete

| Encoder             |            TREC-6 |          ATIS |
| ------------------- | ----------------: | ------------: |
| ELECTRA small       |     76.06 (76.06) |     **90.00** |
| BigBird             |     –<sup>1</sup> | –<sup>1</sup> |
| BERT\_base \| cased | **87.28** (87.30) | –<sup>2</sup> |
| concat all models   |     85.90 (85.99) |     **90.00** |

## layermean, leave-one-out

The mean over all tokens and all layers.

| Encoder       |        TREC-6 |
| ------------- | ------------: |
| ELECTRA small |         81.00 |
| BigBird       | –<sup>1</sup> |

## Not computed

1. BigBird on TREC-6 and ATIS: No ONNX file on the hub.
2. BERT\_base \| cased on ATIS: The graph needs &lt;4 GB&gt;.

## Notes

- Texts scored: TREC-6 160; ATIS 160.
- Weight precision: fp32.
- Means over layers 0..L include the embedding output.
- concat all models: the vectors of ELECTRA small and BERT\_base \| cased, concatenated.
`;
  assert.equal(markdownOf(TOY), expected);
});

test('markdown: the same bytes for rows and failures in any order', () => {
  assert.equal(markdownOf({ ...TOY, rows: shuffled(ROWS), failures: shuffled(FAILURES) }), markdownOf(TOY));
});

test('markdown: explains only what is on the page', () => {
  const page = markdownOf({ rows: [scored('a', 'x', '1.00', { protocol: 'fit-train', split: 'test' })] });
  assert.equal(
    page,
    `# Frozen encoders, scored by k-NN

Micro-F1 in percent. Each text is given the class of its nearest neighbours (k = 5, Euclidean distance, uniform votes) among the vectors of frozen encoders. Higher is better.

- **fit-train**: The neighbours come from the train split. On dev and test no text is its own neighbour; on train each is.

## mean, fit-train scored on test

The mean over all tokens of the last layer.

| Encoder |    x |
| ------- | ---: |
| a       | 1.00 |

## Notes

- Texts scored: x 160 test.
- Weight precision: fp32.
`,
  );
});

test('markdown: without any score the reasons are left', () => {
  assert.equal(
    markdownOf({ rows: [], failures: [{ encoder: 'a', dataset: 'x', reason: 'No.' }] }),
    '# Frozen encoders, scored by k-NN\n\nNo result could be computed.\n\n## Not computed\n\n1. a on x: No.\n',
  );
});

test('markdown: a tie of best cells is said', () => {
  const rows = ['cls', 'mean'].flatMap((pooling) => ['a', 'b'].map((encoder) => scored(encoder, 'x', '50.00', { pooling })));
  assert.equal(markdownOf({ rows }).includes('| x       | a (and 3 more) | cls     |    50.00 |'), true);
});

test('markdown: names cannot make marks, tags or lines', () => {
  assert.equal(
    escapeMarkdown('a|b *c* _d_ `e` <script>&amp; [f](g) \\ ~h~ $i$ #1'),
    String.raw`a\|b \*c\* \_d\_ \`e\` &lt;script&gt;&amp;amp; \[f\](g) \\ \~h\~ \$i\$ \#1`,
  );
  assert.equal(escapeMarkdown(' a\r\n# b\u2028c\u0007\u001B[31md\u202Ee '), String.raw`a \# b cde`);
});
