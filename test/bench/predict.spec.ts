import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { changeRecord, writeTinyClassifier } from '../classifiers/tiny-classifier.ts';
import { serveHub } from '../sources/server.ts';
import { temporaryFolder } from '../temporary.ts';
import { writeTinyEncoder } from '../tiny-encoder.ts';
import { bench, type Outcome } from './bench.ts';

const root = temporaryFolder();
const cache = path.join(root, 'cache');
const head = path.join(root, 'head');
const votes = path.join(root, 'votes');
const multi = path.join(root, 'multi');
before(async () => {
  await writeTinyClassifier(head);
  await writeTinyClassifier(votes, { kind: 'neighbours' });
  await writeTinyClassifier(multi, {
    kind: 'neighbours',
    multiLabel: true,
    labels: [[0], [0, 1], [1], [1], [], [2]],
    record: { temperature: 1 },
  });
});

let files = 0;
/** A file with this content and a unique name. */
function written(content: string | Uint8Array, ending: string): string {
  const file = path.join(root, `input-${files++}.${ending}`);
  writeFileSync(file, content);
  return file;
}
const predict = (...args: string[]): Promise<Outcome> => bench(['predict', '--quiet', '--offline', ...args], { cache });
const csv = () => written('id,text,topic\n1,who is it?,person\n2,"where, is\nthe ""abc""",place\n3,what,\n4,who,alien\n', 'csv');

const EXPECTED = `id,text,topic,label,confidence
1,who is it?,person,person,0.561197
2,"where, is
the ""abc""",place,place,0.586907
3,what,,thing,0.80822
4,who,alien,person,0.539298
`;

test('predict: the columns of a CSV in their order, then label and confidence, on standard output', async () => {
  assert.deepEqual(await predict('--model', head, '--input', csv()), { status: 0, out: EXPECTED, err: '' });
});

test('predict: the same into a file, which is named', async () => {
  const out = path.join(root, 'same.csv');
  assert.deepEqual(await predict('--model', head, '--input', csv(), '--out', out), { status: 0, out: '', err: `4 rows in ${out}\n` });
  assert.equal(readFileSync(out, 'utf8'), EXPECTED);
  assert.ok(!existsSync(`${out}.part`) && !existsSync(`${out}.part.json`) && !existsSync(`${out}.part.lock`));
});

test('predict: scores against a column, with what is not scored and what the model lacks', async () => {
  const input = csv();
  const { status, err } = await predict('--model', head, '--input', input, '--label-column', 'topic');
  assert.equal(status, 0);
  assert.equal(
    err,
    `${input}: 1 of 4 rows have no label in column "topic", and are not scored.\n` +
      `${input}: 1 row has a label that the model lacks, and counts as errors: alien (1).\n` +
      'Scored against column "topic" (3 rows), 95% CI: accuracy 66.7 [0.0, 100.0], micro-F1 66.7 [0.0, 100.0], macro-F1 55.6 [0.0, 99.1].\n',
  );
});

test('predict: --format json says of the file what a program wants to know', async () => {
  const out = path.join(root, 'scored.csv');
  const { out: printed } = await predict('--model', head, '--input', csv(), '--label-column', 'topic', '--out', out, '--format', 'json');
  const { rows } = JSON.parse(printed) as { readonly rows: readonly Record<string, unknown>[] };
  const { texts, labelled, unlabelled, unknown, accuracy } = rows[0]!;
  assert.deepEqual(
    { texts, labelled, unlabelled, unknown, accuracy },
    { texts: 4, labelled: 3, unlabelled: 1, unknown: 1, accuracy: 66.67 },
  );
});

test('predict: the next classes, the nearest train texts, a prefix', async () => {
  const { out } = await predict('--model', head, '--input', csv(), '--top', '3', '--explain', '1', '--prefix', 'p_');
  const [first, second] = out.split('\n');
  assert.equal(
    first,
    'id,text,topic,p_label,p_confidence,p_label_2,p_confidence_2,p_label_3,p_confidence_3,p_neighbour_1,p_neighbour_1_label,' +
      'p_neighbour_1_similarity',
  );
  assert.equal(second, '1,who is it?,person,person,0.561197,place,0.294954,thing,0.143848,who is it?,person,1');
});

