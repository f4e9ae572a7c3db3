import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { readTensors } from '../../src/tensors/tensor-file.ts';
import { hasClassifier, readClassifier } from '../../src/classifiers/read-classifier.ts';
import { InferenceSession, Tensor } from '../../src/graph/runtime.ts';
import { openTokenizer } from '../../src/encoders/tokenizers/open-tokenizer.ts';
import { middle } from '../../src/statistics/quantile.ts';
import { bench } from '../bench/bench.ts';
import { temporaryFolder } from '../temporary.ts';
import { SAVED_KINDS, SAVED_ROWS, saveModel, type SavedKind } from './saved-models.ts';

/** Regression and pair models, from the training to the prediction. */

const root = temporaryFolder();
const held = SAVED_ROWS.filter(({ split }) => split === 'test');
const input = path.join(root, 'test.jsonl');
writeFileSync(input, held.map((row) => JSON.stringify(row)).join('\n'));
const cache = path.join(root, 'cache');

/** The logits of the folder's graph, as any other program computes them. */
async function logitsOf(folder: string, pairs: boolean, limit: number): Promise<number[][]> {
  const session = await InferenceSession.create(path.join(folder, 'onnx', 'model.onnx'));
  const tokenizer = await openTokenizer(folder);
  assert.equal(session.inputNames.includes('token_type_ids'), pairs);
  const found: number[][] = [];
  for (const { a, b } of held) {
    const tokens = pairs ? tokenizer.encodePair(a, b, limit) : { ...tokenizer.encode(a, limit), types: Int32Array.of() };
    const tensor = (values: Iterable<number>) => new Tensor('int64', BigInt64Array.from(values, BigInt), [1, tokens.ids.length]);
    const feeds: Record<string, Tensor> = {
      input_ids: tensor(tokens.ids),
      attention_mask: tensor(tokens.ids.map(() => 1)),
      ...(pairs && { token_type_ids: tensor(tokens.types) }),
    };
    const { logits } = await session.run(feeds, ['logits']);
    found.push([...(logits!.data as Float32Array)]);
  }
  await session.release();
  return found;
}

for (const kind of SAVED_KINDS as readonly SavedKind[]) {
  const { name, pairs, numbers, apart = false } = kind;
  test(`number model: ${name} are saved, and predicted to the test scores of the training`, async () => {
    const { folder: save, rows: trained } = await saveModel({ kind, root, labelColumn: 'number' });
    assert.ok(hasClassifier(save));
    const { record, head } = await readClassifier(save);
    assert.deepEqual(
      [record.kind, record.pairs, head?.bias.length],
      [numbers ? 'regression' : 'head', pairs ? true : undefined, apart ? undefined : numbers ? 1 : 2],
    );
    const config = JSON.parse(readFileSync(path.join(save, 'config.json'), 'utf8')) as Record<string, unknown>;
    if (!apart) assert.equal(config['problem_type'], numbers ? 'regression' : 'single_label_classification');
    if (numbers && !apart) assert.deepEqual([config['num_labels'], config['id2label']], [1, { 0: 'number' }]);

    const out = path.join(root, `${name}.jsonl`);
    const flags = [
      '--model',
      save,
      '--input',
      input,
      '--text-column',
      'a',
      ...(pairs ? ['--text-pair-column', 'b'] : []),
      '--label-column',
      numbers ? 'number' : 'class',
      '--out',
      out,
    ];
    const { status, err: stderr } = await bench(['predict', ...flags], { cache });
    assert.equal(status, 0, stderr);
    const predicted = readFileSync(out, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, number | string>);
    const logits = apart ? [] : await logitsOf(save, pairs, record.maxLength!);
    const row = trained.find(({ objective, split }) => objective !== null && split === 'test')!;
    if (!numbers) {
      assert.deepEqual(
        predicted.map(({ label }) => label),
        logits.map(([first, second]) => record.classes[first! >= second! ? 0 : 1]),
      );
      const right = predicted.filter(({ label }, i) => label === held[i]!.class).length;
      assert.ok(Math.abs((100 * right) / held.length - row.accuracy!) < 0.01);
      return;
    }
    for (const [i, { prediction, low, high }] of predicted.entries()) {
      assert.ok(apart || Math.abs((prediction as number) - logits[i]![0]!) < 1e-3, `${prediction} is not the logit ${logits[i]?.[0]}`);
      const { residuals } = record;
      assert.ok(
        Math.abs((low as number) - (prediction as number) - residuals!.low) < 1e-3 &&
          Math.abs((high as number) - (prediction as number) - residuals!.high) < 1e-3,
      );
    }
    const mae = predicted.reduce((sum, { prediction }, i) => sum + Math.abs((prediction as number) - held[i]!.number), 0) / held.length;
    assert.ok(Math.abs(mae - row.mae!) < 1e-2, `${mae}, ${row.mae}`);
    assert.match(stderr, /Scored against column "number" \(14 rows\), 95% CI: Spearman [-\d.]+ \[/);
    assert.match(stderr, /% of these numbers are between low and high\./);
    assert.match(
      readFileSync(path.join(save, 'README.md'), 'utf8'),
      apart
        ? /The number is [\d.]+ \+ [\d.]+ × the cosine of the two texts' vectors/
        : /The single logit is the number, in the unit of the targets/,
    );
  });
}

test('number model: the head is the trained one with mean and deviation folded in', async () => {
  const save = path.join(root, 'numbers-of-single-texts');
  const tensors = await readTensors(path.join(save, 'head.safetensors'));
  assert.deepEqual([...tensors.keys()].toSorted(), ['head.bias', 'head.weight']);
  const mean = SAVED_ROWS.filter(({ split }) => split === 'train').reduce((sum, { number }) => sum + number, 0) / 32;
  assert.ok(Math.abs(tensors.get('head.bias')![0]! - mean) < 15, 'near the mean of train');
});

test('number model: no text of train goes into the folder of a model of pairs where a program says so', async () => {
  const place = temporaryFolder();
  const { folder } = await saveModel({ kind: SAVED_KINDS[2], root: place, texts: false });
  assert.ok(hasClassifier(folder) && !existsSync(path.join(folder, 'train.jsonl')));
});

test('number model: residuals are the middle nine tenths', () => {
  const { low, high } = middle(
    Float64Array.from({ length: 101 }, (_, i) => i),
    0.9,
  );
  assert.ok(Math.abs(low - 5) < 1e-9 && Math.abs(high - 95) < 1e-9);
});

async function refused(...flags: string[]): Promise<string> {
  const { status, err } = await bench(['predict', '--input', input, '--text-column', 'a', ...flags], { cache });
  assert.notEqual(status, 0);
  return err;
}

test('number model: what does not fit the model is refused by name', async () => {
  const [single, pair] = [path.join(root, 'numbers-of-single-texts'), path.join(root, 'numbers-of-pairs')];
  assert.match(
    await refused('--model', pair),
    /--text-pair-column: .* reads pairs of texts, and no column of second texts is named\. Name it\./,
  );
  assert.match(await refused('--model', single, '--text-pair-column', 'b'), /reads single texts, and a second column is named\. Omit it\./);
  assert.match(await refused('--model', single, '--top', '2'), /--top: The model predicts numbers, which have no classes/);
  assert.match(await refused('--model', single, '--explain'), /--explain: The model predicts numbers, and keeps no train texts/);
});
