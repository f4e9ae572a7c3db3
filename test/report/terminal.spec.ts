import assert from 'node:assert/strict';
import { test } from 'node:test';
import { render } from '../../src/report/render.ts';
import { terminalOf, wantsColor } from '../../src/report/terminal.ts';
import { scored, shuffled } from '../results/rows.ts';
import { FAILURES, PUBLISHED, ROWS, TITLES } from './toy.ts';

const TOY = { rows: ROWS, failures: FAILURES, titles: TITLES, published: PUBLISHED };
const CLS = { ...TOY, rows: ROWS.filter((one) => one.protocol === 'complete') };

test('terminal: plain aligned lines where there is no terminal, no matter the width or colour asked for', () => {
  assert.equal(
    terminalOf({ ...CLS, tty: false, width: 20, color: true }),
    `Micro-F1 in percent, k = 5, Euclidean distance, uniform votes; * best of its column; in parentheses: published

cls, complete
Encoder                    TREC-6    ATIS
ELECTRA small      76.06  (76.06)  90.00*
BigBird             – [1]           – [1]
BERT_base | cased  87.28* (87.30)   – [2]
concat all models  85.90  (85.99)  90.00*

[1] BigBird on TREC-6 and ATIS: No ONNX file on the hub.
[2] BERT_base | cased on ATIS: The graph needs <4 GB>.

Texts scored: TREC-6 160; ATIS 160.
Weight precision: fp32.
concat all models: the vectors of ELECTRA small and BERT_base | cased, concatenated.
`,
  );
});

test('terminal: a ruled table on a terminal, the best in bold', () => {
  const text = terminalOf({ ...CLS, failures: FAILURES.slice(0, 1), tty: true, width: 200, color: true });
  assert.equal(
    text.replaceAll('\u001B[1m', '<b>').replaceAll('\u001B[22m', '</b>'),
    `Micro-F1 in percent, k = 5, Euclidean distance, uniform votes; bold: best of its column; in parentheses: published

<b>cls, complete</b>
┌───────────────────┬───────────────┬───────┐
│ Encoder           │        TREC-6 │  ATIS │
├───────────────────┼───────────────┼───────┤
│ ELECTRA small     │ 76.06 (76.06) │ <b>90.00</b> │
│ BERT_base | cased │ <b>87.28</b> (87.30) │ – [1] │
│ concat all models │ 85.90 (85.99) │ <b>90.00</b> │
└───────────────────┴───────────────┴───────┘

[1] BERT_base | cased on ATIS: The graph needs <4 GB>.

Texts scored: TREC-6 160; ATIS 160.
Weight precision: fp32.
concat all models: the vectors of ELECTRA small and BERT_base | cased, concatenated.
`,
  );
});

test('terminal: a table wider than the terminal is drawn in parts, and no line is wider', () => {
  const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map((letter) => `data-set-${letter}`);
  const rows = ['cls', 'mean'].flatMap((pooling) =>
    names.map((name) => scored('an-encoder-with-a-rather-long-name', name, '50.00', { pooling })),
  );
  for (const width of [40, 60, 80, 120]) {
    const text = terminalOf({ rows, tty: true, width, color: false });
    assert.deepEqual(
      text.split('\n').filter((line) => line.length > width),
      [],
      `width ${width}`,
    );
    // Encoder, and as many columns as fit.
    const parts = [...text.matchAll(/cls, leave-one-out \((\d+) of (\d+)\)/g)].map(([, part, of]) => `${part}/${of}`);
    const expected = { 40: 8, 60: 8, 80: 3, 120: 2 }[width]!;
    assert.deepEqual(
      parts,
      Array.from({ length: expected }, (_, at) => `${at + 1}/${expected}`),
      `width ${width}`,
    );
    const heads = text.split('\n').filter((line) => line.startsWith('│ Encoder'));
    for (const name of names)
      assert.equal(heads.filter((line) => line.includes(` ${name} `)).length, 2, `${name} once in each of the two tables`);
  }
});

test('terminal: the same text for rows in any order', () => {
  const options = { tty: true, width: 80, color: true };
  assert.equal(terminalOf({ ...TOY, rows: shuffled(ROWS), failures: shuffled(FAILURES), ...options }), terminalOf({ ...TOY, ...options }));
});

test('terminal: colour only on a terminal that wants it', () => {
  assert.equal(wantsColor({ tty: true, env: {} }), true);
  assert.equal(wantsColor({ tty: true, env: { NO_COLOR: '' } }), true);
  assert.equal(wantsColor({ tty: true, env: { NO_COLOR: '1' } }), false);
  assert.equal(wantsColor({ tty: true, env: { TERM: 'dumb' } }), false);
  assert.equal(wantsColor({ tty: false, env: {} }), false);
});

test('render: no control character of a name or reason reaches a terminal, in any format', () => {
  const evil = 'evil\u001B]0;title\u0007\u001B[2J\r\u009B31m\u007F\u202Ename';
  const rows = [
    scored(evil, evil, '50.00', {
      pooling: evil,
      sample: evil,
      members: evil,
      metric: evil,
      label_field: evil,
      protocol: evil,
      split: evil,
    }),
  ];
  const failures = [{ encoder: evil, dataset: evil, pooling: 'cls', reason: `${evil}\nsecond` }];
  for (const format of ['table', 'markdown', 'csv', 'json'] as const) {
    const text = render({
      command: 'run',
      rows,
      failures,
      format,
      tty: true,
      titles: { encoders: new Map([[evil, evil]]), datasets: new Map() },
    });
    assert.deepEqual(text.match(/[^\P{Cc}\n]/gu), null, format);
    assert.equal(/evil/.test(text), true, format);
  }
});

test('render: csv and json of the same rows', () => {
  const rows = [scored('b', 'toy', '50.00', { layers: '10' }), scored('b', 'toy', '60.00', { layers: '9', max_length: '128' })];
  const failures = [{ encoder: 'a', dataset: 'toy', reason: 'No.' }];
  assert.equal(
    render({ command: 'run', rows, failures, format: 'csv', tty: false }),
    render({ command: 'run', rows: rows.toReversed(), format: 'csv', tty: false }),
  );
  const json = JSON.parse(render({ command: 'run', rows, failures, format: 'json', tty: false })) as {
    rows: Record<string, unknown>[];
    failures: unknown;
  };
  assert.deepEqual(
    json.rows.map(({ encoder, layers, k, micro_f1, max_length, concat_norm }) => ({
      encoder,
      layers,
      k,
      micro_f1,
      max_length,
      concat_norm,
    })),
    [
      { encoder: 'b', layers: '9', k: 5, micro_f1: 60, max_length: 128, concat_norm: null },
      { encoder: 'b', layers: '10', k: 5, micro_f1: 50, max_length: null, concat_norm: null },
    ],
  );
  assert.deepEqual(json.failures, [
    { encoder: 'a', dataset: 'toy', pooling: null, dim: null, prompt: null, objective: null, file: null, reason: 'No.' },
  ]);
});