test('predict: votes of train texts, their shares smoothed and tempered', async () => {
  const { out } = await predict('--model', votes, '--input', csv());
  // Of two neighbours, k * classes = 6: ((1 + 1/6)^2) / ((1 + 1/6)^2 + 2 (1/6)^2) = 49 / 51; (2/3)^2 / (2 (2/3)^2 + (1/6)^2) = 16 / 33.
  assert.deepEqual(
    out.split('\n').flatMap((line) => /,(\w+),(0\.\d+)$/.exec(line)?.slice(1) ?? []),
    ['person', '0.960784', 'place', '0.484848', 'place', '0.484848', 'person', '0.960784'],
  );
});

test('predict: label sets of a model for several classes, as the project writes them', async () => {
  const lines = written('who\nwhat\n', 'txt');
  const { out } = await predict('--model', multi, '--input', lines, '--top', '2');
  assert.equal(
    out,
    'text,labels,confidences,label_1,confidence_1,label_2,confidence_2\nwho,person,0.833333,person,0.833333,place,0.5\nwhat,,,place,0.5,thing,0.5\n',
  );
  const { out: json } = await predict('--model', multi, '--input', written('{"text":"who"}\n{"text":"what"}\n', 'jsonl'));
  assert.equal(json, '{"text":"who","labels":["person"],"confidences":[0.833333]}\n{"text":"what","labels":[],"confidences":[]}\n');
});

/** Inputs of one text, `who`, in all forms; and their outputs. */
const FORMS: readonly (readonly [string, () => string, string, string])[] = [
  [
    'semicolons',
    () => written('n;text\n1;who\n', 'csv'),
    'n;text;label;confidence\n1;who;person;0.539298\n',
    'Fields are separated by semicolons.',
  ],
  ['tabs', () => written('n\ttext\n1\twho\n', 'tsv'), 'n\ttext\tlabel\tconfidence\n1\twho\tperson\t0.539298\n', ''],
  [
    'quotes that are text',
    () => written('n\ttext\n"1\twho\n', 'tsv'),
    'n\ttext\tlabel\tconfidence\n"1\twho\tperson\t0.539298\n',
    'Quotes are read as text: as field quotes, they would not match.',
  ],
  ['a byte order mark', () => written('\uFEFFtext\nwho\n', 'csv'), 'text,label,confidence\nwho,person,0.539298\n', ''],
  [
    'UTF-16',
    () => written(Buffer.from('\uFEFFtext,n\nwho,é\n', 'utf16le'), 'csv'),
    'text,n,label,confidence\nwho,é,person,0.539298\n',
    'It is read as UTF-16 (little-endian), by its byte-order mark.',
  ],
  ['CRLF', () => written('text,n\r\nwho,1\r\n', 'csv'), 'text,n,label,confidence\nwho,1,person,0.539298\n', ''],
  [
    'old Macs',
    () => written('text,n\rwho,1\r', 'csv'),
    'text,n,label,confidence\nwho,1,person,0.539298\n',
    'Its lines end with carriage returns only (classic Mac OS).',
  ],
  ['gzip', () => written(gzipSync('text\nwho\n'), 'csv.gz'), 'text,label,confidence\nwho,person,0.539298\n', ''],
  [
    'a quoted newline in another column',
    () => written('text,n\nwho,"a\nb"\n', 'csv'),
    'text,n,label,confidence\nwho,"a\nb",person,0.539298\n',
    '',
  ],
  [
    'a carriage return in a field',
    () => written('text,n\nwho,"a\rb"\n', 'csv'),
    'text,n,label,confidence\nwho,"a\rb",person,0.539298\n',
    '',
  ],
  ['no newline at its end', () => written('text\nwho', 'csv'), 'text,label,confidence\nwho,person,0.539298\n', ''],
  ['two columns of one name', () => written('a,text,a\n1,who,2\n', 'csv'), 'a,text,a,label,confidence\n1,who,2,person,0.539298\n', ''],
  ['plain lines', () => written('who\n', 'txt'), 'text,label,confidence\nwho,person,0.539298\n', ''],
  [
    'JSON lines: numbers keep their digits, keys their order',
    () => written('{"2": 1.0, "text": "who", "1": 12345678901234567890}\n', 'jsonl'),
    '{"2": 1.0, "text": "who", "1": 12345678901234567890,"label":"person","confidence":0.539298}\n',
    '',
  ],
  [
    'a JSON list',
    () => written('[{"text": "who", "n": [1, null]}]', 'json'),
    '{"text":"who","n":[1,null],"label":"person","confidence":0.539298}\n',
    '',
  ],
];

