import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { before, test } from 'node:test';
import { parse } from 'csv-parse/sync';
import { changeRecord } from '../classifiers/tiny-classifier.ts';
import { SAVED_KINDS, saveModel } from '../classifiers/saved-models.ts';
import { temporaryFolder } from '../temporary.ts';
import { bench, type Outcome } from './bench.ts';

/** What `bench predict` writes for numbers and pairs: the rows unchanged, followed by their predictions. */

const root = temporaryFolder();
const cache = path.join(root, 'cache');
const [single, pairs, classes] = SAVED_KINDS.map(({ name }) => path.join(root, name.replaceAll(' ', '-'))) as [string, string, string];
before(async () => {
  for (const kind of SAVED_KINDS) await saveModel({ kind, root });
});

let files = 0;
/** A file with this content and a unique name. */
function written(content: string | Uint8Array, ending: string): string {
  const file = path.join(root, `input-${files++}.${ending}`);
  writeFileSync(file, content);
  return file;
}
const predict = (...args: string[]): Promise<Outcome> => bench(['predict', '--quiet', '--offline', ...args], { cache });
const SECOND = ['--text-pair-column', 'second'];

async function predicted(...args: string[]): Promise<string> {
  const { out, err, status } = await predict(...args);
  assert.equal(status, 0, err);
  return out;
}

/** Cells with field separators around them and in them. */
const CELLS = [
  ['id', 'text', 'second', 'note'],
  ['1', 'river, "heron"\nferry', 'bread; salt', ''],
  ['2', '', '', '"'],
  ['3', 'noon', ' clock ', 'a\r\nb'],
  ['4', '\u{1f6a2} ferry', 'lamps\twater', '=1+1'],
];
const quoted = (cells: readonly (readonly string[])[], delimiter: string) =>
  cells.map((row) => `${row.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(delimiter)}\n`).join('');

for (const [name, flags, added] of [
  ['numbers', () => ['--model', single], ['prediction', 'low', 'high']],
  ['numbers of pairs', () => ['--model', pairs, ...SECOND], ['prediction', 'low', 'high']],
  ['classes of pairs', () => ['--model', classes, ...SECOND], ['label', 'confidence']],
] as const) {
  test(`predict: ${name}: table cells are kept unchanged in any format, with the same predictions`, async () => {
    const values = new Set<string>();
    for (const [ending, delimiter] of [
      ['csv', ','],
      ['csv', ';'],
      ['tsv', '\t'],
    ] as const) {
      const out = await predicted(...flags(), '--input', written(quoted(CELLS, delimiter), ending));
      const rows = parse(out, { delimiter });
      assert.deepEqual(
        rows.map((row) => row.slice(0, 4)),
        CELLS,
      );
      assert.deepEqual(rows[0]!.slice(4), added);
      values.add(JSON.stringify(rows.slice(1).map((row) => row.slice(4))));
    }
    const [head, ...cells] = CELLS;
    const objects = cells.map((row) => Object.fromEntries(row.map((cell, i) => [head![i]!, cell])));
    const lines = await predicted(...flags(), '--input', written(objects.map((row) => `${JSON.stringify(row)}\n`).join(''), 'jsonl'));
    const found = lines
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    assert.deepEqual(
      found.map((row) => Object.fromEntries(Object.entries(row).slice(0, 4))),
      objects,
    );
    assert.deepEqual(Object.keys(found[0]!).slice(4), added);
    values.add(JSON.stringify(found.map((row) => added.map((column) => String(row[column])))));
    assert.equal(values.size, 1, [...values].join('\n'));
  });
}

