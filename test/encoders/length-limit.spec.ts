import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { openEncoder } from '../../src/encoders/encoder.ts';
import { exportedPositions, lengthLimit, tablePositions, type LengthLimit } from '../../src/encoders/length-limit.ts';
import { temporaryFolder } from '../temporary.ts';
import { writeTinyCheckpoint, TINY_CONFIG } from '../tiny-checkpoint.ts';
import { tinyModel, writeTinyEncoder } from '../tiny-encoder.ts';
import { writeTinyTokenizer } from '../tiny-tokenizer.ts';

const root = temporaryFolder();
let count = 0;
async function limit(files: Record<string, unknown>): Promise<number> {
  return (await limitOf(files)).tokens;
}

async function limitOf(files: Record<string, unknown>): Promise<LengthLimit> {
  const folder = path.join(root, String(count++));
  mkdirSync(folder);
  for (const [name, value] of Object.entries(files))
    writeFileSync(path.join(folder, name), typeof value === 'string' ? value : JSON.stringify(value));
  return lengthLimit({ folder, positions: () => exportedPositions({ folder, graph: tinyModel().graph! }) });
}

const config = { 'config.json': { model_type: 'bert', max_position_embeddings: 300 } };
const tokenizer = { 'tokenizer_config.json': { model_max_length: 200 } };

test('length limit: sentence_bert_config.json, then tokenizer_config.json, then config.json, then the position table', async () => {
  assert.equal(await limit({ ...config, ...tokenizer, 'sentence_bert_config.json': { max_seq_length: 100 } }), 100);
  assert.equal(await limit({ ...config, ...tokenizer }), 200);
  assert.equal(await limit(config), 300);
  assert.equal(await limit({}), 40);
});

test("length limit: arguments of a sentence encoder's tokenizer come first, and each name of its file counts", async () => {
  assert.equal(
    await limit({
      ...config,
      ...tokenizer,
      'sentence_bert_config.json': { max_seq_length: 100, tokenizer_args: { model_max_length: 90 } },
    }),
    90,
  );
  assert.equal(await limit({ ...config, ...tokenizer, 'sentence_xlm-roberta_config.json': { max_seq_length: 100 } }), 100);
  assert.equal(await limit({ ...config, ...tokenizer, 'sentence_bert_config.json': { max_seq_length: null } }), 200);
});

test("length limit: the least of what the tokenizer and the positions say, under the tokenizer's older word too", async () => {
  assert.equal(await limit({ ...config, 'tokenizer_config.json': { model_max_length: 400 } }), 300);
  assert.equal(await limit({ ...config, 'tokenizer_config.json': { max_len: 200 } }), 200);
  assert.equal(await limit({ ...config, 'tokenizer_config.json': { model_max_length: null, max_len: 200 } }), 300);
});

function wrong(file: string, key: string, shown: string): object {
  return {
    code: 'FORMAT',
    message: new RegExp(`/${file}: ${key}: Expected a length in tokens, got ${shown}\\. Correct the file, or download it again\\.`),
  };
}

test('length limit: a length that is none is refused', async () => {
  for (const [value, shown] of [
    [0, '0'],
    [-1, '-1'],
    [2.5, '2\\.5'],
    ['512', '"512"'],
    [true, 'true'],
    [[], '\\[\\]'],
  ] as const) {
    await assert.rejects(
      limit({ 'tokenizer_config.json': { model_max_length: value } }),
      wrong('tokenizer_config.json', 'model_max_length', shown),
    );
    await assert.rejects(
      limit({ 'sentence_bert_config.json': { max_seq_length: value } }),
      wrong('sentence_bert_config.json', 'max_seq_length', shown),
    );
  }
});

test('length limit: a number that means "none" is passed over', async () => {
  assert.equal(await limit({ ...config, 'tokenizer_config.json': { model_max_length: 1e30 } }), 300);
});

test('length limit: positions that RoBERTa never uses do not count', async () => {
  assert.equal(await limit({ 'config.json': { model_type: 'roberta', max_position_embeddings: 514 } }), 512);
  assert.equal(await limit({ 'config.json': { model_type: 'longformer', pad_token_id: 0, max_position_embeddings: 514 } }), 513);
  assert.equal(await limit({ 'config.json': { model_type: 'mpnet', pad_token_id: 0, max_position_embeddings: 514 } }), 512);
});

test('length limit: a config that is not JSON is said', async () => {
  await assert.rejects(limit({ 'config.json': '{' }), {
    code: 'FORMAT',
    message: /config\.json: This is not JSON \(.*\)\. Download it again\.$/,
  });
});