for (const [name, input, expected, note] of FORMS) {
  test(`predict: reads and writes again ${name}`, async () => {
    const file = input();
    assert.deepEqual(await predict('--model', head, '--input', file), {
      status: 0,
      out: expected,
      err: note === '' ? '' : `${file}: ${note}\n`,
    });
  });
}

/** From one format to another: the resulting row. */
const CHANGED: readonly (readonly [string, string, string, string])[] = [
  ['text,n\nwho,1\n', 'csv', 'jsonl', '{"text":"who","n":"1","label":"person","confidence":0.539298}\n'],
  ['text;n\nwho;1,5\n', 'csv', 'tsv', 'text\tn\tlabel\tconfidence\nwho\t1,5\tperson\t0.539298\n'],
  ['text\tn\nwho\t1,5\n', 'tsv', 'csv', 'text,n,label,confidence\nwho,"1,5",person,0.539298\n'],
  [
    '{"text":"who","n":null,"m":{"a":1}}\n{"m":2,"text":"who"}\n',
    'jsonl',
    'csv',
    'text,n,m,label,confidence\nwho,,"{""a"":1}",person,0.539298\nwho,,2,person,0.539298\n',
  ],
  ['who\n', 'txt', 'jsonl', '{"text":"who","label":"person","confidence":0.539298}\n'],
];

for (const [content, from, to, expected] of CHANGED) {
  test(`predict: .${from} becomes .${to}`, async () => {
    const out = path.join(root, `changed-${files++}.${to}`);
    assert.equal((await predict('--model', head, '--input', written(content, from), '--out', out)).status, 0);
    assert.equal(readFileSync(out, 'utf8'), expected);
  });
}

test('predict: texts that are truncated are counted; empty ones are texts', async () => {
  const long = written(`who\n\n${'a b c d e f g '.repeat(9)}\n`, 'txt');
  const { out, err } = await predict('--model', head, '--input', long);
  assert.equal(err, `${long}: 1 of 3 texts are truncated at 20 tokens.\n`);
  assert.match(out, /^text,label,confidence\nwho,.*\n,\w+,0\.\d+\na b/);
});

test('predict: a field of ten million letters is one field', async () => {
  const { status, out } = await predict('--model', head, '--input', written(`text,n\nwho,"${'x,\n'.repeat(3_400_000)}"\nwhat,2\n`, 'csv'));
  assert.equal(status, 0);
  assert.ok(out.length > 10_000_000 && out.endsWith('\nwhat,2,thing,0.80822\n'));
});

