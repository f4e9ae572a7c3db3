import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import '../../src/graph/telemetry.ts'; // transformers.js loads onnxruntime
import { env, pipeline } from '@huggingface/transformers';
import { finetune } from '../../src/index.ts';
import { headLogits } from '../../src/classifiers/head.ts';
import { probabilities } from '../../src/classifiers/probabilities.ts';
import { readClassifier } from '../../src/classifiers/read-classifier.ts';
import type { ClassifierRecord } from '../../src/classifiers/record.ts';
import { embedWords } from '../../src/embed/embed-words.ts';
import { VectorStore } from '../../src/embed/store.ts';
import { encodeWords } from '../../src/encoders/encode-words.ts';
import { openEncoder, type Encoder } from '../../src/encoders/encoder.ts';
import { InferenceSession, Tensor } from '../../src/graph/runtime.ts';
import { packageRoot } from '../../src/home.ts';
import { matrix, row } from '../../src/numeric/matrix.ts';
import { outcomesOf, predictionsFile, readPredictions } from '../../src/results/predictions.ts';
import { resultKey } from '../../src/results/merge.ts';
import { readRows } from '../../src/results/csv.ts';
import type { TagOutcomes } from '../../src/statistics/outcomes.ts';
import { readSafetensors } from '../../src/tensors/read-safetensors.ts';
import { bench } from '../bench/bench.ts';
import { TAGGED_SENTENCES, writeTagged } from '../experiment/tagged-sentences.ts';
import { ownOracle } from '../oracles.ts';
import { temporaryFolder } from '../temporary.ts';

/** The folder of a trained tagger, as read by this program and others. */

env.allowRemoteModels = false;
const root = temporaryFolder();
const at = (...names: string[]): string => path.join(root, ...names);
const file = writeTagged(at('tags.jsonl'));
const modules = at('node_modules');
mkdirSync(path.join(modules, '@huggingface'), { recursive: true });
symlinkSync(
  path.join(packageRoot(), 'node_modules', '@huggingface', 'transformers'),
  path.join(modules, '@huggingface', 'transformers'),
  'junction',
);

const python = process.env['PYTHON'] ?? 'python3';
const LIBRARIES = 'onnxruntime, numpy, tokenizers';
const noPython = spawnSync(python, ['-c', `import ${LIBRARIES}`]).status === 0 ? false : `${python} (PYTHON) has no ${LIBRARIES}`;

/** Texts that the cards' code classifies. */
const CARD_WORDS = ['A', 'sentence', 'of', 'words', '.'];

interface Kind {
  readonly name: string;
  readonly encoder: string;
  readonly prompt?: string;
  readonly objective?: 'classic' | 'prototypes' | 'cea';
  /** transformers.js has a class for it. */
  readonly opens?: boolean;
}

const KINDS = [
  { name: 'bert', encoder: 'bert-uncased' },
  { name: 'roberta', encoder: 'roberta' },
  { name: 'bert-prompt', encoder: 'bert-uncased', prompt: 'a river - ' },
  { name: 'roberta-prompt', encoder: 'roberta', prompt: 'the old: ' },
  { name: 'roberta-prototypes', encoder: 'roberta', objective: 'prototypes' },
  { name: 'deberta', encoder: 'deberta-v2' },
  { name: 'distilbert', encoder: 'distilbert' },
  { name: 'modernbert', encoder: 'modernbert' },
  { name: 'albert', encoder: 'albert', opens: false },
] as const satisfies readonly Kind[];

/** Trains, and saves into the folder of its name. */
async function train({ name, encoder, prompt, objective = 'classic' }: Kind): Promise<void> {
  const folder = at(`encoder-${encoder}`);
  if (!existsSync(folder)) cpSync(ownOracle(encoder), folder, { recursive: true });
  await finetune(
    {
      encoders: [`tiny=${folder}`],
      datasets: [file],
      textColumn: 'words',
      labelColumn: 'tags',
      splitColumn: 'split',
      epochs: 2,
      batchSize: 8,
      lr: 5e-3,
      maxLength: 26,
      objective: [objective],
      ...(prompt !== undefined && { prompts: [prompt] }),
    },
    { cache: at('cache'), out: at(`out-${name}`), save: at(name), threads: 1 },
  );
}

const TEST = TAGGED_SENTENCES.filter(({ split }) => split === 'test').map(({ words }) => words);

