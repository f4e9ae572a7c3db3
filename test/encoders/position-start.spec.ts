import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { familyPositions, positionsFed, type PositionStart } from '../../src/encoders/position-start.ts';
import { positionIds } from '../../src/embed/position-ids.ts';
import { temporaryFolder } from '../temporary.ts';
import { tinyModel } from '../tiny-encoder.ts';

const root = temporaryFolder();
let folders = 0;

function folderWith(files: Readonly<Record<string, object>>): string {
  const folder = path.join(root, String(folders++));
  mkdirSync(folder);
  for (const [name, value] of Object.entries(files)) writeFileSync(path.join(folder, name), JSON.stringify(value));
  return folder;
}

function fed(
  files: Readonly<Record<string, object>>,
  { padId = 1, table = true }: { padId?: number; table?: boolean } = {},
): Promise<PositionStart> {
  const graph = tinyModel().graph!;
  // The tiny encoder's table of 40 positions; made as narrow as a relative table it is not recognised as one.
  if (!table) graph.initializer.find(({ dims }) => dims[0] === 40n)!.dims = [40n, 2n];
  return positionsFed({ folder: folderWith(files), graph, onnx: 'model.onnx', padId });
}

const longest = (tokens: number) => ({ 'tokenizer_config.json': { model_max_length: tokens } });
const BEHIND = (padding: number): PositionStart => ({ first: padding + 1, padding });

test("positions: RoBERTa's exclusion begin behind the padding id, MPNet behind 1 whatever its config.json says", async () => {
  for (const type of [
    'roberta',
    'xlm-roberta',
    'camembert',
    'longformer',
    'xmod',
    'data2vec-text',
    'ibert',
    'luke',
    'roberta-prelayernorm',
    'xlm-roberta-xl',
    'lilt',
    'esm',
    'markuplm',
    'layoutlmv3',
  ]) {
    assert.deepEqual(await fed({ 'config.json': { model_type: type } }), BEHIND(1), type);
    assert.deepEqual(await fed({ 'config.json': { model_type: type, pad_token_id: 0 } }), BEHIND(0), type);
  }
  assert.deepEqual(await fed({ 'config.json': { model_type: 'mpnet', pad_token_id: 0 } }), BEHIND(1));
});

test('positions: the others that are known begin at 0', async () => {
  for (const type of [
    'bert',
    'distilbert',
    'electra',
    'albert',
    'deberta-v2',
    'modernbert',
    'nomic_bert',
    'gte',
    'jina_embeddings_v3',
    'qwen2',
    'qwen3',
    'gemma3_text',
    'mistral',
    'llama',
    'eurobert',
    'gpt2',
  ]) {
    assert.deepEqual(await fed({ 'config.json': { model_type: type, pad_token_id: 1 } }), { first: 0 }, type);
  }
});

test('positions: of a family that is not known, or none, the table of positions tells, and one without a table counts from 0', async () => {
  assert.deepEqual(await fed(longest(40)), { first: 0 });
  assert.deepEqual(await fed(longest(38)), BEHIND(1));
  assert.deepEqual(await fed(longest(39), { padId: 0 }), BEHIND(0));
  assert.deepEqual(await fed({ ...longest(38), 'config.json': { model_type: 'ours' } }), BEHIND(1));
  assert.deepEqual(await fed({}, { table: false }), { first: 0 });
  const message =
    'model.onnx: It needs position_ids, and without config.json it is unknown whether they begin at 0 or after the padding ID (its table has 40 ' +
    "rows). Put the encoder's config.json next to it, or export it without that input.";
  await assert.rejects(fed(longest(30)), { code: 'GRAPH', message });
  await assert.rejects(fed({}), { code: 'GRAPH', message });
});

test('positions: a padding id that is none is refused', () => {
  assert.throws(() => familyPositions({ values: { model_type: 'roberta', pad_token_id: 'one' }, file: 'config.json' }), {
    code: 'FORMAT',
    message: 'config.json: pad_token_id: Expected a token ID, got "one". Check the encoder.',
  });
});

test('positions: a padding token that a text spells out has the one before the first, and is not counted', () => {
  const ids = Int32Array.of(0, 7, 1, 8, 2, 0, 1, 1, 9, 2);
  assert.deepEqual([...positionIds({ ids, length: 5, positions: { first: 2, padding: 1 } })], [2, 3, 1, 4, 5, 2, 1, 1, 3, 4]);
  assert.deepEqual([...positionIds({ ids, length: 5, positions: { first: 0 } })], [0, 1, 2, 3, 4, 0, 1, 2, 3, 4]);
});