test('predict: rows that cannot be used are refused before anything is run, or left out and said', async () => {
  const input = written('{"text":"who"}\n{"text":null}\nnope\n{"n":1}\n{"text":"a\\u0000b"}\n{"text":"what"}\n', 'jsonl');
  const refused = await predict('--model', head, '--input', input, '--out', path.join(root, 'refused.jsonl'));
  assert.equal(refused.status, 2);
  assert.equal(
    refused.err,
    `bench: ${input}: 4 of 6 rows are invalid: line 2 (Column "text" is null, not a string), ` +
      'line 3 (The line is not JSON: Unexpected token \'o\', "nope" is not valid JSON), line 4 (No "text" field), and 1 more. ' +
      '--skip-invalid skips them.\n',
  );
  assert.ok(!existsSync(path.join(root, 'refused.jsonl.part')));
  const skipped = await predict('--model', head, '--input', input, '--skip-invalid');
  assert.equal(skipped.status, 0);
  assert.deepEqual(
    skipped.out.split('\n').map((line) => line.slice(0, 14)),
    ['{"text":"who",', '{"text":"what"', ''],
  );
  assert.equal(
    skipped.err,
    `${input}: 4 of 6 rows skipped (2 without a text, 1 that are not JSON objects, 1 with a NUL character): line 2 (Column "text" is null, ` +
      'not a string), line 3 (The line is not JSON: Unexpected token \'o\', "nope" is not valid JSON), line 4 (No "text" field), and 1 more.\n',
  );
});

const encoder = writeTinyEncoder(path.join(root, 'encoder'), { seed: 5 });
const labelled = written(
  'text,topic\nwho is it?,person\nwho,person\nwhere is the abc,place\nwhere,place\nwhat is the,thing\nwhat,thing\nwho is,person\n',
  'csv',
);

test('predict: a frozen encoder and texts with labels, its temperature fitted by leave-one-out', async () => {
  const frozen = ['--model', encoder, '--dataset', labelled, '--label-column', 'topic', '--k', '1', '--pooling', 'mean'];
  const { status, out, err } = await predict(...frozen, '--input', csv(), '--explain', '1');
  assert.equal(status, 0);
  const [, first] = out.split('\n');
  assert.match(first!, /^1,who is it\?,person,person,0\.\d+,who is it\?,person,1$/);
  assert.match(
    err,
    /^Temperature \d+\.\d\d, fitted by leave-one-out on 7 train texts: expected calibration error \d+\.\d% before, \d+\.\d% after\.$/m,
  );
  assert.match(err, /^Scored against column "topic" \(3 rows\)/m);
  // Columns of another name, and an input without labels.
  const other = await predict(...frozen, '--input', written('question\nwho\n', 'csv'), '--input-text-column', 'question');
  assert.match(other.out, /^question,label,confidence\nwho,person,0\.\d+\n$/);
  assert.doesNotMatch(other.err, /[Ss]core/);
});

test('predict: a frozen encoder of the hub, fetched once', async (t) => {
  const bytes = (name: string): Buffer => readFileSync(path.join(encoder, name));
  const published = {
    'onnx/model.onnx': bytes('model.onnx'),
    'tokenizer.json': bytes('tokenizer.json'),
    'config.json': bytes('config.json'),
  };
  const server = await serveHub(t, { name: 'org/tiny', files: published });
  const place = {
    cache: path.join(root, 'hub-cache'),
    env: { HF_ENDPOINT: server.url, HF_HUB_CACHE: path.join(root, 'hub-cache-shared') },
    online: true,
  };
  const frozen = ['--dataset', labelled, '--label-column', 'topic', '--k', '1', '--pooling', 'mean', '--input', csv()];
  const fetched = await bench(['predict', '--quiet', '--model', 'hf:org/tiny', ...frozen], place);
  assert.equal(fetched.status, 0, fetched.err);
  // The same as for the folder; fetched files are available without the hub.
  const { out } = await predict('--model', encoder, ...frozen);
  assert.equal(fetched.out, out);
  const again = await bench(['predict', '--quiet', '--model', 'hf:org/tiny', '--offline', ...frozen], place);
  assert.deepEqual([again.status, again.out], [0, out]);
});

