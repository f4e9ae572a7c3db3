import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { before, test } from 'node:test';
import { load, type LoadedModel, type NumberPrediction, type Prediction, type TextPair } from '../../src/index.ts';
import { changeRecord } from '../classifiers/tiny-classifier.ts';
import { SAVED_KINDS, SAVED_ROWS, saveModel } from '../classifiers/saved-models.ts';
import { bench } from '../bench/bench.ts';
import { temporaryFolder } from '../temporary.ts';

/** Saved regression and pair models, through the API. */

const root = temporaryFolder();
const [single, pairs, classes, cosines] = SAVED_KINDS.map(({ name }) => path.join(root, name.replaceAll(' ', '-'))) as [
  string,
  string,
  string,
  string,
];
before(async () => {
  for (const kind of SAVED_KINDS) await saveModel({ kind, root });
});

const TEXTS = [...SAVED_ROWS.map(({ a }) => a), '', 'river '.repeat(300)];
const PAIRS: readonly TextPair[] = [
  ...SAVED_ROWS.map(({ a, b }) => ({ first: a, second: b })),
  { first: '', second: '' },
  { first: 'noon', second: 'river '.repeat(300) },
];

async function all<P>(predictions: AsyncIterable<P>): Promise<P[]> {
  const found: P[] = [];
  for await (const prediction of predictions) found.push(prediction);
  return found;
}

