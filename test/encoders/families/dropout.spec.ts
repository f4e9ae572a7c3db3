import assert from 'node:assert/strict';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { buildFedEncoder } from '../../../src/encoders/families/build.ts';
import { ownOracle } from '../../oracles.ts';
import { temporaryFolder } from '../../temporary.ts';
import { decoderCases, writeDecoder } from './decoder-cases.ts';

const DECODERS = new Map(decoderCases().cases.map((each) => [each.name, each]));
const BERT = ['hidden_dropout_prob', 'attention_probs_dropout_prob'] as const;
const DECODER = [undefined, 'attention_dropout'] as const;
const OTHERS = [
  'hidden_dropout_prob',
  'attention_probs_dropout_prob',
  'dropout',
  'dropout_rate',
  'attention_dropout',
  'mlp_dropout',
  'resid_pdrop',
  'attn_pdrop',
  'embd_pdrop',
  'hidden_dropout',
  'classifier_dropout',
];

/**
 * Fields of config.json that the reference follows, and the number of places that drop token vectors: outside of layers, and in each layer.
 * All drop attention weights once per layer. For decoders the places are those of `--dropout`, which their own code lacks.
 */
const FAMILIES = [
  ['bert-uncased', ...BERT, 1, 2],
  ['distilbert', 'dropout', 'attention_dropout', 1, 1],
  ['modernbert', 'mlp_dropout', 'attention_dropout', undefined, undefined],
  ['albert', ...BERT, 1, 1],
  ['nomic-bert', 'resid_pdrop', 'attn_pdrop', 1, 2],
  ['nomic-bert', ...BERT, 1, 2],
  ['gte', ...BERT, 1, 3],
  ['jina-v3', ...BERT, 1, 2],
  ['jina-v2', ...BERT, 1, 2],
  ['jina-v2-code', ...BERT, 1, 2],
  ['t5', 'dropout_rate', 'dropout_rate', 2, 3],
  ['mt5', 'dropout_rate', 'dropout_rate', 2, 3],
  ['umt5', 'dropout_rate', 'dropout_rate', 2, 3],
  ...['qwen3', 'qwen3-window', 'qwen2', 'llama', 'mistral', 'eurobert', 'gemma3'].map((name) => [name, ...DECODER, 0, 2] as const),
] as const;

for (const [name, hidden, attention, outside, inside] of FAMILIES) {
  test(`dropout: of ${name} ${hidden === undefined ? '' : `${hidden} and `}${attention} are followed, no other word, where the reference drops`, async () => {
    const folder = temporaryFolder();
    const decoder = DECODERS.get(name);
    if (decoder === undefined) cpSync(ownOracle(name), folder, { recursive: true });
    else writeDecoder(decoder, { folder });
    const file = path.join(folder, 'config.json');
    const config = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
    const said = async (words: Record<string, unknown>) => {
      const bare = Object.fromEntries(Object.entries(config).filter(([key]) => !OTHERS.includes(key)));
      writeFileSync(file, JSON.stringify({ ...bare, ...words }));
      return (await buildFedEncoder({ folder })).dropout;
    };
    const own = { ...(hidden === undefined ? {} : { [hidden]: 0.25 }), [attention]: 0.5 };
    assert.deepEqual(await said(own), { hidden: hidden === undefined ? 0 : own[hidden], attention: 0.5 });
    // NomicBERT's config.json has both older field names and today's.
    const known = (key: string) => key in own || (name === 'nomic-bert' && /^(hidden|attention)_.*_prob|^(resid|attn)_pdrop$/.test(key));
    const foreign = Object.fromEntries(OTHERS.filter((key) => !known(key)).map((key) => [key, 0.75]));
    assert.deepEqual(await said(foreign), { hidden: 0, attention: 0 });

    const { sites, states } = await buildFedEncoder({
      folder,
      training: { packed: true, long: false, dropout: { hidden: 0.25, attention: 0.5 } },
    });
    const layers = states.length - 1;
    const places = (rate: number) => sites.filter((site) => site.rate === rate).length;
    assert.equal(places(0.5), layers);
    if (outside !== undefined) assert.equal(places(0.25), outside + inside * layers);
  });
}