test('length limit: a table of relative positions is no position table', () => {
  const graph = tinyModel().graph!;
  assert.equal(tablePositions(graph, undefined), 40);
  const positions = graph.initializer.find(({ dims }) => dims[0] === 40n)!;
  positions.dims = [40n, 2n];
  assert.equal(tablePositions(graph, undefined), undefined);
});

const NOTE = (published: number) =>
  `It takes up to ${published} tokens. Texts are truncated to 512 tokens; change this with \`maxLength\`.`;
const positions = (published: number) => ({ 'config.json': { model_type: 'qwen3', max_position_embeddings: published } });

for (const [what, files, tokens, note] of [
  ['exactly 8192', positions(8192), 8192, undefined],
  ['one more', positions(8193), 512, NOTE(8193)],
  ["a language model's", positions(131_072), 512, NOTE(131_072)],
  [
    'of a RoBERTa, less the positions that it never uses',
    { 'config.json': { model_type: 'xlm-roberta', max_position_embeddings: 8194 } },
    8192,
    undefined,
  ],
  ['of the tokenizer alone, more', { ...positions(131_072), 'tokenizer_config.json': { model_max_length: 32_768 } }, 512, NOTE(32_768)],
  ['of the tokenizer alone, less', { ...positions(131_072), 'tokenizer_config.json': { model_max_length: 8192 } }, 8192, undefined],
  ['of the tokenizer, for "none"', { ...positions(32_768), 'tokenizer_config.json': { model_max_length: 1e30 } }, 512, NOTE(32_768)],
  [
    'more, and the makers chose as much',
    { ...positions(40_960), 'sentence_bert_config.json': { max_seq_length: 32_768 } },
    32_768,
    undefined,
  ],
  [
    'more, and an argument of the tokenizer chose as much',
    { ...positions(40_960), 'sentence_bert_config.json': { tokenizer_args: { model_max_length: 16_384 } } },
    16_384,
    undefined,
  ],
] as const) {
  test(`length limit: where nobody gave one and the published one is ${what}`, async () => {
    assert.deepEqual(await limitOf(files), note === undefined ? { tokens } : { tokens, note });
  });
}

test('length limit: where no file names one, 512 is taken, with a note; the tokenizer alone may name one', async () => {
  const folder = path.join(root, 'none');
  mkdirSync(folder);
  const note = 'Its files state no maximum length. Texts are truncated to 512 tokens; change this with `maxLength`.';
  for (const none of [undefined, Infinity]) assert.deepEqual(await lengthLimit({ folder, positions: () => none }), { tokens: 512, note });
  for (const [said, got] of [
    [1e30, { tokens: 512, note }],
    [128, { tokens: 128 }],
    [8192, { tokens: 8192 }],
    [32_768, { tokens: 512, note: NOTE(32_768) }],
  ] as const) {
    writeFileSync(path.join(folder, 'tokenizer_config.json'), JSON.stringify({ model_max_length: said }));
    assert.deepEqual(await lengthLimit({ folder, positions: () => undefined }), got);
  }
});

const LONG = 9000;

test('length limit: checkpoint and export say that 512 is taken; who asks for more has it, as far as there are positions', async () => {
  const checkpoint = writeTinyCheckpoint(path.join(root, 'checkpoint'), {
    config: { ...TINY_CONFIG, max_position_embeddings: LONG },
    change: (shapes) => shapes.set('embeddings.position_embeddings.weight', [LONG, 8]),
  });
  writeTinyTokenizer(checkpoint);
  const open = (maxLength?: number) => openEncoder({ name: 'long', folder: checkpoint, onnx: undefined, revision: '', maxLength });
  const unasked = await open();
  assert.deepEqual([unasked.maxLength, unasked.notes], [512, [NOTE(LONG)]]);
  for (const [asked, got] of [
    [8500, 8500],
    [300, 300],
    [10_000, LONG],
  ] as const) {
    const encoder = await open(asked);
    assert.deepEqual([encoder.maxLength, encoder.notes], [got, []]);
  }
  // For an export the graph's table decides: a longer limit in config.json has no effect.
  const exported = writeTinyEncoder(path.join(root, 'exported'));
  writeFileSync(path.join(exported, 'config.json'), JSON.stringify({ model_type: 'bert', max_position_embeddings: LONG }));
  const short = await openEncoder({ name: 'short', folder: exported, onnx: path.join(exported, 'model.onnx'), revision: '' });
  assert.deepEqual([short.maxLength, short.notes], [40, []]);
});
