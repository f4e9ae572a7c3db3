import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { choose, finetune, run, type ResultRow } from '../../src/index.ts';
import { resultKey } from '../../src/results/merge.ts';
import { readRows } from '../../src/results/csv.ts';
import { parseCurves, type CurveRow } from '../../src/results/curves.ts';
import { outcomesOf, predictionsFile, readPredictions } from '../../src/results/predictions.ts';
import type { TagOutcomes } from '../../src/statistics/outcomes.ts';
import { macroTagScore, tagScores } from '../../src/tags/tag-outcomes.ts';
import { bench, startBench } from '../bench/bench.ts';
import { ownOracle } from '../oracles.ts';
import { noRedis, TestRedis } from '../redis.ts';
import { temporaryFolder } from '../temporary.ts';
import { retagged, TAGGED_SENTENCES, writeConll, writeTagged } from './tagged-sentences.ts';

/** Training on tags of words, from a file to a table. */

const root = temporaryFolder();
const at = (...names: string[]): string => path.join(root, ...names);
const tagged = writeTagged(at('tags.jsonl'));
const tables = { textColumn: 'words', labelColumn: 'tags', splitColumn: 'split' } as const;
const roberta = `tiny=${ownOracle('roberta')}`;
const quick = { encoders: [roberta], epochs: 2, batchSize: 8, lr: 1e-2, dropout: 0, maxLength: 32 } as const;
const common = { ...quick, ...tables, datasets: [tagged] } as const;
/** Nothing is reused from an earlier run. */
const fresh = (name: string) => ({ cache: at(`cache-${name}`), out: at(`out-${name}`), threads: 1 });
const FILES = ['results.csv', 'results.md', 'training.csv'];
const contentOf = (folder: string): Record<string, string> =>
  Object.fromEntries(FILES.map((name) => [name, readFileSync(path.join(folder, name), 'utf8')]));
const curvesOf = (folder: string): readonly CurveRow[] =>
  parseCurves({ text: readFileSync(path.join(folder, 'training.csv'), 'utf8'), file: 'training.csv' });
const wordsOf = (split: string): number => TAGGED_SENTENCES.filter((each) => each.split === split).flatMap(({ words }) => words).length;
const trainedOf = (rows: readonly ResultRow[], split: string): ResultRow =>
  rows.find((row) => row.objective !== null && row.split === split)!;

function percent(fraction: number | undefined): string {
  return fraction === undefined ? '' : (100 * fraction).toFixed(2);
}

/** Checks that the file of predictions gives the scores of every row. */
async function assertPredictions(folder: string, dataset: string): Promise<void> {
  const file = predictionsFile(folder, dataset);
  const predictions = await readPredictions(file);
  const { rows } = await readRows(path.join(folder, 'results.csv'));
  for (const row of rows) {
    const outcomes = outcomesOf(predictions, resultKey(row), file) as TagOutcomes;
    assert.equal(outcomes.kind, 'tags');
    const scores = tagScores(outcomes);
    assert.deepEqual(
      [row.n, row.accuracy, row.span_f1, row.micro_f1_no_o, row.macro_f1, row.micro_f1],
      [
        String(scores.n),
        percent(scores.accuracy),
        percent(scores.spanF1),
        percent(scores.withoutOutside?.microF1),
        percent(macroTagScore(scores)),
        '',
      ],
    );
  }
}

