import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { finetune, load, type TagPrediction } from '../../src/index.ts';
import { conll } from '../../src/datasets/readers/conll.ts';
import { writeTinyClassifier } from '../classifiers/tiny-classifier.ts';
import { writeTinyTagger } from '../classifiers/tiny-tagger.ts';
import { ownOracle } from '../oracles.ts';
import { temporaryFolder } from '../temporary.ts';
import { writeTinyEncoder } from '../tiny-encoder.ts';
import { bench, MAIN, startBench } from './bench.ts';

/** `bench predict` with models of words. */

const root = temporaryFolder();
const cache = path.join(root, 'cache');
const model = path.join(root, 'head');
const votes = path.join(root, 'votes');
/** Parts of speech: O is not one of its tags. */
const parts = path.join(root, 'parts');
const texts = path.join(root, 'texts');
before(async () => {
  await writeTinyTagger(model);
  await writeTinyTagger(votes, { kind: 'neighbours' });
  await writeTinyTagger(parts, { tags: ['NOUN', 'PROPN', 'VERB', 'X'] });
  await writeTinyClassifier(texts);
});

let files = 0;
function written(content: string | Buffer, ending: string): string {
  const file = path.join(root, `input-${files++}.${ending}`);
  writeFileSync(file, content);
  return file;
}

const predict = (...args: string[]) => bench(['predict', '--quiet', ...args], { cache });

/** Predictions of the model for sentences, by `load`. */
async function tagsOf(folder: string, sentences: readonly (readonly string[])[]): Promise<TagPrediction[]> {
  const loaded = await load(folder);
  try {
    const found: TagPrediction[] = [];
    for await (const prediction of loaded.predictTags(sentences)) found.push(prediction);
    return found;
  } finally {
    await loaded.close();
  }
}

const CONLL = '-DOCSTART- O\n\n# id = 1 x\nwho O\nabc B-PER\nde I-PER\n\n\nxyz O\n\n# the end of it\n';

test('predict tags: columns as they are, with one more: comments, empty lines, boundaries of documents', async () => {
  const input = written(CONLL, 'conll');
  const { status, out, err } = await predict('--model', model, '--input', input);
  assert.deepEqual({ status, err }, { status: 0, err: '' });
  assert.equal(out, '-DOCSTART- O O\n\n# id = 1 x\nwho O O\nabc B-PER B-PER\nde I-PER I-PER\n\n\nxyz O B-LOC\n\n# the end of it\n');
  // The output is read again, its last column the tags.
  const lines = out.split('\n').map((text, i) => ({ text, number: i + 1 }));
  assert.deepEqual(
    [...conll({ lines, file: { name: 'out' } })].map(({ tags }) => tags),
    [['O', 'B-PER', 'I-PER'], ['B-LOC']],
  );
});

/** Inputs in columns, and the output of the entity model for them. */
const COLUMNS: readonly (readonly [string, string | Buffer, string, readonly string[]])[] = [
  ['tabs', 'who\tO\nab c\tO\n\n', 'who\tO\tO\nab c\tO\tB-PER\n\n', []],
  ['blanks and tabs between columns, and at their ends', 'who  O\n abc \t B-PER \n', 'who  O O\n abc \t B-PER B-PER\n', []],
  ['words alone', 'who\nabc\n', 'who O\nabc B-PER\n', []],
  ['CRLF', 'who O\r\nabc B-PER\r\n\r\n', 'who O O\r\nabc B-PER B-PER\r\n\r\n', []],
  ['no newline at its end', 'who O\nabc B-PER', 'who O O\nabc B-PER B-PER\n', []],
  ['a byte order mark', '\uFEFFwho O\n', 'who O O\n', []],
  ['old Macs', 'who O\rabc B-PER\r', 'who O O\nabc B-PER B-PER\n', []],
  ['UTF-16', Buffer.from('\uFEFFwho O\n', 'utf16le'), 'who O O\n', []],
  ['words in another column', '1\twho\n2\tabc\n', '1\twho\tO\n2\tabc\tB-PER\n', ['--text-column', '2']],
  ['words "#" and a comment of as many columns', '# x\nwho O\n# O\n\n# O\nabc O\n', '# x\nwho O O\n# O O\n\n# O O\nabc O B-PER\n', []],
  ['words without a sub-token', 'who O\n\uFE0F O\n', 'who O O\n\uFE0F O O\n', []],
  ['lines of blanks between sentences', 'who O\n \t\nabc O\n', 'who O O\n \t\nabc O O\n', []],
];

