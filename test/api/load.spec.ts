import assert from 'node:assert/strict';
import path from 'node:path';
import { before, test } from 'node:test';
import { load, type Prediction, type TagPrediction } from '../../src/index.ts';
import { writeTinyClassifier } from '../classifiers/tiny-classifier.ts';
import { writeTinyTagger } from '../classifiers/tiny-tagger.ts';
import { temporaryFolder } from '../temporary.ts';
import { writeTinyEncoder } from '../tiny-encoder.ts';

const root = temporaryFolder();
const head = path.join(root, 'head');
const votes = path.join(root, 'votes');
const multi = path.join(root, 'multi');
const tagger = path.join(root, 'tagger');
before(async () => {
  await writeTinyTagger(tagger);
  await writeTinyClassifier(head);
  await writeTinyClassifier(votes, { kind: 'neighbours' });
  await writeTinyClassifier(multi, {
    kind: 'neighbours',
    multiLabel: true,
    labels: [[0], [0, 1], [1], [1], [], [2]],
    record: { temperature: 1 },
  });
});

const WORDS = ['who', 'what', 'where', 'is', 'the', 'abc', 'de', '?'];
/** Texts of all lengths, some of them more than once. */
const TEXTS = Array.from({ length: 700 }, (_, i) => Array.from({ length: i % 23 }, (_word, j) => WORDS[(i * 3 + j * j) % 8]).join(' '));

async function all<P extends Prediction | TagPrediction>(predictions: AsyncIterable<P>): Promise<P[]> {
  const found: P[] = [];
  for await (const prediction of predictions) found.push(prediction);
  return found;
}

test('load: predictions in the order of the texts', async () => {
  const model = await load(head, { top: 2, explain: 1 });
  try {
    assert.deepEqual([...model.classes], ['person', 'place', 'thing']);
    assert.equal(model.maxLength, 20);
    const [who, what] = await all(model.predict(['who is it?', 'what']));
    assert.deepEqual([who!.label, who!.top.length, who!.truncated, what!.label], ['person', 2, false, 'thing']);
    assert.equal(who!.top[0]!.confidence, who!.confidence);
    assert.deepEqual(
      who!.neighbours!.map(({ text, labels }) => [text, labels]),
      [['who is it?', ['person']]],
    );
  } finally {
    await model.close();
  }
});

test('load: sets of labels where a text may have several', async (t) => {
  const model = await load(multi);
  t.after(() => model.close());
  const [who, what] = await all(model.predict(['who', 'what']));
  assert.equal(model.multiLabel, true);
  assert.deepEqual(
    who!.labels!.map(({ label }) => label),
    ['person'],
  );
  assert.deepEqual(what!.labels, []);
});

for (const [kind, folder] of [
  ['head', () => head],
  ['votes', () => votes],
] as const) {
  test(`load: by ${kind}: the same to the last bit, one by one or together, in any batches and threads`, async () => {
    const options = { top: 3, explain: 2 };
    const together = await load(folder(), { ...options, threads: 2 });
    const alone = await load(folder(), { ...options, threads: 1, tokenBudget: 7 });
    try {
      const expected = await all(together.predict(TEXTS));
      assert.equal(expected.length, TEXTS.length);
      assert.deepEqual(await all(alone.predict(TEXTS)), expected);
      const some = TEXTS.slice(200, 230);
      for (const [i, text] of some.entries()) assert.deepEqual(await all(alone.predict([text])), [expected[200 + i]]);
      assert.deepEqual(await all(together.predict(TEXTS.toReversed())), expected.toReversed());
    } finally {
      await Promise.all([together.close(), alone.close()]);
    }
  });
}

test('load: texts that come one by one are answered one by one, and are not taken far ahead', async (t) => {
  const model = await load(head);
  t.after(() => model.close());
  let taken = 0;
  const answers: string[] = [];
  const texts = (async function* () {
    for (const text of ['who', 'what', 'where']) {
      assert.equal(answers.length, taken++);
      yield text;
      while (answers.length < taken) await new Promise((resolve) => setTimeout(resolve, 5));
    }
  })();
  for await (const { label } of model.predict(texts)) answers.push(label);
  assert.deepEqual(answers, ['person', 'thing', 'place']);
  let given = 0;
  const endless = (function* () {
    for (;;) yield `who ${given++}`;
  })();
  for await (const { label } of model.predict(endless)) {
    assert.ok(label.length > 0);
    break;
  }
  assert.ok(given < 20_000, `${given} texts were taken`);
});

test('load: several at once, each in its order', async (t) => {
  const model = await load(head);
  t.after(() => model.close());
  const parts = [TEXTS.slice(0, 300), TEXTS.slice(300, 500), TEXTS.slice(500)];
  const expected = await all(model.predict(TEXTS));
  assert.deepEqual((await Promise.all(parts.map((part) => all(model.predict(part))))).flat(), expected);
});

