import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { publishedPooling } from '../../src/encoders/published-pooling.ts';
import { temporaryFolder } from '../temporary.ts';

const TRANSFORMER = { idx: 0, name: '0', path: '', type: 'sentence_transformers.models.Transformer' };
const POOLING = { idx: 1, name: '1', path: '1_Pooling', type: 'sentence_transformers.models.Pooling' };
const NORMALIZE = { idx: 2, name: '2', path: '2_Normalize', type: 'sentence_transformers.models.Normalize' };

function folder({ modules = [TRANSFORMER, POOLING], pooling = { pooling_mode_mean_tokens: true }, more = {} }: { modules?: unknown; pooling?: object; more?: Record<string, object> } = {}): string {
  const at = temporaryFolder();
  mkdirSync(path.join(at, '1_Pooling'));
  writeFileSync(path.join(at, '1_Pooling', 'config.json'), JSON.stringify(pooling));
  writeFileSync(path.join(at, 'modules.json'), JSON.stringify(modules));
  for (const [name, value] of Object.entries(more)) writeFileSync(path.join(at, name), JSON.stringify(value));
  return at;
}

test('published pooling: a mean, scaled to length 1 where a Normalize follows', async () => {
  const pooling = { pooling_mode_cls_token: false, pooling_mode_mean_tokens: true, pooling_mode_max_tokens: false };
  assert.deepEqual(await publishedPooling(folder({ pooling })), { token: 'mean', normalize: false });
  assert.deepEqual(await publishedPooling(folder({ pooling, modules: [TRANSFORMER, POOLING, NORMALIZE] })), { token: 'mean', normalize: true });
});

test('published pooling: each mode by its old flag and by its new word', async () => {
  const modes = [['cls', 'pooling_mode_cls_token', 'cls'], ['max', 'pooling_mode_max_tokens', 'max'], ['last', 'pooling_mode_lasttoken', 'lasttoken'], ['weighted-mean', 'pooling_mode_weightedmean_tokens', 'weightedmean']] as const;
  for (const [token, flag, word] of modes) {
    assert.deepEqual(await publishedPooling(folder({ pooling: { [flag]: true } })), { token, normalize: false });
    assert.deepEqual(await publishedPooling(folder({ pooling: { pooling_mode: word } })), { token, normalize: false });
  }
});

async function reasonOf(at: string): Promise<string> {
  const found = await publishedPooling(at);
  assert.ok('reason' in found);
  return found.reason.replace(at, 'HERE');
}

test('published pooling: what is not known is a reason, not an error', async () => {
  const mend = 'Name another pooling: cls, mean, …';
  const bare = temporaryFolder();
  assert.equal(await reasonOf(bare), `HERE/modules.json: The encoder was not published with a pooling of its own: there is no such file. ${mend}`);
  const dense = { idx: 2, name: '2', path: '2_Dense', type: 'sentence_transformers.models.Dense' };
  assert.equal(await reasonOf(folder({ modules: [TRANSFORMER, POOLING, dense] })), `HERE/modules.json: Its modules are Transformer, Pooling, Dense; Transformer, Pooling and Normalize are known. ${mend}`);
  assert.equal(await reasonOf(folder({ modules: {} })), `HERE/modules.json: It is no list of modules. ${mend}`);
  assert.equal(await reasonOf(folder({ pooling: { pooling_mode_mean_tokens: true, pooling_mode_max_tokens: true } })), `HERE/1_Pooling/config.json: It pools by pooling_mode_mean_tokens and pooling_mode_max_tokens, which is not known here. ${mend}`);
  assert.equal(await reasonOf(folder({ pooling: {} })), `HERE/1_Pooling/config.json: It pools by nothing, which is not known here. ${mend}`);
  assert.equal(await reasonOf(folder({ modules: [TRANSFORMER, { ...POOLING, path: '../elsewhere' }] })), `HERE/modules.json: "../elsewhere" lies outside the folder. ${mend}`);
  assert.equal(await reasonOf(folder({ more: { 'config_sentence_transformers.json': { default_prompt_name: 'query', prompts: { query: 'query: ' } } } })), `HERE/config_sentence_transformers.json: It puts a prompt before every text, which is not done here. ${mend}`);
  const sentence = (values: object) => folder({ more: { 'sentence_bert_config.json': values } });
  assert.equal(await reasonOf(sentence({ transformer_task: 'fill-mask' })), `HERE/sentence_bert_config.json: Its transformer_task is "fill-mask"; feature-extraction is known. ${mend}`);
  assert.equal(await reasonOf(sentence({ modality_config: { text: {}, message: {} } })), `HERE/sentence_bert_config.json: It puts texts into a conversation, which is not done here. ${mend}`);
  assert.equal(await reasonOf(sentence({ modality_config: { text: { method: 'forward', method_output_name: 'logits' } } })), `HERE/sentence_bert_config.json: It pools "logits" of the network; last_hidden_state is known. ${mend}`);
});

test('published pooling: texts that are lower-cased are no hindrance, nor is what sentence-transformers writes by itself', async () => {
  const more = { 'sentence_bert_config.json': { do_lower_case: true, transformer_task: 'feature-extraction', modality_config: { text: { method: 'forward', method_output_name: 'last_hidden_state' } } } };
  assert.deepEqual(await publishedPooling(folder({ more })), { token: 'mean', normalize: false });
});
