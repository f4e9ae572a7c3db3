import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { csvOfRows, parseRows, readRows, writeRows } from '../../src/results/csv.ts';
import { COLUMNS } from '../../src/results/row.ts';
import { row, scored, shuffled } from './rows.ts';

const HEADER =
  'encoder,dataset,pooling,layers,dim,prompt,protocol,split,k,metric,votes,index,n,correct,accuracy,micro_f1,macro_f1,label_field,labels,concat_norm,members,revision,file_hash,tokenizer_hash,dtype,attention,max_length,texts_cut,data_hash,sample,recall,objective,seed,epoch,training,accuracy_low,accuracy_high,micro_f1_low,micro_f1_high,macro_f1_low,macro_f1_high';
const BROKEN = 'Correct the line, or delete the file to start over.';

/** The first cell of the only row, as written. */
function cell(encoder: string): string {
  return csvOfRows([row({ encoder })])
    .split('\n')[1]!
    .split(',toy-topics')[0]!;
}

async function folder(t: TestContext): Promise<string> {
  const made = await mkdtemp(path.join(tmpdir(), 'results-'));
  t.after(() => rm(made, { recursive: true }));
  return made;
}

test('csv: the whole file of two cells', () => {
  assert.equal(
    csvOfRows([row({ layers: '10' }), row({ layers: '9', sample: 'stratified 160 of 900, seed 1', texts_cut: '' })]),
    [
      HEADER,
      'tiny-bert,toy-topics,mean,9,,,leave-one-out,all,5,euclidean,uniform,exact,160,130,81.25,81.25,79.80,class,,,,,,,fp32,,,,,"stratified 160 of 900, seed 1",,,,,,,,,,,',
      'tiny-bert,toy-topics,mean,10,,,leave-one-out,all,5,euclidean,uniform,exact,160,130,81.25,81.25,79.80,class,,,,,,,fp32,,,0,,,,,,,,,,,,,',
      '',
    ].join('\n'),
  );
});

test('csv: the same bytes whatever the order of the rows', () => {
  const rows = ['a', 'b', 'c'].flatMap((encoder) =>
    ['x', 'y'].flatMap((dataset) => ['1', '2', '10'].map((layers) => scored(encoder, dataset, '50.00', { layers }))),
  );
  assert.equal(csvOfRows(shuffled(rows)), csvOfRows(rows));
  assert.equal(csvOfRows(rows.toReversed()), csvOfRows(rows));
});

test('csv: any text comes back as it was', () => {
  const texts = [
    '=1+1',
    '+cmd',
    '-x',
    '@sum',
    '\tx',
    '\rx',
    "'=1",
    "''@",
    "'",
    "'a",
    '-1.0',
    "'-1.0",
    '-',
    '+1e5',
    'a,b',
    'a"b',
    'a\nb',
    'a\r\nb',
    ' a ',
    '\u2028',
    'é',
    '＝1',
    '"',
    '-1-1',
  ];
  const rows = texts.map((text, at) => row({ k: String(at), encoder: text, dataset: text, revision: text }));
  assert.deepEqual(
    parseRows({ text: csvOfRows(rows), file: 'r.csv' }).rows.toSorted((a, b) => Number(a.k) - Number(b.k)),
    rows,
  );
});

test('csv: a formula is written with a quote in front, a number is not', () => {
  assert.equal(cell('=HYPERLINK("x")'), `"'=HYPERLINK(""x"")"`);
  assert.equal(cell('+a'), "'+a");
  assert.equal(cell('-a'), "'-a");
  assert.equal(cell('@a'), "'@a");
  assert.equal(cell("'=a"), "''=a");
  assert.equal(cell('-1.0'), '-1.0');
});

test('csv: reads a file of another version; missing columns are empty, unknown ones are named', () => {
  const { rows, unknownColumns } = parseRows({
    text: '\uFEFFdataset,encoder,pooling,note,n,micro_f1\r\ntoy,bert,cls,hello,10,50.00\r\n\r\n',
    file: 'r.csv',
  });
  assert.deepEqual(unknownColumns, ['note']);
  assert.deepEqual(rows, [
    {
      ...Object.fromEntries(COLUMNS.map((column) => [column, ''])),
      dataset: 'toy',
      encoder: 'bert',
      pooling: 'cls',
      n: '10',
      micro_f1: '50.00',
    },
  ]);
});

test('csv: an empty file has no rows', () => assert.deepEqual(parseRows({ text: '', file: 'r.csv' }), { rows: [], unknownColumns: [] }));