test('predict: an existing file is replaced on request', async () => {
  const out = written('mine', 'csv');
  const input = csv();
  assert.deepEqual(await predict('--model', head, '--input', input, '--out', out), {
    status: 2,
    out: '',
    err: `bench: ${out}: It already exists. Give another file, or replace it with --overwrite.\n`,
  });
  assert.equal(readFileSync(out, 'utf8'), 'mine');
  assert.equal((await predict('--model', head, '--input', input, '--out', out, '--overwrite')).status, 0);
  assert.equal(readFileSync(out, 'utf8'), EXPECTED);
});

/** One-line errors. */
const REFUSED: readonly (readonly [string, () => readonly string[], (args: readonly string[]) => string])[] = [
  [
    'a folder that is not there',
    () => ['--model', 'nowhere', '--input', csv()],
    () =>
      '--model: Unknown model nowhere: neither a folder nor an encoder. It takes the folder of a classifier, or with --dataset an encoder: a key (`bench models` lists them), hf:org/name or a folder.',
  ],
  [
    'an encoder alone',
    () => ['--model', encoder, '--input', csv()],
    () =>
      `--model: ${encoder} is an encoder, and classifies nothing by itself (it has no classifier.json). Name the folder that \`bench finetune --save\` wrote, or texts with labels for a frozen encoder: --dataset mine.csv --label-column label.`,
  ],
  [
    'a registry key alone',
    () => ['--model', 'all-MiniLM-L6-v2', '--input', csv()],
    () =>
      '--model: all-MiniLM-L6-v2 is an encoder, and classifies nothing by itself. Name the folder that `bench finetune --save` wrote, or texts with labels for a frozen encoder: --dataset mine.csv --label-column label.',
  ],
  [
    'a folder without a model',
    () => ['--model', root, '--input', csv()],
    () =>
      `--model: ${root} has neither model.onnx (also searched in onnx/) nor checkpoint weights (model.safetensors, model.safetensors.index.json, pytorch_model.bin, pytorch_model.bin.index.json). Give the folder that has them, or the .onnx file itself.`,
  ],
  [
    'a file of a model',
    () => ['--model', path.join(head, 'config.json'), '--input', csv()],
    () =>
      `--model: ${path.join(head, 'config.json')} is a file, and a model that classifies is a folder. Name its folder: --model ${head}.`,
  ],
  [
    'a file of another kind',
    () => ['--model', 'README.md', '--input', csv()],
    () => '--model: README.md is a file, and a model that classifies is a folder. Name the folder that `bench finetune --save` wrote.',
  ],
  [
    'what the folder decides',
    () => ['--model', head, '--input', csv(), '--pooling', 'cls'],
    () => `--pooling: It is for a frozen encoder, and ${head} is a classifier, which has its own. Omit it.`,
  ],
  [
    'a dataset for a classifier',
    () => ['--model', head, '--input', csv(), '--dataset', labelled],
    () => `--dataset: It is for a frozen encoder, and ${head} is a classifier, which has its own. Omit it.`,
  ],
  ['an empty file', () => ['--model', head, '--input', written('', 'csv')], ([, , , input]) => `${input}: It contains no text.`],
  ['a header alone', () => ['--model', head, '--input', written('text,n\n', 'csv')], ([, , , input]) => `${input}: It contains no text.`],
  ['empty JSON lines', () => ['--model', head, '--input', written('\n\n', 'jsonl')], ([, , , input]) => `${input}: It contains no text.`],
  ['an empty JSON list', () => ['--model', head, '--input', written('[]', 'json')], ([, , , input]) => `${input}: It contains no text.`],
  ['no input', () => ['--model', head, '--input', path.join(root, 'none.csv')], () => `${path.join(root, 'none.csv')}: File not found.`],
  ['a folder as input', () => ['--model', head, '--input', root], () => `${root}: This is a directory. Give a single file.`],
  [
    'another format',
    () => ['--model', head, '--input', written('x', 'xlsx')],
    ([, , , input]) =>
      `${input}: Unsupported format. Save the sheet as CSV. Formats: .csv, .tsv, .jsonl, .json, .txt (one text per line), each also as .gz.`,
  ],
  [
    'Parquet',
    () => ['--model', head, '--input', written('x', 'parquet')],
    ([, , , input]) => `${input}: Parquet cannot be streamed row by row. Write it as CSV or JSON lines.`,
  ],
  [
    'a missing text column',
    () => ['--model', head, '--input', written('a,b\n1,2\n', 'csv')],
    ([, , , input]) => `${input}: No column "text". Columns: a, b. Set the text column with --text-column.`,
  ],
  [
    'a missing label column',
    () => ['--model', head, '--input', csv(), '--label-column', 'topics'],
    ([, , , input]) =>
      `${input}: No column "topics". Did you mean "topic"? Columns: id, text, topic. Set the label column with --label-column.`,
  ],
  [
    'a missing label of JSON',
    () => ['--model', head, '--input', written('{"text":"who"}\n', 'jsonl'), '--label-column', 'l'],
    ([, , , input]) => `${input}: No column "l". Columns: text. Set the label column with --label-column.`,
  ],
  [
    'columns of plain lines',
    () => ['--model', head, '--input', written('who\n', 'txt'), '--text-column', 'text'],
    ([, , , input]) => `--text-column: ${input} is read as one text per line, which has no columns. Omit it.`,
  ],
  [
    'a column that is there',
    () => ['--model', head, '--input', written('text,label\nwho,x\n', 'csv')],
    ([, , , input]) => `${input}: It already has a column "label". Rename the new columns: --prefix predicted_.`,
  ],
  [
    'a key that is there, further down',
    () => ['--model', head, '--input', written('{"text":"who"}\n{"text":"who","confidence":1}\n', 'jsonl')],
    ([, , , input]) => `${input}:2: It already has a column "confidence". Rename the new columns: --prefix predicted_.`,
  ],
  [
    'more classes than there are',
    () => ['--model', head, '--input', csv(), '--top', '4'],
    () => '--top: The model has 3 classes, fewer than 4. Give 3 at most.',
  ],
  [
    'no number of classes',
    () => ['--model', head, '--input', csv(), '--top', 'many'],
    () => '--top: It takes a whole number of at least 1, got "many".',
  ],
  [
    'the input as output',
    () => {
      const file = csv();
      return ['--model', head, '--input', file, '--out', file];
    },
    ([, , , input]) => `--out: ${input} is the input, which would be overwritten. Name another file.`,
  ],
  [
    'an output of another format',
    () => ['--model', head, '--input', csv(), '--out', path.join(root, 'x.parquet')],
    () => '--out: Unsupported format: "x.parquet". Use .csv, .tsv or .jsonl.',
  ],
  [
    'a compressed output',
    () => ['--model', head, '--input', csv(), '--out', path.join(root, 'x.csv.gz')],
    () => `--out: Unsupported format: ${path.join(root, 'x.csv.gz')} would be compressed. Use .csv, .tsv or .jsonl.`,
  ],
  [
    'a folder as output',
    () => {
      mkdirSync(path.join(root, 'folder.csv'), { recursive: true });
      return ['--model', head, '--input', csv(), '--out', path.join(root, 'folder.csv')];
    },
    () => `${path.join(root, 'folder.csv')}: This is a directory. Give a file in it.`,
  ],
  [
    'a format without a file',
    () => ['--model', head, '--input', csv(), '--format', 'json'],
    () => '--format: It says what is printed of a file, and predictions go to standard output. Name a file with --out.',
  ],
  [
    '--overwrite without a file',
    () => ['--model', head, '--input', csv(), '--overwrite'],
    () => '--overwrite: Nothing to replace: no output file is named. Name one with --out, or omit it.',
  ],
  [
    'a row of another length',
    () => ['--model', head, '--input', written('text,n\nwho,1\nwho\n', 'csv')],
    ([, , , input]) => `${input}:3: The row has 1 field, the header has 2. Quote fields that contain a comma. --skip-invalid skips it.`,
  ],
  [
    'a quote that is never closed',
    () => ['--model', head, '--input', written('text,n\nwho,"1\n', 'csv')],
    ([, , , input]) => `${input}:2: A quote opened in this row is never closed.`,
  ],
  [
    'bytes of another encoding',
    () => ['--model', head, '--input', written(Buffer.from('text\nwho\ncaf\xe9\n', 'latin1'), 'csv')],
    ([, , , input]) =>
      `${input}:3: Byte 0xE9 is not UTF-8. Set its encoding with --encoding: as windows-1252 the line begins "café". --skip-invalid skips it.`,
  ],
  [
    'columns twice in JSON',
    () => ['--model', head, '--input', written('a,text,a\n1,who,2\n', 'csv'), '--out', path.join(root, 'twice.jsonl')],
    ([, , , input]) => `${input}: It has two columns "a"; a JSON object can hold only one. Write a table: .csv or .tsv.`,
  ],
  [
    'JSON rows that are no table',
    () => ['--model', head, '--input', written('{"text":"who"}\n{"text":"who","n":1}\n', 'jsonl'), '--out', path.join(root, 'table.csv')],
    ([, , , input]) =>
      `${input}:2: It has a field "n", which the first row lacks: a table has the columns of its first row. Write JSON lines (.jsonl).`,
  ],
  [
    'JSON by columns',
    () => ['--model', head, '--input', written('{"text": ["who", "what"], "n": [1, 2]}', 'json')],
    ([, , , input]) => `${input}: It is a single JSON value, not a list of objects. Write a list of objects, or JSON lines (.jsonl).`,
  ],
  [
    'more neighbours than texts',
    () => ['--model', encoder, '--input', csv(), '--dataset', labelled, '--label-column', 'topic', '--k', '9'],
    () => '--k: k = 9 is larger than the corpus: leave-one-out leaves 6 texts of input-0. Use at most 6.',
  ],
];