test('train tags: spans are learnt by a head, and scored with intervals, next to the frozen encoder', async () => {
  const where = fresh('spans');
  const { rows } = await finetune({ ...common, epochs: 10 }, where);
  assert.deepEqual(
    rows.map(({ objective, protocol, split, task, pooling, layers, word_pooling: word, words_without_vector: lost, n }) => [
      objective,
      protocol,
      split,
      task,
      pooling,
      layers,
      word,
      lost,
      n,
    ]),
    [
      ['fit-train', null],
      ['head', 'classic'],
    ].flatMap(([protocol, objective]) =>
      ['dev', 'test', 'train'].map((split) => [
        objective,
        protocol,
        split,
        'token-classification',
        'word',
        'last',
        'first',
        0,
        wordsOf(split),
      ]),
    ),
  );
  for (const row of rows) {
    assert.equal(row.micro_f1, null);
    assert.ok(row.span_f1_low! <= row.span_f1! && row.span_f1! <= row.span_f1_high!);
    assert.ok(row.micro_f1_no_o_low! <= row.micro_f1_no_o! && row.micro_f1_no_o! <= row.micro_f1_no_o_high!);
    assert.ok(row.accuracy_low! <= row.accuracy! && row.accuracy! <= row.accuracy_high!);
  }
  const [test_, frozen] = [trainedOf(rows, 'test'), rows.find((row) => row.objective === null && row.split === 'test')!];
  assert.ok(test_.span_f1! > frozen.span_f1! + 5 && test_.span_f1! > 75, `${test_.span_f1}, frozen ${frozen.span_f1}`);
  await assertPredictions(where.out, 'tags');

  // The epoch is the first with the best span F1 on dev, as in the curve.
  const curve = curvesOf(where.out);
  assert.deepEqual(
    curve.map(({ epoch, dev_micro_f1: micro }) => [epoch, micro]),
    Array.from({ length: 11 }, (_, epoch) => [String(epoch), '']),
  );
  const best = curve.slice(1).reduce((a, b) => (Number(b.dev_span_f1) > Number(a.dev_span_f1) ? b : a));
  const dev = trainedOf(rows, 'dev');
  assert.deepEqual(
    [String(dev.epoch), Number(best.dev_span_f1), Number(best.dev_micro_f1_no_o), Number(best.dev_accuracy), Number(best.dev_macro_f1)],
    [best.epoch, dev.span_f1, dev.micro_f1_no_o, dev.accuracy, dev.macro_f1],
  );
  assert.ok(Number(curve.at(-1)!.loss) < Number(curve[1]!.loss) / 2, 'it learns');

  // The same bytes whatever the threads; a completed run is read, not trained again.
  const other = fresh('spans-again');
  await finetune({ ...common, epochs: 10 }, { ...other, threads: 2 });
  assert.deepEqual(contentOf(other.out), contentOf(where.out));
  const lines: string[] = [];
  const again = await finetune(
    { ...common, epochs: 10 },
    { ...where, out: at('out-spans-cached'), onEvent: (event) => void (event.type === 'log' && lines.push(event.text)) },
  );
  assert.deepEqual(again.rows, rows);
  assert.deepEqual(contentOf(at('out-spans-cached')), contentOf(where.out));
  assert.ok(!lines.some((line) => /epoch/.test(line)), lines.join('\n'));
});

function scoresIn(rows: readonly ResultRow[]) {
  return rows.map(({ objective, split, n, accuracy, span_f1: span, micro_f1_no_o: micro }) => [objective, split, n, accuracy, span, micro]);
}

test('train tags: files in columns come to what JSON lines come to', async () => {
  mkdirSync(at('columns'));
  writeConll(at('columns'));
  const { rows } = await finetune({ ...quick, datasets: [at('columns')] }, fresh('columns'));
  const lines = await finetune(common, fresh('lines'));
  assert.deepEqual(scoresIn(rows), scoresIn(lines.rows));
  assert.deepEqual([rows[0]!.dataset, rows[0]!.label_field], ['columns', 'label']);
});

test('train tags: IOB1 comes to the span F1 of IOB2 that its tags say', async () => {
  writeTagged(
    at('iob1.jsonl'),
    retagged((tag, _, before) => (before?.slice(2) === tag.slice(2) ? tag : tag.replace('B-', 'I-'))),
  );
  const where = fresh('iob1');
  const { rows } = await finetune({ ...common, datasets: [at('iob1.jsonl')], objective: ['cea'] }, where);
  assert.ok(rows.every(({ span_f1: span }) => span !== null));
  await assertPredictions(where.out, 'iob1');
});

test('train tags: of plain tags the epoch is chosen by accuracy; with an O among them by micro-F1 without it', async () => {
  const kinds = [
    ['speech', (tag: string) => (tag === 'O' ? 'NOUN' : 'VERB'), 'dev_accuracy', ['span_f1', 'micro_f1_no_o']],
    ['plain', (tag: string) => tag.replace(/^[BI]-/, ''), 'dev_micro_f1_no_o', ['span_f1']],
  ] as const;
  for (const [name, tag, column, none] of kinds) {
    writeTagged(at(`${name}.jsonl`), retagged(tag));
    const where = fresh(name);
    const { rows } = await finetune({ ...common, datasets: [at(`${name}.jsonl`)], epochs: 4 }, where);
    for (const row of rows) for (const score of none) assert.equal(row[score], null);
    await assertPredictions(where.out, name);
    const curve = curvesOf(where.out);
    const best = curve.slice(1).reduce((a, b) => (Number(b[column]) > Number(a[column]) ? b : a));
    assert.equal(String(trainedOf(rows, 'test').epoch), best.epoch);
    assert.equal(best.dev_span_f1, '');
  }
});

test('train tags: chunks change no more than rounding', async () => {
  const [a, b] = [
    await finetune({ ...common, epochs: 1 }, fresh('whole')),
    await finetune({ ...common, epochs: 1, chunkTokens: 40 }, fresh('parts')),
  ];
  for (const [i, row] of a.rows.entries()) assert.ok(Math.abs(row.accuracy! - b.rows[i]!.accuracy!) < 0.7, `${row.objective} ${row.split}`);
});

