import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { checkSentenceConfig } from '../../src/encoders/sentence-config.ts';
import { temporaryFolder } from '../temporary.ts';

function folderWith(values: object): string {
  const folder = temporaryFolder();
  writeFileSync(path.join(folder, 'sentence_bert_config.json'), JSON.stringify(values));
  return folder;
}

test('sentence config: what changes no text and no number of the network is passed over', async () => {
  await checkSentenceConfig(temporaryFolder());
  await checkSentenceConfig(
    folderWith({
      max_seq_length: 5,
      do_lower_case: true,
      model_args: { attn_implementation: 'sdpa', torch_dtype: 'float16', trust_remote_code: true },
      config_args: { use_cache: false },
      model_kwargs: null,
      tokenizer_args: { model_max_length: 9 },
      query_length: 32,
      document_length: 300,
      unpad_inputs: false,
      module_output_name: 'token_embeddings',
      processing_kwargs: { text: { padding: 'longest' }, image: { size: 3 } },
    }),
  );
});

async function refuses(values: object, key: string, what: string): Promise<void> {
  const folder = folderWith(values);
  await assert.rejects(checkSentenceConfig(folder), {
    code: 'FORMAT',
    message: `${path.join(folder, 'sentence_bert_config.json')}: ${key}: ${what} Remove it to use the encoder without it.`,
  });
}

test('sentence config: what changes the network or its texts is refused by name', async () => {
  await refuses(
    { config_args: { num_hidden_layers: 2 } },
    'config_args.num_hidden_layers',
    'It sets "num_hidden_layers" to 2 in the network, which is not supported.',
  );
  await refuses(
    { model_kwargs: { is_causal: false } },
    'model_kwargs.is_causal',
    'It sets "is_causal" to false in the network, which is not supported.',
  );
  await refuses({ model_args: 'sdpa' }, 'model_args', 'Expected an object, got "sdpa".');
  await refuses(
    { processing_kwargs: { text: { max_length: 12 } } },
    'processing_kwargs.text.max_length',
    'It changes tokenisation, which is not supported.',
  );
  await refuses(
    { processing_kwargs: { common: { add_special_tokens: false } } },
    'processing_kwargs.common.add_special_tokens',
    'It changes tokenisation, which is not supported.',
  );
});

test('sentence config: a word that nothing follows is refused by name, as the reference does; null is none', async () => {
  await refuses(
    { max_seq_length: 5, tokenizer_name_or_path: 'bert-base-uncased' },
    'tokenizer_name_or_path',
    'It is "bert-base-uncased", which is not supported.',
  );
  await refuses({ query_prefix: 'query: ' }, 'query_prefix', 'It is "query: ", which is not supported.');
  await checkSentenceConfig(folderWith({ tokenizer_name_or_path: null, backend: 'torch' }));
});