test('predict: numbers: a file of one row, and of plain lines', async () => {
  const [line] = (await predicted('--model', single, '--input', written('{"text":"river","of":[{"a":1}]}', 'jsonl'))).trimEnd().split('\n');
  const { of, prediction } = JSON.parse(line!) as Record<string, unknown>;
  assert.deepEqual(of, [{ a: 1 }]);
  const lines = parse(await predicted('--model', single, '--input', written('river\n\n', 'txt')));
  assert.deepEqual(
    lines.map((row) => row.length),
    [4, 4, 4],
  );
  assert.equal(Number(lines[1]![1]), prediction);
  assert.equal(lines[2]![0], '');
  const pair = await predict('--model', pairs, '--input', written('river\n', 'txt'), ...SECOND);
  assert.match(pair.err, /--text-pair-column: \S+ is read as one text per line, which has no columns\. Omit it\.\n$/);
});

test('predict: numbers: a model without an interval writes none', async (t) => {
  const { residuals } = JSON.parse(readFileSync(path.join(single, 'classifier.json'), 'utf8')) as { readonly residuals: unknown };
  changeRecord(single, (record) => delete record['residuals']);
  t.after(() => changeRecord(single, (record) => (record['residuals'] = residuals)));
  assert.match(
    await predicted('--model', single, '--input', written('low,text\n1,river\n', 'csv')),
    /^low,text,prediction\n1,river,[\d.]+\n$/,
  );
  const out = path.join(root, 'plain.csv');
  const input = written('text,y\nriver,3\nsalt,2\n', 'csv');
  const { rows } = JSON.parse(
    await predicted('--model', single, '--input', input, '--label-column', 'y', '--out', out, '--format', 'json'),
  ) as {
    readonly rows: readonly Record<string, unknown>[];
  };
  assert.deepEqual([rows[0]!['labelled'], rows[0]!['covered']], [2, null]);
});

test('predict: numbers: scores for programs, each with its interval', async () => {
  const numbers = ['2.5', '3.5', '', '2e0', 'many', ' 3 ', '2.25'];
  const input = written(
    `text,y\n${numbers.map((y, i) => `${['river heron', 'salt', 'noon', 'ferry', 'soup', 'river', ''][i]},${y}\n`).join('')}`,
    'csv',
  );
  const out = path.join(root, 'scored.csv');
  const args = ['--model', single, '--input', input, '--label-column', 'y', '--out', out, '--overwrite'];
  const json = await predict(...args, '--format', 'json');
  const { rows, notes } = JSON.parse(json.out) as {
    readonly rows: readonly Record<string, number | null>[];
    readonly notes: readonly string[];
  };
  const [row] = rows as [Record<string, number | null>];
  const pairsOf = parse(readFileSync(out, 'utf8'), { columns: true }) as Record<string, string>[];
  const scored = pairsOf.filter(({ y }) => y!.trim() !== '' && y !== 'many');
  const errors = scored.map(({ y, prediction }) => Number(y) - Number(prediction));
  const inside = scored.filter(({ y, low, high }) => Number(y) >= Number(low) && Number(y) <= Number(high)).length;
  const rmse = Math.sqrt(errors.reduce((sum, error) => sum + error ** 2, 0) / 5);
  const mae = errors.reduce((sum, error) => sum + Math.abs(error), 0) / 5;
  const { labelled, unlabelled, unreadable, unknown, accuracy, covered } = row;
  assert.deepEqual(
    { labelled, unlabelled, unreadable, unknown, accuracy, covered },
    { labelled: 5, unlabelled: 1, unreadable: 1, unknown: null, accuracy: null, covered: 20 * inside },
  );
  // Errors have five significant digits.
  assert.ok(Math.abs(row['rmse']! - rmse) < 1e-4 && Math.abs(row['mae']! - mae) < 1e-4);
  for (const name of ['spearman', 'pearson', 'rmse', 'mae', 'r2']) {
    assert.ok(row[`${name}_low`]! <= row[name]! && row[name]! <= row[`${name}_high`]!, name);
  }
  assert.ok(notes.some((note) => note === `${input}: 1 of 7 rows have no number in column "y", and are not scored.`));
  const [csv] = parse(await predicted(...args, '--format', 'csv'), { columns: true }) as [Record<string, string>];
  // Columns of tags exist if some row has them.
  assert.deepEqual(
    Object.keys(csv),
    Object.keys(row).filter((name) => !/^(?:words_without_vector|span_f1|micro_f1_no_o)/.test(name)),
  );
  assert.equal(Number(csv['rmse']), row['rmse']);
  assert.deepEqual([csv['accuracy'], csv['unreadable']], ['', '1']);
});