test('train tags: objectives that compare vectors learn from words, with memories, prototypes and triplets', async () => {
  const objective = [
    'cea',
    'cea-all-negatives',
    'cea-memory',
    'cea-memory-all-negatives',
    'cea-mixed-memory',
    'cea-inverse',
    'cea-flipped',
    'supcon',
    'prototypes',
    'triplet',
  ] as const;
  const where = fresh('objectives');
  const { rows } = await finetune({ ...common, objective: [...objective] }, where);
  const tested = rows.filter(({ split, objective: own }) => split === 'test' && own !== null);
  assert.deepEqual(tested.map(({ objective: own }) => own).toSorted(), [...objective].toSorted());
  for (const row of tested) assert.equal(row.protocol, row.objective === 'prototypes' ? 'head' : 'fit-train', row.objective!);
  for (const { loss } of curvesOf(where.out).filter(({ epoch }) => epoch !== '0')) assert.ok(Number.isFinite(Number(loss)) && loss !== '');
  await assertPredictions(where.out, 'tags');
  const frozen = rows.find(({ split, objective: own }) => split === 'test' && own === null)!;
  assert.ok(
    tested.some(({ span_f1: span }) => span! > frozen.span_f1!),
    'some of them learn',
  );
});

test('train tags: several seeds are rows of their own, and tables have their mean', async () => {
  const where = fresh('seeds');
  const { rows } = await finetune({ ...common, seed: [1, 2, 3] }, where);
  const tested = rows.filter(({ split, objective }) => split === 'test' && objective !== null);
  assert.deepEqual(
    tested.map(({ seed }) => seed),
    [1, 2, 3],
  );
  assert.equal(new Set(tested.map(({ accuracy, span_f1: span }) => `${accuracy} ${span}`)).size > 1, true);
  assert.match(readFileSync(path.join(where.out, 'results.md'), 'utf8'), /± \d+\.\d\d \(3 seeds\)/);
});

test('train tags: run trains in addition to frozen words of other layers', async () => {
  const { rows } = await run(
    { encoders: [roberta], datasets: [tagged], ...tables, layers: 'all', maxLength: 32, finetune: { epochs: 1, batchSize: 8, lr: 1e-2 } },
    fresh('run'),
  );
  const kinds = new Set(
    rows.map(({ objective, protocol, pooling, layers }) => [objective ?? 'frozen', protocol, pooling, layers].join(' ')),
  );
  assert.ok(kinds.has('classic head word last'), [...kinds].join('\n'));
  assert.ok(kinds.has('frozen leave-one-sentence-out word 0') && kinds.has('frozen fit-train word last'));
});

const CLI = ['--dataset', tagged, '--text-column', 'words', '--label-column', 'tags', '--split-column', 'split'];
const TRAINED = ['--batch-size', '8', '--lr', '1e-2', '--max-length', '32', '--threads', '1', '--offline'];

test('train tags: a killed run resumes after its last complete epoch, to the same bytes', async () => {
  // With dropout, and a memory of vectors.
  const args = ['finetune', '--model', roberta, ...CLI, ...TRAINED, '--epochs', '5', '--objective', 'cea-memory', '--dropout', '0.1'];
  assert.equal((await bench([...args, '--out', at('straight')], { cache: at('cache-straight') })).status, 0);
  const killed = startBench([...args, '--out', at('killed')], { cache: at('cache-killed') });
  await killed.says(/epoch 2, loss [\d.]+, dev span F1 /);
  killed.kill('SIGKILL');
  await killed.ended;
  const { status, err } = await bench([...args, '--out', at('killed')], { cache: at('cache-killed') });
  assert.equal(status, 0, err);
  assert.match(err, /resuming interrupted run after epoch [234]\./);
  assert.deepEqual(contentOf(at('killed')), contentOf(at('straight')));
});

