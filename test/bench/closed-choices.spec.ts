import assert from 'node:assert/strict';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { verb as embed } from '../../bench/embed.ts';
import { verb as exporting } from '../../bench/export.ts';
import { verb as finetune } from '../../bench/finetune.ts';
import { verb as map } from '../../bench/map.ts';
import { verb as rank } from '../../bench/rank.ts';
import { verb as run } from '../../bench/run.ts';
import type { Arguments, Verb } from '../../bench/verb.ts';
import { temporaryFolder } from '../temporary.ts';

const root = temporaryFolder();
const VERBS: Readonly<Record<string, Verb>> = { embed, export: exporting, finetune, map, rank, run };
/** A repository that the network would have to be asked for: whoever gets so far throws something else. */
const REMOTE = { model: ['hf:org/nowhere'], dataset: ['trec6'], offline: true, quiet: true, cache: path.join(root, 'cache') };

function tried(verb: Verb, name: string, flags: Readonly<Record<string, unknown>>): Promise<number> {
  const defaults = Object.fromEntries(
    Object.entries(verb.options).flatMap(([flag, option]) => ('default' in option ? [[flag, option.default as unknown]] : [])),
  );
  const places =
    name === 'embed' ? { input: path.join(root, 'texts.txt'), out: path.join(root, 'out.npy') } : { out: path.join(root, name) };
  return verb.run(
    { ...defaults, ...REMOTE, ...places, _: [], ...flags } as Arguments,
    { out: new PassThrough(), err: new PassThrough(), width: undefined, color: false } as never,
  );
}

/** A nonsense value of each flag that takes one of a few words or a number of a range, and what is said of it. */
const NONSENSE: Readonly<Record<string, readonly [unknown, RegExp]>> = {
  dtype: ['fp23', /^--dtype: "fp23" is none of its values\. Did you mean .*"fp32".*\? It takes fp32, fp16, q8(?:, q4)?\.$/],
  'global-attention': ['fist', /^--global-attention: "fist" is none of its values\. Did you mean "first"\? It takes none, first\.$/],
  'random-blocks': ['zeros', /^--random-blocks: "zeros" is none of its values\. Did you mean "zero"\? It takes zero, published\.$/],
  labels: ['al', /^--labels: "al" is none of its values\. Did you mean "all"\? It takes first, all\.$/],
  format: ['tabel', /^--format: "tabel" is none of its values\. Did you mean "table"\?/],
  pooling: ['maen', /^--pooling: "maen" is none of its values\. Did you mean .*"mean"/],
  'layer-mean': ['0..M', /^--layer-mean: "0\.\.M" is none of its values\./],
  'concat-norm': ['rwa', /^--concat-norm: "rwa" is none of its values\. Did you mean "raw"\?/],
  protocol: ['complet', /^--protocol: "complet" is none of its values\. Did you mean "complete"\?/],
  metric: ['cosin', /^--metric: "cosin" is none of its values\. Did you mean "cosine"\?/],
  votes: ['uniforn', /^--votes: "uniforn" is none of its values\. Did you mean "uniform"\?/],
  index: ['exakt', /^--index: "exakt" is none of its values\. Did you mean "exact"\?/],
  objective: [
    'clasic',
    /^--objective: "clasic" is none of its values\. Did you mean "classic"\?|^--objective: It is of training, and nothing is trained\. Add --finetune, or leave it out\.$/,
  ],
  schedule: ['liner', /^--schedule: "liner" is none of its values\. Did you mean "linear"\?|^--schedule: It is of training/],
  decay: ['matrix', /^--decay: "matrix" is none of its values\.|^--decay: It is of training/],
  'best-epoch-by': [
    'mikro',
    /^--best-epoch-by: "mikro" is none of its values\. Did you mean .*"micro"|^--best-epoch-by: It is of training/,
  ],
  device: ['gpu', /^--device: "gpu" is none of its values\.|^--device: It is of training/],
  estimator: ['logmee', /^--estimator: "logmee" is none of its values\. Did you mean "logme"\?/],
  by: ['logmee', /^--by: "logmee" is none of its values\. Did you mean "logme"\?/],
  method: ['t-sen', /^--method: "t-sen" is none of its values\. Did you mean "tsne"\?/],
  'max-length': ['2', /^--max-length: It takes a whole number of at least 3, got "2"\.$/],
  'first-layers': ['0', /^--first-layers: It takes a whole number of at least 1, got "0"\.$/],
  threads: ['0', /^--threads: It takes a whole number of at least 1, got "0"\.$/],
  'token-budget': ['0', /^--token-budget: It takes a whole number of at least 1, got "0"\.$/],
};

for (const [name, verb] of Object.entries(VERBS)) {
  for (const [flag, [value, message]] of Object.entries(NONSENSE)) {
    if (!(flag in verb.options)) continue;
    test(`${name} --${flag} ${String(value)} is refused before anything is fetched`, async () => {
      await assert.rejects(tried(verb, name, { [flag]: value }), { code: 'OPTION', message });
    });
  }
}