/** Output of `bench predict` for the same inputs. */
async function predicted(model: string, rows: readonly object[], ...flags: string[]): Promise<Record<string, unknown>[]> {
  const input = path.join(root, 'input.jsonl');
  writeFileSync(input, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  const { out, err, status } = await bench(['predict', '--quiet', '--model', model, '--input', input, ...flags], {
    cache: path.join(root, 'cache'),
  });
  assert.equal(status, 0, err);
  return out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

const rounded = (value: number | undefined): number => Number(value!.toPrecision(7));

const OF_NUMBERS: readonly (readonly [string, string, readonly (string | TextPair)[]])[] = [
  ['single texts', single, TEXTS],
  ['pairs', pairs, PAIRS],
  ['pairs that are read apart', cosines, PAIRS],
];
for (const [name, folder, inputs] of OF_NUMBERS) {
  test(`load: numbers of ${name}, with their interval, as \`bench predict\` writes them`, async (t) => {
    const model = await load(folder);
    t.after(() => model.close());
    const { task, pairs: ofPairs, classes: none, multiLabel, interval, maxLength } = model;
    assert.deepEqual(
      { task, ofPairs, none, multiLabel, interval },
      { task: 'regression', ofPairs: name !== 'single texts', none: [], multiLabel: false, interval: { share: 0.9, texts: 14 } },
    );
    const found: NumberPrediction[] = await all(model.predictNumbers(inputs));
    const rows = inputs.map((input) => (typeof input === 'string' ? { text: input } : { text: input.first, second: input.second }));
    const expected = await predicted(folder, rows, ...(name !== 'single texts' ? ['--text-pair-column', 'second'] : []));
    assert.deepEqual(
      found.map(({ value, low, high }) => [value, low, high].map(rounded)),
      expected.map(({ prediction, low, high }) => [prediction, low, high]),
    );
    assert.deepEqual([found.at(-2)!.truncated, found.at(-1)!.truncated, maxLength], [false, true, 32]);
    // In any batches and threads, together and alone.
    const other = await load(folder, { threads: 1, tokenBudget: 7 });
    t.after(() => other.close());
    assert.deepEqual(await all(other.predictNumbers(inputs.toReversed())), found.toReversed());
    assert.deepEqual(await all(other.predictNumbers(later(inputs.slice(3, 4)))), found.slice(3, 4));
  });
}

async function* later<T>(items: readonly T[]): AsyncGenerator<T> {
  for (const item of items) {
    await Promise.resolve();
    yield item;
  }
}

test('load: a model of numbers without residuals gives numbers without an interval', async (t) => {
  const { residuals } = JSON.parse(readFileSync(path.join(single, 'classifier.json'), 'utf8')) as { readonly residuals: unknown };
  changeRecord(single, (record) => delete record['residuals']);
  t.after(() => changeRecord(single, (record) => (record['residuals'] = residuals)));
  const model = await load(single);
  t.after(() => model.close());
  assert.equal(model.interval, undefined);
  const [one] = await all(model.predictNumbers(['river']));
  assert.deepEqual(Object.keys(one!).toSorted(), ['truncated', 'value']);
});

test('load: classes of pairs, with their probabilities, and the nearest pairs of train', async (t) => {
  const model = await load(classes, { top: 2, explain: 1 });
  t.after(() => model.close());
  const { task, pairs: ofPairs, classes: names, interval } = model;
  assert.deepEqual(
    { task, ofPairs, names, interval },
    { task: 'classification', ofPairs: true, names: ['other', 'same'], interval: undefined },
  );
  const found: Prediction[] = await all(model.predict(PAIRS));
  const expected = await predicted(
    classes,
    PAIRS.map(({ first, second }) => ({ text: first, second })),
    '--text-pair-column',
    'second',
    '--top',
    '2',
    '--explain',
    '1',
  );
  assert.deepEqual(
    found.map(({ label, confidence, top, neighbours }) => [label, Number(confidence.toFixed(6)), top[1]!.label, neighbours![0]!.text]),
    expected.map(({ label, confidence, label_2: second, neighbour_1: neighbour }) => [label, confidence, second, neighbour]),
  );
  for (const {
    top: [a, b],
  } of found)
    assert.ok(Math.abs(a!.confidence + b!.confidence - 1) < 1e-12);
  assert.equal(found[0]!.neighbours![0]!.text, `${PAIRS[0]!.first} | ${PAIRS[0]!.second}`);
});

const whole = (open: (model: LoadedModel) => AsyncIterable<unknown>, folder: () => string) => async () => {
  const model = await load(folder());
  try {
    await all(open(model));
  } finally {
    await model.close();
  }
};
const wrong = (value: unknown) => value as string;

const WRONG: readonly (readonly [string, () => Promise<unknown>, string])[] = [
  [
    'a single text for a model of pairs',
    whole(
      (model) => model.predictNumbers(['who']),
      () => pairs,
    ),
    'texts[0]: It is a single text ("who"), but the model reads pairs. Give { first, second }, both strings.',
  ],
  [
    'the same among pairs of classes',
    whole(
      (model) => model.predict([PAIRS[0]!, 'who']),
      () => classes,
    ),
    'texts[1]: It is a single text ("who"), but the model reads pairs. Give { first, second }, both strings.',
  ],
  [
    'a list for a pair',
    whole(
      (model) => model.predict([wrong(['a', 'b'])]),
      () => classes,
    ),
    'texts[0]: It is not a pair of strings (["a","b"]). Give { first, second }, both strings.',
  ],
  [
    'a pair without its second text',
    whole(
      (model) => model.predict([wrong({ first: 'a' })]),
      () => classes,
    ),
    'texts[0]: It is not a pair of strings ({"first":"a"}). Give { first, second }, both strings.',
  ],
  [
    'nothing for a pair',
    whole(
      (model) => model.predict([wrong(null)]),
      () => classes,
    ),
    'texts[0]: It is not a pair of strings (null). Give { first, second }, both strings.',
  ],
  [
    'a pair for a model of single texts',
    whole(
      (model) => model.predictNumbers(later([{ first: 'a', second: 'b' }])),
      () => single,
    ),
    'texts[0]: It is a pair ({"first":"a","second":"b"}), but the model reads single texts. Give a string.',
  ],
  [
    'one pair, and no list of them',
    whole(
      (model) => model.predict({ first: 'a', second: 'b' } as never),
      () => classes,
    ),
    'texts: It takes an iterable of pairs, got {"first":"a","second":"b"}. For a single one write [pair].',
  ],
  [
    'one text for pairs',
    whole(
      (model) => model.predict('who'),
      () => classes,
    ),
    'texts: It takes an iterable of pairs, got "who".',
  ],
  [
    'classes of a model of numbers',
    whole(
      (model) => model.predict(['who']),
      () => single,
    ),
    'predict: The model predicts numbers, not classes. Call predictNumbers.',
  ],
  [
    'numbers of a model of classes',
    whole(
      (model) => model.predictNumbers([PAIRS[0]!]),
      () => classes,
    ),
    'predictNumbers: The model predicts classes, not numbers. Call predict.',
  ],
  [
    'the most probable classes of numbers',
    () => load(single, { top: 2 }),
    'top: The model predicts numbers, which have no classes. Omit it.',
  ],
  [
    'neighbours of numbers',
    () => load(single, { explain: 1 }),
    'explain: The model predicts numbers, and stores no training texts. Omit it.',
  ],
];

for (const [name, call, message] of WRONG) {
  test(`load: ${name} is refused`, () => assert.rejects(call, { name: 'HarnessError', code: 'OPTION', message }));
}