function openSaved(folder: string, { prompt, maxLength }: ClassifierRecord): Promise<Encoder> {
  return openEncoder({
    name: 'saved',
    folder,
    onnx: undefined,
    revision: '',
    maxLength: maxLength!,
    prompt: prompt === undefined ? { kind: 'none' } : { kind: 'text', text: prompt.text },
  });
}

/** Logits of each word of sentences, from the saved weights and the head: those of the graph are not used. */
async function headLogitsOf(
  folder: string,
  sentences: readonly (readonly string[])[],
): Promise<{ record: ClassifierRecord; logits: Float64Array[] }> {
  const { record, head } = await readClassifier(folder);
  const encoder = await openSaved(folder, record);
  const spec = { word: 'first', layers: [encoder.depth], combine: 'one' } as const;
  const vectors = await (
    await embedWords({ encoder, sentences, specs: [spec], store: new VectorStore(temporaryFolder(), assert.fail), threads: 1 })
  ).load(spec);
  return { record, logits: Array.from({ length: vectors.rows }, (_, i) => headLogits(head!, matrix(1, vectors.cols, row(vectors, i)))) };
}

/** The same from the folder's graph, or change one, of a word's first sub-token. */
async function graphLogitsOf(
  folder: string,
  sentences: readonly (readonly string[])[],
  graph = path.join(folder, 'onnx', 'model.onnx'),
): Promise<Float32Array[]> {
  const { record } = await readClassifier(folder);
  const encoder = await openSaved(folder, record);
  const session = await InferenceSession.create(graph);
  const found: Float32Array[] = [];
  for (const words of sentences) {
    const { ids, spans } = encodeWords(encoder, words);
    const tensor = (values: Iterable<number>) => new Tensor('int64', BigInt64Array.from(values, BigInt), [1, ids.length]);
    const { logits } = await session.run({ input_ids: tensor(ids), attention_mask: tensor(ids.map(() => 1)) }, ['logits']);
    assert.deepEqual(logits!.dims, [1, ids.length, record.classes.length]);
    for (const i of words.keys())
      found.push((logits!.data as Float32Array).slice(spans[2 * i]! * record.classes.length, (spans[2 * i]! + 1) * record.classes.length));
  }
  await session.release();
  return found;
}

const largest = (numbers: ArrayLike<number>): number =>
  Array.from(numbers).reduce((best, value, i, all) => (value > all[best]! ? i : best), 0);

/** Blocks of a card's code by their titles. */
function blocksOf(folder: string): Map<string, string> {
  const card = readFileSync(path.join(folder, 'README.md'), 'utf8');
  return new Map([...card.matchAll(/^(.+):\n\n```\w+\n([^]*?)\n```$/gm)].map(([, title, code]) => [title!, code!]));
}

function runs(command: string, args: readonly string[], cwd: string): string[][] {
  const { status, stdout, stderr } = spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, HF_HUB_OFFLINE: '1', ORT_DISABLE_TELEMETRY: '1' },
  });
  assert.equal(status, 0, stderr);
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => line.split(' '));
}

writeFileSync(at('sentences.conll'), `${CARD_WORDS.join('\n')}\n`);
writeTagged(
  at('test.jsonl'),
  TAGGED_SENTENCES.filter(({ split }) => split === 'test'),
);

/** Checks that `bench predict` of a folder has the test scores of its training. */
async function assertScores(name: string): Promise<void> {
  const flags = [
    '--model',
    at(name),
    '--input',
    at('test.jsonl'),
    '--text-column',
    'words',
    '--label-column',
    'tags',
    '--prefix',
    'predicted_',
    '--out',
    at(`${name}.jsonl`),
  ];
  const { status, err } = await bench(['predict', ...flags, '--offline'], { cache: at('cache') });
  assert.equal(status, 0, err);
  const { rows } = await readRows(path.join(at(`out-${name}`), 'results.csv'));
  const trained = rows.find(({ split, objective }) => split === 'test' && objective !== '')!;
  const [, span, accuracy] = /span F1 \(IOB2\) ([\d.]+) .*accuracy ([\d.]+) /.exec(err)!;
  assert.ok(
    Math.abs(Number(span) - Number(trained.span_f1)) < 0.06 && Math.abs(Number(accuracy) - Number(trained.accuracy)) < 0.06,
    `${err}${trained.span_f1} ${trained.accuracy}`,
  );
}

const PIPELINE = 'Browser or Node, with transformers.js, which splits a text into words itself and tags each sub-token';