test('train tags: choose races two encoders by span F1, and saves the winner', async () => {
  const request = { ...common, encoders: [roberta, `other=${ownOracle('bert-uncased')}`], epochs: 2, seed: [1], budgetTexts: 8000 };
  const where = fresh('choose');
  const { rows, sentences } = await choose(request, { ...where, save: at('winner') });
  assert.ok(rows.every(({ objective }) => objective === 'classic'));
  assert.match(sentences[0]!, /^Fine-tune (?:tiny|other): \d+\.\d on test \[\d+\.\d, \d+\.\d\]/);
  const taken = rows.find(({ test: score }) => score !== null)!;
  assert.ok(taken.test_low! <= taken.test! && taken.test! <= taken.test_high!);
  const { rows: kept } = await readRows(path.join(where.out, 'results.csv'));
  assert.deepEqual(
    kept
      .filter(({ split, objective }) => split === 'test' && objective !== '')
      .map(({ encoder, span_f1: span }) => [encoder, Number(span)]),
    [[taken.encoder, taken.test]],
  );
  await assertPredictions(where.out, 'tags');
  const flags = [
    '--model',
    roberta,
    '--model',
    request.encoders[1]!,
    ...CLI,
    ...TRAINED,
    '--epochs',
    '2',
    '--dropout',
    '0',
    '--seed',
    '1',
    '--budget-texts',
    '8000',
  ];
  const { out: text, err } = await bench(['choose', ...flags, '--out', at('out-choose-cli')], { cache: where.cache });
  assert.ok(text.trimEnd().endsWith(sentences[0]!), err);
  assert.match(text, /^Span F1 on 12 sentences of dev, trained on parts of 48; test \(24 sentences\) was scored once, with the winner\.$/m);
  assert.match(text, /^Budget: 8000 passes of sentences; used: \d+, of which \d+ for the frozen scores\.$/m);
  assert.doesNotMatch(text, /\btexts\b/);
  assert.match(readFileSync(path.join(where.out, 'choose.csv'), 'utf8'), /^tags,(?:tiny|other),.*,chosen,/m);
  const record = JSON.parse(readFileSync(at('winner', 'classifier.json'), 'utf8')) as { words: string; classes: string[] };
  assert.deepEqual([record.words, record.classes.toSorted()], ['first', ['B-place', 'B-thing', 'I-place', 'O']]);
  // The same command reads completed results.
  assert.deepEqual((await choose(request, { ...where, save: at('winner') })).rows, rows);
});

test('train tags: report draws a page of such results, diff compares them by sentence', async () => {
  const [before, after] = [at('out-spans'), at('out-seeds')];
  const page = await bench(['report', before, '--quiet', '--offline'], { cache: at('cache-spans') });
  assert.equal(page.status, 0, page.err);
  const html = readFileSync(path.join(before, 'report', 'index.html'), 'utf8');
  assert.match(html, /dev_span_f1/);
  const shown = await bench(['show', '--out', before], { cache: at('cache-spans') });
  assert.equal(shown.status, 0, shown.err);
  assert.match(shown.out, /^Span F1 in percent.*in brackets: 95% CI over the sentences$/m);
  assert.match(shown.out, /^Words scored: tags \d+ train, \d+ dev and \d+ test\.$/m);
  const diff = await bench(['diff', before, after, '--format', 'json'], { cache: at('cache-spans') });
  assert.equal(diff.status, 0, diff.err);
  const { rows } = JSON.parse(diff.out) as { rows: { objective: string | null; state: string; score: string }[] };
  assert.ok(
    rows.some(({ objective }) => objective === 'classic'),
    diff.out,
  );
});

test(
  'train tags: workers train tags, and numbers, with the objective that suits them, to the bytes of one process',
  { skip: noRedis },
  async () => {
    const numbers = writeTagged(
      at('numbers.jsonl'),
      TAGGED_SENTENCES.map(({ words, split }) => ({ text: words.join(' '), number: words.length, split })) as never,
    );
    const redis = await TestRedis.start();
    const worker = startBench(['worker', '--queue', redis.url, '--threads', '1', '--lock-seconds', '2'], { cache: at('cache-worker') });
    try {
      await worker.says(/takes jobs from/);
      const kinds = [
        ['tags', CLI, 'classic'],
        [
          'numbers',
          ['--dataset', numbers, '--label-column', 'number', '--split-column', 'split', '--task', 'regression', '--pooling', 'mean'],
          'regression',
        ],
      ] as const;
      for (const [name, data, objective] of kinds) {
        const args = ['finetune', '--model', roberta, ...data, ...TRAINED, '--epochs', '2'];
        for (const flags of [
          ['--out', at(`alone-${name}`)],
          ['--out', at(`queued-${name}`), '--queue', redis.url],
        ]) {
          const { status, err } = await startBench([...args, ...flags], { cache: at(`cache-${flags.length}-${name}`) }).ended;
          assert.equal(status, 0, err);
        }
        assert.deepEqual(contentOf(at(`queued-${name}`)), contentOf(at(`alone-${name}`)));
        const { rows } = await readRows(path.join(at(`queued-${name}`), 'results.csv'));
        assert.deepEqual([...new Set(rows.map((row) => row.objective))], ['', objective]);
      }
    } finally {
      worker.kill('SIGKILL');
      await worker.ended;
      await redis.end();
    }
  },
);