test('csv: a broken file is one line with file and line', () => {
  const head = 'encoder,dataset,pooling,n,correct,micro_f1\n';
  const cases: readonly [text: string, message: string][] = [
    [
      'a,b\n1,2\n',
      'r.csv:1: Not a results file: column encoder, dataset, pooling, n is missing. Give another folder with `out`, or correct the first line.',
    ],
    ['encoder,encoder,dataset,pooling,n\n', `r.csv:1: Duplicate column encoder in the header. ${BROKEN}`],
    [`${head}bert,toy,cls,10,5,50.00\nbert,toy,mean,10\n`, `r.csv:3: The row has 4 values, the header 6. ${BROKEN}`],
    [`${head}<<<<<<< HEAD\n`, `r.csv:2: The row has 1 value, the header 6. ${BROKEN}`],
    [`${head}bert,toy,cls,ten,5,50.00\n`, `r.csv:2: Column n is "ten", not a whole number. ${BROKEN}`],
    [`${head}bert,toy,cls,10,5,"50,00"\n`, `r.csv:2: Column micro_f1 is "50,00", not a percentage. ${BROKEN}`],
    [`${head}bert,toy,cls,10,5,500\n`, `r.csv:2: Column micro_f1 is "500", not a percentage. ${BROKEN}`],
    [`${head.trim()},seed\nbert,toy,cls,10,5,50.00,one\n`, `r.csv:2: Column seed is "one", not a whole number. ${BROKEN}`],
    [`${head},toy,cls,10,5,50.00\n`, `r.csv:2: Column encoder is empty. ${BROKEN}`],
    [
      `${head}bert,toy,cls,10,5,50.00\nbert,toy,cls,10,6,60.00\n`,
      'r.csv:3: The same configuration as line 2 with another result. Delete one of the two lines.',
    ],
  ];
  for (const [text, message] of cases)
    assert.throws(() => parseRows({ text, file: 'r.csv' }), { name: 'HarnessError', code: 'FORMAT', message }, message);
});

test('csv: what no run wrote is refused in every column, and taken as it stands where the reader says so', () => {
  const text = 'encoder,dataset,pooling,n,k,recall\nbert,toy,cls,10,1e9,all\n';
  const message = `r.csv:2: Column k is "1e9", not a whole number. ${BROKEN}`;
  assert.throws(() => parseRows({ text, file: 'r.csv' }), { code: 'FORMAT', message });
  const [strange] = parseRows({ text, file: 'r.csv', strange: true }).rows;
  assert.deepEqual([strange!.k, strange!.recall], ['1e9', 'all']);
  assert.throws(() => parseRows({ text: text.replace(',10,', ',ten,'), file: 'r.csv', strange: true }), { code: 'FORMAT' });
});

test('csv: a quote that never ends is said with its line', () => {
  const text = 'encoder,dataset,pooling,n\nbert,toy,cls,1\n"bert,toy,mean,1\n';
  assert.throws(() => parseRows({ text, file: 'r.csv' }), {
    message: /^r\.csv:\d+: Not CSV \(.*quote.*\)\. Correct the line, or delete the file to start over\.$/i,
  });
});

test('csv: a duplicate line is one row', () => {
  const text = 'encoder,dataset,pooling,n\nbert,toy,cls,1\nbert,toy,cls,1\n';
  assert.equal(parseRows({ text, file: 'r.csv' }).rows.length, 1);
});

test('csv: a file that is not there has no rows; bytes that are no UTF-8 are said with their line', async (t) => {
  const file = path.join(await folder(t), 'results.csv');
  assert.deepEqual(await readRows(file), { rows: [], unknownColumns: [] });
  await writeFile(file, Buffer.from('encoder,dataset,pooling,n\nbert,t\u00e9y,cls,1\n', 'latin1'));
  await assert.rejects(readRows(file), { message: `${file}:2: Not UTF-8. ${BROKEN}` });
});

test('csv: is written atomically, creates its folder, leaves no other file, and is read back', async (t) => {
  const file = path.join(await folder(t), 'new', 'results.csv');
  const rows = [scored('a', 'x', '50.00'), scored('b', 'x', '60.00')];
  await writeRows({ file, rows: [rows[0]!] });
  // Two concurrent writers: either may be the last, and the file is that one's, never a mixture.
  const both = [[rows[1]!], rows];
  await Promise.all(both.map((each) => writeRows({ file, rows: each })));
  assert.ok(both.map(csvOfRows).includes(await readFile(file, 'utf8')));
  assert.deepEqual(await readdir(path.dirname(file)), ['results.csv']);
  await writeRows({ file, rows });
  assert.deepEqual((await readRows(file)).rows, rows);
  assert.equal(await readFile(file, 'utf8'), csvOfRows(rows));
});

test('csv: a place that cannot be written is one clear line, and the old file stays', async (t) => {
  const where = await folder(t);
  await writeFile(path.join(where, 'file'), 'old');
  const file = path.join(where, 'file', 'results.csv');
  await assert.rejects(writeRows({ file, rows: [] }), (error: Error) => {
    assert.match(
      error.message,
      /results\.csv: Cannot be written \(.*(ENOTDIR|EEXIST).*\)\. Free disk space or give another folder with `out`\.$/,
    );
    return true;
  });
  assert.equal(await readFile(path.join(where, 'file'), 'utf8'), 'old');
});
