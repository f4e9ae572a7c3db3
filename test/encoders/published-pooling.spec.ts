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
  for (const module of ['1_Pooling', '2_Normalize']) mkdirSync(path.join(at, module));
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
  const hint = 'Name another pooling: cls, mean, …';
  const bare = temporaryFolder();
  assert.equal(
    await reasonOf(bare),
    `HERE/modules.json: The encoder was not published with a pooling of its own: there is no such file. ${hint}`,
  );
  const dense = { idx: 2, name: '2', path: '2_Dense', type: 'sentence_transformers.models.Dense' };
  assert.equal(
    await reasonOf(folder({ modules: [TRANSFORMER, POOLING, dense] })),
    `HERE/modules.json: Its modules are Transformer, Pooling, Dense; Transformer, Pooling and Normalize are known. ${hint}`,
  );
  assert.equal(await reasonOf(folder({ modules: {} })), `HERE/modules.json: It is no list of modules. ${hint}`);
  assert.equal(
    await reasonOf(folder({ pooling: { pooling_mode_mean_tokens: true, pooling_mode_max_tokens: true } })),
    `HERE/1_Pooling/config.json: It pools by pooling_mode_mean_tokens and pooling_mode_max_tokens, which is not known here. ${hint}`,
  );
  assert.equal(
    await reasonOf(folder({ pooling: {} })),
    `HERE/1_Pooling/config.json: It pools by nothing, which is not known here. ${hint}`,
  );
  assert.equal(
    await reasonOf(folder({ modules: [TRANSFORMER, { ...POOLING, path: '../elsewhere' }] })),
    `HERE/modules.json: "../elsewhere" lies outside the folder. ${hint}`,
  );
  assert.equal(
    await reasonOf(
      folder({ more: { 'config_sentence_transformers.json': { default_prompt_name: 'query', prompts: { query: 'query: ' } } } }),
    ),
    `HERE/config_sentence_transformers.json: It puts a prompt before every text, which is not done here. ${hint}`,
  );
  const sentence = (values: object) => folder({ more: { 'sentence_bert_config.json': values } });
  assert.equal(
    await reasonOf(sentence({ transformer_task: 'fill-mask' })),
    `HERE/sentence_bert_config.json: Its transformer_task is "fill-mask"; feature-extraction is known. ${hint}`,
  );
  assert.equal(
    await reasonOf(sentence({ modality_config: { text: {}, message: {} } })),
    `HERE/sentence_bert_config.json: It puts texts into a conversation, which is not done here. ${hint}`,
  );
  assert.equal(
    await reasonOf(sentence({ modality_config: { text: { method: 'forward', method_output_name: 'logits' } } })),
    `HERE/sentence_bert_config.json: It pools "logits" of the network; last_hidden_state is known. ${hint}`,
  );
});

test('published pooling: texts that are lower-cased are no hindrance, nor is what sentence-transformers writes by itself', async () => {
  const more = {
    'sentence_bert_config.json': {
      do_lower_case: true,
      transformer_task: 'feature-extraction',
      modality_config: { text: { method: 'forward', method_output_name: 'last_hidden_state' } },
    },
  };
  assert.deepEqual(await publishedPooling(folder({ more })), { token: 'mean', normalize: false });
});

const HINT = 'Name another pooling: cls, mean, …';

for (const [pooling, what] of [
  [{ pooling_mode: ['cls', 3] }, 'It pools by cls and 3, which is not known here.'],
  [{ pooling_mode: ['cls', 'mean'] }, 'It pools by cls and mean, which is not known here.'],
  [{ pooling_mode: null, pooling_mode_cls_token: true }, 'It pools by null, which is not known here.'],
  [{ pooling_mode: 'CLS' }, 'It pools by CLS, which is not known here.'],
  [
    { pooling_mode_cls_token: 'true', pooling_mode_mean_tokens: true },
    'Its pooling_mode_cls_token is "true", where true or false is wanted.',
  ],
  [{ pooling_mode_cls_token: 1, pooling_mode_mean_tokens: true }, 'Its pooling_mode_cls_token is 1, where true or false is wanted.'],
  [{ pooling_mode_mean_sqrt_len_tokens: true }, 'It pools by pooling_mode_mean_sqrt_len_tokens, which is not known here.'],
] as const) {
  test(`published pooling: ${JSON.stringify(pooling)} is none`, async () =>
    assert.equal(await reasonOf(folder({ pooling })), `HERE/1_Pooling/config.json: ${what} ${HINT}`));
}

test('published pooling: the newer word counts over the older flags, alone in a list too', async () => {
  for (const pooling of [{ pooling_mode: 'cls', pooling_mode_mean_tokens: true }, { pooling_mode: ['cls'] }]) {
    assert.deepEqual(await publishedPooling(folder({ pooling })), { token: 'cls', normalize: false });
  }
});

test('published pooling: a module of somebody else\'s class is not taken for one of sentence-transformers', async () => {
  const modules = [{ ...TRANSFORMER, type: 'custom_st.Transformer' }, { ...POOLING, type: 'my.Pooling' }];
  assert.equal(
    await reasonOf(folder({ modules })),
    `HERE/modules.json: Its modules are custom_st.Transformer, my.Pooling; Transformer, Pooling and Normalize are known. ${HINT}`,
  );
});

const normalized = (config: object) => folder({ modules: [TRANSFORMER, POOLING, NORMALIZE], more: { '2_Normalize/config.json': config } });

test('published pooling: a Normalize of other vectors than a text\'s is none', async () => {
  assert.deepEqual(await publishedPooling(normalized({ module_input_name: 'sentence_embedding', module_output_name: null })), {
    token: 'mean',
    normalize: true,
  });
  for (const key of ['module_input_name', 'module_output_name']) {
    assert.equal(
      await reasonOf(normalized({ [key]: 'token_embeddings' })),
      `HERE/2_Normalize/config.json: Its ${key} is "token_embeddings"; sentence_embedding is known. ${HINT}`,
    );
  }
});

const said = (values: object) => folder({ more: { 'config_sentence_transformers.json': values } });

test('published pooling: what config_sentence_transformers.json does to texts or vectors is done, or a reason', async () => {
  for (const values of [
    { prompts: { query: 'query: ' } },
    { prompts: { plain: '' }, default_prompt_name: 'plain' },
    { default_prompt_name: 'query' },
    { default_prompt_name: null, truncate_dim: null },
    { model_type: 'SentenceTransformer', similarity_fn_name: 'dot' },
  ])
    assert.deepEqual(await publishedPooling(said(values)), { token: 'mean', normalize: false }, JSON.stringify(values));
  const file = 'HERE/config_sentence_transformers.json';
  assert.equal(
    await reasonOf(said({ truncate_dim: 16 })),
    `${file}: It keeps the first 16 numbers of a vector (truncate_dim), which is not done here. ${HINT}`,
  );
  assert.equal(
    await reasonOf(said({ model_type: 'SparseEncoder' })),
    `${file}: Its model_type is "SparseEncoder", whose modules are used in another way; SentenceTransformer is known. ${HINT}`,
  );
  assert.equal(
    await reasonOf(said({ prompts: {}, default_prompt_name: 'constructor' })),
    `${file}: default_prompt_name: It is "constructor", which its prompts do not have as a text. Correct the file, or fetch it again.`,
  );
});