for (const [name, content, expected, flags] of COLUMNS) {
  test(`predict tags: ${name}`, async () => {
    const { status, out, err } = await predict('--model', model, '--input', written(content, 'conll'), ...flags);
    assert.equal(status, 0, err);
    assert.equal(out.replace(/^# O \S+$/gm, '# O O'), expected);
  });
}

test('predict tags: gzip, and endings that people give such files', async () => {
  const expected = 'who O O\n';
  assert.equal((await predict('--model', model, '--input', written(gzipSync('who O\n'), 'iob2.gz'))).out, expected);
  assert.equal((await predict('--model', model, '--input', written('who O\n', 'bio'))).out, expected);
  assert.equal((await predict('--model', model, '--input', written('who O\n', 'txt'), '--input-format', 'conll')).out, expected);
});

const line = (id: string, form: string, misc = '_') => `${id}\t${form}\t_\tNOUN\t_\t_\t_\t_\t_\t${misc}`;

test('predict tags: CoNLL-U keeps its ten columns, ranges and empty nodes; the tag is in MISC', async () => {
  const input = written(
    ['# text = who abc', line('1-2', 'whoabc'), line('1', 'who', 'SpaceAfter=No'), line('2', 'abc'), line('2.1', 'de'), '', '# end'].join(
      '\n',
    ),
    'conllu',
  );
  const expected = (name: string, [who, abc]: readonly string[]) =>
    [
      '# text = who abc',
      line('1-2', 'whoabc'),
      line('1', 'who', `SpaceAfter=No|${name}=${who}`),
      line('2', 'abc', `${name}=${abc}`),
      line('2.1', 'de'),
      '',
      '# end',
      '',
    ].join('\n');
  assert.deepEqual(await predict('--model', model, '--input', input), { status: 0, err: '', out: expected('Tag', ['O', 'B-PER']) });
  const again = written(expected('Tag', ['O', 'B-PER']), 'conllu');
  assert.equal(
    (await predict('--model', model, '--input', again)).err,
    `bench: ${again}:3: A word of the sentence already has Tag= in MISC. Rename the new attribute: --prefix Predicted.\n`,
  );
  assert.equal((await predict('--model', model, '--input', again, '--prefix', 'Second')).status, 0);
  // A word without a prediction.
  const { out, err } = await predict('--model', parts, '--input', written(`${line('1', '\uFE0F')}\n`, 'conllu'), '--label-column', 'upos');
  assert.equal(out, `${line('1', '\uFE0F')}\n`);
  assert.match(err, /: 1 word without a sub-token has no tag\.\n.*accuracy 0\.0 \[0\.0, 0\.0\]\.$/m);
});

test('predict tags: JSON keeps its rows, empty lists and numbers as they stand', async () => {
  const input = written('{"n": 1.0, "text": ["who", "\\ufe0f"]}\n{"text": []}\n', 'jsonl');
  const [
    {
      confidences: [who],
    },
  ] = (await tagsOf(model, [['who', '\uFE0F']])) as [TagPrediction];
  const rounded = Number(who!.toFixed(6));
  const { out, err } = await predict('--model', model, '--input', input);
  assert.equal(
    out,
    `{"n": 1.0, "text": ["who", "\\ufe0f"],"tags":["O","O"],"confidences":[${rounded},null]}\n{"text": [],"tags":[],"confidences":[]}\n`,
  );
  assert.equal(err, `${input}: 1 word without a sub-token is given O.\n`);
  const list = written('[{"tokens": ["who"]}]', 'json');
  const named = await predict('--model', model, '--input', list, '--text-column', 'tokens', '--prefix', 'p_');
  assert.match(named.out, /^\{"tokens":\["who"\],"p_tags":\["O"\],"p_confidences":\[0\.\d+\]\}\n$/);
  // Of columns the words, and the tags that were given.
  const columns = await predict(
    '--model',
    model,
    '--input',
    written(CONLL, 'conll'),
    '--label-column',
    '2',
    '--out',
    path.join(root, 'columns.jsonl'),
  );
  assert.equal(columns.status, 0, columns.err);
  assert.deepEqual(
    readFileSync(path.join(root, 'columns.jsonl'), 'utf8')
      .split('\n')
      .map((each) => each.replace(/,"confidences.*/, '')),
    [
      '{"words":["who","abc","de"],"label":["O","B-PER","I-PER"],"tags":["O","B-PER","I-PER"]',
      '{"words":["xyz"],"label":["O"],"tags":["B-LOC"]',
      '',
    ],
  );
});

test('predict tags: Parquet with all of its columns, labels by the names of its metadata', async () => {
  const input = path.join(import.meta.dirname, '../../../test/datasets/fixtures/words.parquet');
  const out = path.join(root, 'parquet.jsonl');
  const { status, err } = await predict(
    '--model',
    model,
    '--input',
    input,
    '--text-column',
    'tokens',
    '--label-column',
    'ner',
    '--out',
    out,
  );
  assert.equal(status, 0, err);
  const rows = readFileSync(out, 'utf8')
    .trim()
    .split('\n')
    .map((each) => JSON.parse(each) as Record<string, unknown>);
  assert.deepEqual(rows[0]!['tokens'], ['Angela', 'Merkel', 'spoke']);
  assert.deepEqual(rows[0]!['ner'], [1, 2, 0]);
  assert.ok(rows.every(({ tokens, tags }) => (tokens as string[]).length === (tags as string[]).length));
  assert.match(err, /span F1 \(IOB2\)/);
});

const INPUTS =
  'Inputs are .conll, .conllu, and .jsonl, .json or .parquet with a column of lists of words (text formats as .gz too). Columns of another name: --input-format conll.';

/** Runs the command with input, piece by piece: the next once `seen` was written. */
async function fed(pieces: readonly { readonly text: string; readonly seen?: string }[], ...more: string[]) {
  const child = spawn(process.execPath, [MAIN, 'predict', '--quiet', '--model', model, '--input', '-', ...more], {
    env: { ...process.env, EMBEDDING_BENCH_CACHE: cache, NO_COLOR: '1' },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let [out, err] = ['', ''];
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  const closed = once(child, 'close');
  for (const { text, seen = '' } of pieces) {
    child.stdin.write(text);
    while (!out.includes(seen) && child.exitCode === null) await sleep(5);
  }
  child.stdin.end();
  const [status] = (await closed) as [number];
  return { status, out, err };
}

test('predict tags: standard input: JSON and CoNLL-U by their first bytes, columns where that is said', async () => {
  const json = await fed([{ text: '{"text":["who"]}\n' }]);
  assert.match(json.out, /^\{"text":\["who"\],"tags":\["O"\],"confidences":\[0\.\d+\]\}\n$/);
  assert.equal(json.err, 'standard input: It is read as JSON lines (--input-format jsonl).\n');
  const universal = await fed([{ text: `# text = who\n${line('1', 'who')}\n\n` }]);
  assert.deepEqual(universal, {
    status: 0,
    out: `# text = who\n${line('1', 'who', 'Tag=O')}\n\n`,
    err: 'standard input: It is read as CoNLL-U (--input-format conllu).\n',
  });
  // A sentence is answered once it is complete.
  const columns = await fed([{ text: '# a\nwho\n\n', seen: 'who O\n\n' }, { text: 'abc\n' }], '--input-format', 'conll');
  assert.deepEqual(columns, { status: 0, out: '# a\nwho O\n\nabc O\n', err: '' });
  const text = await fed([{ text: 'who is it\n' }]);
  assert.deepEqual([text.status, text.err], [2, `bench: standard input: Unknown format: neither JSON nor CoNLL-U. ${INPUTS}\n`]);
});

test('predict tags: scores against a column, with intervals over sentences; unknown tags count as wrong, and are said', async () => {
  const input = written('who O\nabc B-PER\nde I-PER\n\nxyz B-PER\nis B-MISC\n\nwhat WEIRD\n', 'conll');
  const out = path.join(root, 'scored.conll');
  const {
    status,
    err,
    out: printed,
  } = await predict('--model', model, '--input', input, '--label-column', '2', '--out', out, '--format', 'json');
  assert.equal(status, 0, err);
  const given = readFileSync(out, 'utf8')
    .split('\n')
    .filter((each) => each !== '')
    .map((each) => each.split(' ')[2]);
  assert.deepEqual(given, ['O', 'B-PER', 'I-PER', 'B-PER', 'O', 'O']);
  // Spans: two of two are correct, one is missed; words except O: three of four, and WEIRD is not a tag of the model.
  const [row] = (JSON.parse(printed) as { rows: Record<string, number | null>[] }).rows;
  assert.deepEqual(
    [
      row!['texts'],
      row!['words'],
      row!['words_without_vector'],
      row!['labelled'],
      row!['unlabelled'],
      row!['unknown'],
      row!['span_f1'],
      row!['micro_f1_no_o'],
      row!['accuracy'],
      row!['micro_f1'],
    ],
    [3, 6, 0, 3, 0, 2, 80, 75, 66.67, null],
  );
  assert.match(
    err,
    new RegExp(`${path.basename(input)}: 2 words have tags that the model lacks, and count as errors: B-MISC \\(1\\), WEIRD \\(1\\)\\.`),
  );
  assert.match(
    err,
    /Scored against column "2" \(3 sentences, 6 words\), 95% CI over sentences: span F1 \(IOB2\) 80\.0 \[\d+\.\d, 100\.0\], micro-F1 without O 75\.0 \[\d+\.\d, 100\.0\], accuracy 66\.7 \[\d+\.\d, 100\.0\]\./,
  );
  const rows = written('{"text":["who"],"t":["O"]}\n{"text":["abc"],"t":null}\n{"text":["abc"]}\n', 'jsonl');
  const some = await predict('--model', model, '--input', rows, '--label-column', 't');
  assert.match(
    some.err,
    /2 of 3 sentences have no tags in column "t", and are not scored\.\nScored against column "t" \(1 sentence, 1 words\)/,
  );
});

test('predict tags: what the limit cuts off is O, and said', async () => {
  const input = written(`${['who', ...Array.from({ length: 20 }, () => 'abc')].join(' O\n')} O\n\nwho O\n`, 'conll');
  const { out, err } = await predict('--model', model, '--input', input);
  assert.equal(err, `${input}: 1 of 2 sentences are truncated at 20 tokens.\n${input}: 14 words beyond the length limit are given O.\n`);
  assert.equal(out.split('\n').length, 24);
});

const encoder = writeTinyEncoder(path.join(root, 'encoder'), { seed: 5 });
const corpus = path.join(root, 'corpus');
const WORDS = ['who', 'abc', 'xyz', 'is', 'the', 'de', 'def', 'zyx', 'what', '?'];
const TAGS: Readonly<Record<string, string>> = { abc: 'B-PER', de: 'I-PER', def: 'I-PER', xyz: 'B-LOC', zyx: 'B-LOC' };
const sentences = (count: number, seed: number) =>
  Array.from({ length: count }, (_, i) =>
    Array.from({ length: 2 + (i % 6) }, (_word, j) => WORDS[(i * seed + j * j + Math.floor(i / 7)) % WORDS.length]!),
  );
const columns = (all: readonly (readonly string[])[]) =>
  all.map((each) => `${each.map((word) => `${word} ${TAGS[word] ?? 'O'}\n`).join('')}\n`).join('');
mkdirSync(corpus);
writeFileSync(path.join(corpus, 'train.conll'), columns(sentences(40, 3)));
writeFileSync(path.join(corpus, 'test.conll'), columns(sentences(15, 7)));

test('predict tags: a frozen encoder, by the votes of words, as `bench run` scores it', async () => {
  const settings = ['--k', '3', '--metric', 'cosine', '--word-pooling', 'mean'];
  const run = await bench(
    [
      'run',
      '--quiet',
      '--model',
      encoder,
      '--dataset',
      corpus,
      '--protocol',
      'fit-train',
      '--pooling',
      'mean',
      ...settings,
      '--out',
      path.join(root, 'run'),
      '--format',
      'json',
    ],
    { cache },
  );
  assert.equal(run.status, 0, run.err);
  const row = (JSON.parse(run.out) as { rows: Record<string, unknown>[] }).rows.find(({ split }) => split === 'test')!;
  const out = path.join(root, 'frozen.conll');
  const test_ = path.join(corpus, 'test.conll');
  const {
    status,
    err,
    out: printed,
  } = await predict(
    '--model',
    encoder,
    '--dataset',
    corpus,
    '--input',
    test_,
    '--label-column',
    '2',
    ...settings,
    '--out',
    out,
    '--format',
    'json',
  );
  assert.equal(status, 0, err);
  const [done] = (JSON.parse(printed) as { rows: Record<string, unknown>[] }).rows;
  for (const score of ['span_f1', 'micro_f1_no_o', 'accuracy']) assert.equal(done![score], row[score], score);
  assert.match(err, /words of its train sentences vote, 40 of 55; those of dev and test do not\./);
  assert.match(err, /Temperature \d+\.\d\d, fitted by leave-one-sentence-out on \d+ train words: expected calibration error/);
  // An input without tags is not scored.
  const bare = await predict(
    '--model',
    encoder,
    '--dataset',
    corpus,
    '--label-column',
    '2',
    '--input',
    written('who\n', 'conll'),
    ...settings,
  );
  assert.equal(bare.status, 0, bare.err);
  assert.doesNotMatch(bare.err, /[Ss]core/);
  assert.match(bare.out, /^who O\n$/);
});

test('predict tags: a trained model, from the training to the scores of its test set', { timeout: 120_000 }, async () => {
  const save = path.join(root, 'trained');
  const { rows } = await finetune(
    { encoders: [`tiny=${ownOracle('bert-uncased')}`], datasets: [corpus], epochs: 2, batchSize: 8, lr: 3e-3, objective: ['classic'] },
    { cache, save },
  );
  const row = rows.find(({ objective, split }) => objective !== null && split === 'test')!;
  const out = path.join(root, 'trained.conll');
  const {
    status,
    err,
    out: printed,
  } = await predict('--model', save, '--input', path.join(corpus, 'test.conll'), '--label-column', '2', '--out', out, '--format', 'json');
  assert.equal(status, 0, err);
  const [done] = (JSON.parse(printed) as { rows: Record<string, unknown>[] }).rows;
  for (const score of ['span_f1', 'micro_f1_no_o', 'accuracy'] as const) assert.equal(done![score], row[score], score);
});

test('predict tags: killed, it ends with the same bytes and the same scores', { timeout: 60_000 }, async () => {
  const many = written(`# all\n\n${columns(sentences(40_000, 11))}# the end\n`, 'conll');
  const args = (out: string) => [
    'predict',
    '--quiet',
    '--model',
    model,
    '--input',
    many,
    '--label-column',
    '2',
    '--token-budget',
    '16',
    '--out',
    out,
  ];
  const whole = path.join(root, 'whole.conll');
  const expected = await bench(args(whole), { cache });
  assert.equal(expected.status, 0, expected.err);
  assert.ok(readFileSync(whole, 'utf8').endsWith('\n\n# the end\n'));
  const out = path.join(root, 'killed.conll');
  const running = startBench(args(out), { cache });
  const readOf = () =>
    existsSync(`${out}.part.json`) ? (JSON.parse(readFileSync(`${out}.part.json`, 'utf8')) as { read: number }).read : 0;
  while (readOf() === 0) await sleep(5);
  running.kill('SIGKILL');
  await running.ended;
  const last = readOf();
  assert.ok(last > 0 && last < 40_000, `it was killed behind sentence ${last}`);
  const { status, err } = await bench(args(out), { cache });
  assert.equal(status, 0, err);
  assert.ok(err.startsWith(`${out}: resuming interrupted run after row ${last}.\n`), err);
  assert.equal(/Scored.*/.exec(err)![0], /Scored.*/.exec(expected.err)![0]);
  assert.ok(readFileSync(out).equals(readFileSync(whole)));
});

test('predict tags: sentences that cannot be used are refused by their lines, or left out and said', async () => {
  const input = written('who O\nabc\n\nde O\n\nx y z\n', 'conll');
  const refused = await predict('--model', model, '--input', input);
  assert.equal(
    refused.err,
    `bench: ${input}: 2 of 3 rows are invalid: line 2 (The line has one column, the first row (line 1) has 2), line 6 (The line has 3 columns, the first row (line 1) has 2). ` +
      'Columns are separated by spaces: words that contain spaces need tabs. --skip-invalid skips them.\n',
  );
  const { status, out } = await predict('--model', model, '--input', input, '--skip-invalid');
  assert.deepEqual([status, out], [0, 'de O O\n\n']);
  const rows = written(
    '{"text":["who",3]}\n{"text":"who"}\n{"text":["a\\u0000"]}\n{"text":["who"],"t":["O","O"]}\n{"text":["who"]}\n',
    'jsonl',
  );
  const skipped = await predict('--model', model, '--input', rows, '--label-column', 't', '--skip-invalid');
  assert.equal(skipped.status, 0, skipped.err);
  assert.match(skipped.out, /^\{"text":\["who"\],"tags":\["O"\],"confidences":\[0\.\d+\]\}\n$/);
  assert.match(
    skipped.err,
    /4 of 5 rows skipped \(1 with an invalid word, 1 without a list of words, 1 with a NUL character, 1 with different numbers of tags and words\)/,
  );
});

const lastOf = (args: readonly string[], flag: string): string => args[args.indexOf(flag) + 1]!;

/** One-line errors. */
const REFUSED: readonly (readonly [string, () => readonly string[], string])[] = [
  [
    'a plain text',
    () => ['--input', written('who is it\n', 'txt')],
    `INPUT: The model tags words of sentences that come split into words, and texts are not split here. ${INPUTS}`,
  ],
  [
    'a table',
    () => ['--input', written('text\nwho\n', 'csv')],
    `INPUT: The model tags words of sentences that come split into words, and texts are not split here. ${INPUTS}`,
  ],
  [
    'texts in JSON',
    () => ['--input', written('{"text":"who is"}\n', 'jsonl')],
    'INPUT:1: Column "text" is "who is", not a list of words. --skip-invalid skips it.',
  ],
  [
    'a format of texts',
    () => ['--input', written('who\n', 'conll'), '--input-format', 'lines'],
    '--input-format: "lines" is not a valid value. It takes conll, conllu, jsonl, json, parquet.',
  ],
  ['an empty file', () => ['--input', written('', 'conll')], 'INPUT: It contains no sentence.'],
  ['comments alone', () => ['--input', written('# a\n# b\n\n', 'conllu')], 'INPUT: It contains no sentence.'],
  [
    'a missing column',
    () => ['--input', written('{"tokens":["who"]}\n', 'jsonl')],
    'INPUT:1: No column "text". Columns: tokens. Set the text column with --text-column.',
  ],
  [
    'a column of labels that is not there',
    () => ['--input', written('who O\n', 'conll'), '--label-column', '3'],
    'INPUT:1: No column 3: the line has 2. Columns are counted from 1: set the word column with --text-column and the tag column with --label-column.',
  ],
  [
    'labels of words alone',
    () => ['--input', written('who\n', 'conll'), '--label-column', 'label'],
    'INPUT:1: The line has one column, which holds the words. Omit the label column.',
  ],
  [
    'a name for columns without names',
    () => ['--input', written('who O\n', 'conll'), '--label-column', 'ner'],
    '--label-column: INPUT has unnamed columns, and "ner" is not a column number. Give a number from 1, or omit it if there are no tags.',
  ],
  [
    'no column of tags',
    () => ['--input', written(`${line('1', 'who')}\n`, 'conllu'), '--label-column', 'form'],
    '--label-column: INPUT is CoNLL-U, and "form" is not a tag column. Columns: lemma, upos, xpos, feats, head, deprel, deps, misc.',
  ],
  ['--top', () => ['--input', written('who O\n', 'conll'), '--top', '2'], '--top: MODEL tags words: one tag a word is written. Omit it.'],
  [
    '--explain',
    () => ['--input', written('who O\n', 'conll'), '--explain'],
    '--explain: MODEL tags words: words are not explained by others. Omit it.',
  ],
  [
    '--label-separator',
    () => ['--input', written('who O\n', 'conll'), '--label-separator', '|'],
    '--label-separator: MODEL tags words: each word has one tag. Omit it.',
  ],
  [
    '--text-pair-column',
    () => ['--input', written('who O\n', 'conll'), '--text-pair-column', '2'],
    '--text-pair-column: MODEL tags words: sentences are no pairs. Omit it.',
  ],
  [
    '--delimiter',
    () => ['--input', written('who O\n', 'conll'), '--delimiter', ';'],
    '--delimiter: MODEL tags words: no input of sentences has one. Omit it.',
  ],
  [
    'what the folder decides',
    () => ['--input', written('who O\n', 'conll'), '--word-pooling', 'last'],
    '--word-pooling: It is for a frozen encoder, and MODEL is a classifier, which has its own. Omit it.',
  ],
  [
    'a prefix where columns have no names',
    () => ['--input', written('who O\n', 'conll'), '--prefix', 'p_'],
    '--prefix: Columns of CoNLL have no names. Omit it.',
  ],
  [
    'a table of tags',
    () => ['--input', written('who O\n', 'conll'), '--out', path.join(root, 'tags.csv')],
    '--out: OUT would be a table, which has no lists of tags. Write JSON lines (.jsonl), or columns (.conll, .conllu) where the input is such.',
  ],
  [
    'another output',
    () => ['--input', written('who O\n', 'conll'), '--out', path.join(root, 'tags.txt')],
    '--out: Unsupported format: "tags.txt". Use .conll, .conllu or .jsonl.',
  ],
  [
    'columns of what has no lines',
    () => ['--input', written('{"text":["who"]}\n', 'jsonl'), '--out', path.join(root, 'tags.conll')],
    '--out: INPUT is not CoNLL, so its lines cannot be copied. Write JSON lines (.jsonl).',
  ],
  [
    'CoNLL-U as CoNLL',
    () => ['--input', written(`${line('1', 'who')}\n`, 'conllu'), '--out', path.join(root, 'tags.conll')],
    '--out: INPUT is not CoNLL, so its lines cannot be copied. Write .conllu, or JSON lines (.jsonl).',
  ],
  [
    'a key that is there',
    () => ['--input', written('{"text":["who"],"tags":["O"]}\n', 'jsonl')],
    'INPUT:1: It already has a column "tags". Rename the new columns: --prefix predicted_.',
  ],
  [
    'words not in their order',
    () => ['--input', written(`${line('2', 'who')}\n`, 'conllu')],
    'INPUT:1: The word has ID "2", expected 1. --skip-invalid skips it.',
  ],
  [
    'a tag that columns cannot have',
    () => ['--model', odd, '--input', written('who O\n', 'conll')],
    '--out: The tag "B LOC|X" of the model cannot be written in a column of INPUT. Write JSON lines (.jsonl).',
  ],
];
const odd = path.join(root, 'odd');
before(() => writeTinyTagger(odd, { tags: ['B LOC|X', 'B PER', 'I-PER', 'O'] }));

for (const [name, args, message] of REFUSED) {
  test(`predict tags: ${name}: one line, nothing written`, async () => {
    const given = args();
    const { status, out, err } = await predict(...(given.includes('--model') ? [] : ['--model', model]), ...given);
    const expected = message
      .replaceAll('INPUT', lastOf(given, '--input'))
      .replace('MODEL', model)
      .replace('OUT', given.includes('--out') ? lastOf(given, '--out') : '');
    assert.equal(err, `bench: ${expected}\n`);
    assert.deepEqual([status, out], [2, '']);
  });
}

test('predict tags: a model of texts refuses sentences, and options of words', async () => {
  const input = written('who O\n', 'conll');
  assert.match((await predict('--model', texts, '--input', input)).err, /It has tagged words, not texts to classify\./);
  const labelled = written('text,label\nwho,a\nwhat,b\nis,a\n', 'csv');
  const frozen = await predict(
    '--model',
    encoder,
    '--dataset',
    labelled,
    '--k',
    '1',
    '--input',
    written('text\nwho\n', 'csv'),
    '--word-pooling',
    'mean',
  );
  assert.match(frozen.err, /--word-pooling: It is for words that have tags, and .* has none\. Omit it\./);
  const pooled = await predict('--model', encoder, '--dataset', corpus, '--input', input, '--pooling', 'cls');
  assert.match(pooled.err, /--pooling: It is for vectors of texts, and corpus has tags of words\. Omit it, or use --word-pooling\./);
});