for (const kind of KINDS) {
  const { name, opens = true } = kind as Kind;
  const folder = at(name);

  test(`tag model: ${name}: the graph's logits are those of the trained head, and its tags those of the results`, async () => {
    await train(kind);
    const { record, logits } = await headLogitsOf(folder, TEST);
    const graph = await graphLogitsOf(folder, TEST);
    assert.equal(graph.length, TEST.flat().length);
    for (const [i, own] of logits.entries())
      for (const [tag, value] of own.entries())
        assert.ok(Math.abs(value - graph[i]![tag]!) < 1e-4, `word ${i}: ${graph[i]![tag]}, not ${value}`);
    const { rows } = await readRows(path.join(at(`out-${name}`), 'results.csv'));
    const trained = rows.find(({ split, objective }) => split === 'test' && objective !== '')!;
    const where = predictionsFile(at(`out-${name}`), 'tags');
    const { predicted, tags } = outcomesOf(await readPredictions(where), resultKey(trained), where) as TagOutcomes;
    assert.deepEqual(
      graph.map((own) => record.classes[largest(own)]),
      Array.from(predicted, (tag) => tags[tag]),
    );
  });

  test(`tag model: ${name}: files say what other programs ask`, () => {
    const config = JSON.parse(readFileSync(path.join(folder, 'config.json'), 'utf8')) as {
      architectures?: string[];
      id2label: Record<string, string>;
      problem_type?: string;
    };
    const { classes, words } = JSON.parse(readFileSync(path.join(folder, 'classifier.json'), 'utf8')) as ClassifierRecord;
    assert.deepEqual([Object.values(config.id2label), config.problem_type, words], [classes, undefined, 'first']);
    if (opens) assert.match(config.architectures![0]!, /ForTokenClassification$/);
    assert.deepEqual(
      readdirSync(folder).filter((each) => each.startsWith('train.')),
      [],
    );
    const { tensors } = readSafetensors(readFileSync(path.join(folder, 'model.safetensors')), name);
    assert.ok([...tensors.keys()].every((tensor) => !/^(?:head|prototypes)\./.test(tensor)));
    const card = readFileSync(path.join(folder, 'README.md'), 'utf8');
    assert.match(card, /^pipeline_tag: token-classification$/m);
    assert.match(card, /^\| test \| always O \| 0\.0 /m);
    assert.match(
      card,
      /^- Sentences are truncated to 26 tokens, special tokens included: \d+ of the 84 sentences of the dataset were longer\.$/m,
    );
    assert.doesNotMatch(card.replaceAll(/^```\w+\n[^]*?\n```$/gm, ''), /\btexts?\b(?! (?:into|classification))/, card);
    assert.equal(blocksOf(folder).has(PIPELINE), opens);
  });

  test(`tag model: ${name}: the command line, as the card has it, gives the tags of the head; of test it scores what the training did`, async () => {
    const [, ...command] = blocksOf(folder).get('Command line')!.split(' ');
    const { status, err } = await bench([...command, '--overwrite', '--quiet', '--offline'], { cache: at('cache'), cwd: root });
    assert.equal(status, 0, err);
    const { record, logits } = await headLogitsOf(folder, [CARD_WORDS]);
    const lines = readFileSync(at('tagged.conll'), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => line.split(/[\t ]/));
    assert.deepEqual(
      lines.map((line) => [line[0], line.at(-1)]),
      CARD_WORDS.map((word, i) => [word, record.classes[largest(logits[i]!)]]),
    );
    await assertScores(name);
  });

  test(`tag model: ${name}: Python, as the card has it`, { skip: noPython }, async () => {
    const { record, logits } = await headLogitsOf(folder, [CARD_WORDS]);
    const said = runs(python, ['-c', blocksOf(folder).get('Python, with onnxruntime and tokenizers')!], folder);
    assert.deepEqual(
      said.map(([word]) => word),
      CARD_WORDS,
    );
    for (const [i, [, tag, probability]] of said.entries()) {
      const expected = probabilities(logits[i]!, { temperature: record.temperature, multiLabel: false });
      assert.equal(tag, record.classes[largest(expected)]);
      assert.ok(
        Math.abs(Number(probability) - Math.max(...expected)) < 1e-5,
        `${CARD_WORDS[i]}: ${probability}, not ${Math.max(...expected)}`,
      );
    }
  });

  test(
    `tag model: ${name}: the pipeline of transformers.js, as the card has it`,
    { skip: opens ? false : 'it has no such class' },
    async () => {
      const place = JSON.stringify(`/models/${name}`);
      const code = blocksOf(folder).get(PIPELINE)!;
      assert.ok(code.includes(place), code);
      writeFileSync(at('card.mjs'), code.replace(place, JSON.stringify(folder)));
      const said = runs(process.execPath, [at('card.mjs')], root);
      const tag = await pipeline('token-classification', folder, { dtype: 'fp32' });
      const [, text] = /await tag\((".*?"), \{/.exec(code)!;
      const found = (await tag(JSON.parse(text!) as string, { ignore_labels: [] })) as unknown as {
        entity: string;
        score: number;
        index: number;
      }[];
      assert.deepEqual(
        said.map((line) => line.at(-2)),
        found.map(({ entity }) => entity),
      );
      const { record, logits } = await headLogitsOf(folder, [CARD_WORDS]);
      const { spans } = encodeWords(await openSaved(folder, record), CARD_WORDS);
      let compared = 0;
      for (const [i, expected] of logits.entries()) {
        // The pipeline drops tokens without letters, such as a standalone SentencePiece mark.
        const first = found.find(({ index }) => index === spans[2 * i]);
        if (first === undefined) continue;
        compared++;
        assert.equal(first.entity, record.classes[largest(expected)], CARD_WORDS[i]);
        const uncalibrated = Math.max(...probabilities(expected, { temperature: 1, multiLabel: false }));
        assert.ok(Math.abs(first.score - uncalibrated) < 1e-4, `${CARD_WORDS[i]}: ${first.score}, not ${uncalibrated}`);
      }
      assert.ok(compared === CARD_WORDS.length || (name === 'deberta' && compared > 0), `${compared} words`);
    },
  );
}

test('tag model: an export in 8 bits keeps the logits of tokens, and its card names the file', async () => {
  for (const name of ['bert', 'roberta']) {
    const { status, err } = await bench(['export', '--model', at(name), '--dtype', 'q8', '--out', at(`${name}-q8`)], {
      cache: at('cache'),
    });
    assert.equal(status, 0, err);
    const graph = readdirSync(at(`${name}-q8`, 'onnx'));
    assert.deepEqual(graph, ['model_quantized.onnx']);
    const [whole, quantised] = [
      await graphLogitsOf(at(name), TEST),
      await graphLogitsOf(at(name), TEST, at(`${name}-q8`, 'onnx', graph[0]!)),
    ];
    const off = whole.map((own, i) => Math.max(...own.map((value, tag) => Math.abs(value - quantised[i]![tag]!))));
    assert.ok(Math.max(...off) < 0.1, `off by ${Math.max(...off)}`);
    assert.ok(
      blocksOf(at(`${name}-q8`))
        .get('Python, with onnxruntime and tokenizers')!
        .includes('onnx/model_quantized.onnx'),
    );
    const tag = await pipeline('token-classification', at(`${name}-q8`), { dtype: 'q8' });
    const said = (await tag('river salt', { ignore_labels: [] })) as unknown as { entity: string }[];
    assert.ok(said.length > 0 && said.every(({ entity }) => ['O', 'B-place', 'I-place', 'B-thing'].includes(entity)));
  }
});

test('tag model: words that vote are vectors and tags of train, without a text; the graph has no logits', async () => {
  await train({ name: 'near', encoder: 'roberta', objective: 'cea' });
  const record = JSON.parse(readFileSync(at('near', 'classifier.json'), 'utf8')) as ClassifierRecord;
  assert.deepEqual([record.kind, record.words], ['neighbours', 'first']);
  const words = TAGGED_SENTENCES.filter(({ split }) => split === 'train').flatMap(({ tags }) => tags);
  const { tensors } = readSafetensors(readFileSync(at('near', 'train.safetensors')), 'train');
  assert.deepEqual(tensors.get('vectors')!.shape[0], words.length);
  assert.deepEqual(
    Array.from(tensors.get('labels')!.data as Int32Array, (tag) => record.classes[tag]),
    words,
  );
  assert.deepEqual([existsSync(at('near', 'train.jsonl')), existsSync(at('near', 'head.safetensors'))], [false, false]);
  const session = await InferenceSession.create(at('near', 'onnx', 'model.onnx'));
  assert.ok(!session.outputNames.includes('logits'));
  await session.release();
  const card = readFileSync(at('near', 'README.md'), 'utf8');
  assert.match(card, /for k-NN classification with the 5 nearest training words on the first sub-token of each word/);
  assert.match(card, /^- nearest-neighbours$|^ {2}- nearest-neighbours$/m);
  assert.match(card, /^- This folder contains no sentences of the dataset, only vectors and tags of the training set\.$/m);
  assert.deepEqual([...blocksOf(at('near')).keys()], ['Command line']);
  await assertScores('near');
});