test('predict: numbers: of one row there are errors, and no correlations', async () => {
  const out = path.join(root, 'one.csv');
  const args = ['--model', single, '--input', written('text,y\nriver,3\n', 'csv'), '--label-column', 'y', '--out', out, '--format', 'json'];
  const { out: printed, err } = await predict(...args);
  const [{ rmse, spearman, spearman_low: low, r2 }] = (JSON.parse(printed) as { readonly rows: [Record<string, unknown>] }).rows;
  assert.equal(typeof rmse, 'number');
  assert.deepEqual([spearman, low, r2], [null, null, null]);
  assert.match(err, /Scored against column "y" \(1 rows\), 95% CI: Spearman undefined/);
});

const rowsOf = (...lines: string[]) => lines.map((line) => `${line}\n`).join('');
const REFUSED: readonly (readonly [string, () => string[], RegExp])[] = [
  [
    'a column that a prediction would have the name of',
    () => ['--model', single, '--input', written('text,prediction\nriver,1\n', 'csv')],
    /\.csv: It already has a column "prediction"\. Rename the new columns: --prefix predicted_\.$/,
  ],
  [
    'that of its interval',
    () => ['--model', single, '--input', written('{"text":"river","high":1}\n', 'jsonl')],
    /\.jsonl:1: It already has a column "high"\. Rename the new columns/,
  ],
  [
    'a second text that is none',
    () => [
      '--model',
      pairs,
      ...SECOND,
      '--input',
      written(rowsOf('{"text":"river","second":"salt"}', '{"text":"river","second":null}', '{"text":"river"}'), 'jsonl'),
    ],
    /\.jsonl: 2 of 3 rows are invalid: line 2 \(Column "second" is null, not a string\), line 3 \(No "second" field\)\. --skip-invalid skips them\.$/,
  ],
  [
    'a column of second texts that is not there',
    () => ['--model', pairs, '--text-pair-column', 'secund', '--input', written('text,second\na,b\n', 'csv')],
    /\.csv: No column "secund"\. Did you mean "second"\? Columns: text, second\. Set the second text column with --text-pair-column\.$/,
  ],
  [
    'a separator of labels',
    () => ['--model', single, '--input', written('text,y\na,1\n', 'csv'), '--label-column', 'y', '--label-separator', ';'],
    /--label-separator: The model predicts numbers, of which a row has one\. Omit it\.$/,
  ],
];

for (const [name, args, message] of REFUSED) {
  test(`predict: numbers and pairs: ${name} is one line`, async () => {
    const { status, out, err } = await predict(...args());
    assert.deepEqual([status, out], [2, '']);
    assert.match(err.trimEnd(), message);
    assert.equal(err.trimEnd().split('\n').length, 1);
  });
}

test('predict: pairs: unusable rows are skipped on request; a prefix avoids a name conflict', async () => {
  const rows = rowsOf('text,second,prediction', 'river,salt,1', 'river', 'noon,soup,2');
  const { out, err } = await predict('--model', pairs, ...SECOND, '--prefix', 'p_', '--skip-invalid', '--input', written(rows, 'csv'));
  assert.match(
    out,
    /^text,second,prediction,p_prediction,p_low,p_high\nriver,salt,1,[\d.]+,[\d.]+,[\d.]+\nnoon,soup,2,[\d.]+,[\d.]+,[\d.]+\n$/,
  );
  assert.match(err, /1 of 3 rows/);
});