test('load: a model of words tags those of sentences, in their order', async () => {
  const [wide, narrow] = [await load(tagger, { threads: 2 }), await load(tagger, { threads: 1, tokenBudget: 7 })];
  try {
    assert.deepEqual([wide.task, wide.maxLength, [...wide.classes]], ['token-classification', 20, ['B-LOC', 'B-PER', 'I-PER', 'O']]);
    const sentences = TEXTS.map((text) => (text === '' ? [] : text.split(' ')));
    const found: TagPrediction[] = await all(wide.predictTags(sentences));
    assert.deepEqual(
      found.map(({ tags, confidences }) => [tags.length, confidences.length]),
      sentences.map(({ length }) => [length, length]),
    );
    assert.deepEqual(await all(narrow.predictTags(sentences)), found);
    const later = (async function* () {
      for (const sentence of sentences.slice(50, 60)) yield sentence;
    })();
    assert.deepEqual(await all(narrow.predictTags(later)), found.slice(50, 60));
    const [{ tags, confidences, truncated, ...rest }] = (await all(wide.predictTags([['who', '\uFE0F']]))) as [TagPrediction];
    assert.deepEqual([tags[1], confidences[1], truncated, rest], ['O', null, false, {}]);
    assert.ok(confidences[0]! > 0 && confidences[0]! <= 1);
  } finally {
    await Promise.all([wide.close(), narrow.close()]);
  }
});

test('load: what texts throw is thrown behind the predictions before it', async (t) => {
  const model = await load(head);
  t.after(() => model.close());
  const found: string[] = [];
  const texts = (async function* () {
    yield 'who';
    await Promise.resolve();
    throw new Error('the source has ended');
  })();
  await assert.rejects(
    async () => {
      for await (const { label } of model.predict(texts)) found.push(label);
    },
    { message: 'the source has ended' },
  );
  assert.deepEqual(found, ['person']);
  assert.equal((await all(model.predict(['what'])))[0]!.label, 'thing');
});

test('load: a signal ends it with its reason', async (t) => {
  const controller = new AbortController();
  const model = await load(head, { signal: controller.signal });
  t.after(() => model.close());
  await assert.rejects(
    async () => {
      for await (const _prediction of model.predict(
        (function* () {
          for (let i = 0; ; i++) yield `who ${i}`;
        })(),
      ))
        controller.abort(new Error('enough'));
    },
    { message: 'enough' },
  );
});

/** Inputs that are refused. */
const WRONG: readonly (readonly [string, () => Promise<unknown>, string])[] = [
  ['no folder', () => load(path.join(root, 'none')), `${path.join(root, 'none')}: Folder not found. Give a folder saved by \`finetune\`.`],
  [
    'an encoder',
    () => load(writeTinyEncoder(path.join(root, 'encoder'))),
    `${path.join(root, 'encoder')}: It has no classifier.json: an encoder alone cannot classify. Give a folder saved by \`finetune\`.`,
  ],
  [
    'an unknown option',
    () => load(head, { tops: 1 } as object),
    'tops: Unknown option. Did you mean "top"? Options: top, explain, threads, device, tokenBudget, signal.',
  ],
  ['more classes than there are', () => load(head, { top: 4 }), 'top: The model has 3 classes, fewer than 4.'],
  ['no number', () => load(head, { top: 0 }), 'top: It takes a whole number of at least 1, got 0.'],
  [
    'a text for texts',
    async () => (await load(head)).predict('who'),
    'texts: It takes an iterable of strings, got "who". For a single one write [text].',
  ],
  [
    'a number among the texts',
    async () => all((await load(head)).predict(['who', 3 as unknown as string])),
    'texts[1]: It is not a string (3).',
  ],
  [
    'tags of a model of texts',
    async () => (await load(head)).predictTags([['who', 'is']]),
    'predictTags: The model reads texts; it does not tag words. Call predict.',
  ],
  [
    'classes of a model of words',
    async () => (await load(tagger)).predict(['who is']),
    'predict: The model tags words; it does not classify texts. Call predictTags.',
  ],
  [
    'numbers of a model of words',
    async () => (await load(tagger)).predictNumbers(['who is']),
    'predictNumbers: The model tags words; it does not classify texts. Call predictTags.',
  ],
  [
    'words for a model of texts',
    async () => all((await load(head)).predict([['who', 'is']] as unknown as string[])),
    'texts[0]: It is not a string (["who","is"]).',
  ],
  [
    'texts for a model of words',
    async () => all((await load(tagger)).predictTags(['who is'] as unknown as string[][])),
    'sentences[0]: It is not a list of words ("who is"). Split the text into words as in the model\'s training data.',
  ],
  [
    'a text for sentences',
    async () => (await load(tagger)).predictTags('who' as unknown as string[][]),
    'sentences: It takes an iterable of lists of words, got "who".',
  ],
  [
    'a number among words',
    async () => all((await load(tagger)).predictTags([['who', 3 as unknown as string]])),
    'sentences[0][1]: It is not a string (3).',
  ],
  ['several tags a word', () => load(tagger, { top: 2 }), 'top: It is for texts, but the model tags words. Omit it.'],
  ['explained words', () => load(tagger, { explain: 2 }), 'explain: It is for texts, but the model tags words. Omit it.'],
];

for (const [name, call, message] of WRONG) {
  test(`load: ${name} is refused`, () => assert.rejects(call, { name: 'HarnessError', message }));
}

test('load: a closed model says so; closing twice is nothing', async () => {
  const model = await load(head);
  await model.close();
  await model.close();
  assert.throws(() => model.predict(['who']), { message: 'predict: The model is closed. Load it again.' });
});