for (const [name, args, message] of REFUSED) {
  test(`predict: ${name}: one line, nothing written`, async () => {
    const given = args();
    const { status, out, err } = await predict(...given);
    assert.equal(err, `bench: ${message(given)}\n`);
    assert.equal(out, '');
    assert.equal(status, 2);
  });
}

test('predict: what a train text has that a table without quotes cannot is written as blanks, and said', async () => {
  const folder = await writeTinyClassifier(path.join(root, 'tabs'), { texts: ['who\tis\nit?', 'who', 'where', 'the', 'what', 'is'] });
  const input = written('n\ttext\n"1\twho is it?\n', 'tsv');
  const { out, err } = await predict('--model', folder, '--input', input, '--explain', '1');
  assert.match(out, /^"1\twho is it\?\t\w+\t0\.\d+\twho is it\?\tperson\t1$/m);
  assert.match(err, /^Tabs and newlines in 1 labels or texts of train are written as blanks: the table has no quotes\.$/m);
});

test('predict: a model that keeps no texts explains nothing, and says why', async () => {
  const folder = path.join(root, 'silent');
  cpSync(head, folder, { recursive: true });
  rmSync(path.join(folder, 'train.jsonl'));
  assert.equal(
    (await predict('--model', folder, '--input', csv(), '--explain')).err,
    `bench: --explain: ${folder} was saved without its training texts (train.jsonl). Omit it, or save the model with its texts.\n`,
  );
  assert.equal((await predict('--model', folder, '--input', csv())).out, EXPECTED);
});

test('predict: a model of an older length than its encoder takes is refused', async () => {
  const folder = path.join(root, 'long');
  cpSync(head, folder, { recursive: true });
  changeRecord(folder, (record) => (record['maxLength'] = 50));
  assert.equal(
    (await predict('--model', folder, '--input', csv())).err,
    `bench: ${folder}: Its texts are cut after 50 tokens, and its encoder takes 40. Save the model again, or copy its folder again.\n`,
  );
});
