import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { command as embed } from '../../bench/commands/embed.ts';
import { command as exporting } from '../../bench/commands/export.ts';
import { command as finetune } from '../../bench/commands/finetune.ts';
import { command as map } from '../../bench/commands/map.ts';
import { command as rank } from '../../bench/commands/rank.ts';
import { command as run } from '../../bench/commands/run.ts';
import type { CommandModule } from '../../bench/command-module.ts';
import { temporaryFolder } from '../temporary.ts';
import { bench } from './bench.ts';

const root = temporaryFolder();
const COMMANDS: Readonly<Record<string, CommandModule>> = { embed, export: exporting, finetune, map, rank, run };
/** A repository that would need the network: code that gets so far throws another error. */
const REMOTE = ['--model', 'hf:org/nowhere', '--offline', '--quiet'];

function tried(name: string, flag: string, value: string) {
  const data = name === 'embed' ? ['--input', path.join(root, 'texts.txt')] : name === 'export' ? [] : ['--dataset', 'trec6'];
  const out = path.join(root, name === 'embed' ? 'out.npy' : name);
  return bench([name, ...REMOTE, ...data, '--out', out, `--${flag}`, value], { cache: path.join(root, 'cache') });
}

/** An invalid value of each flag that takes an enumerated value or a number in a range, and its error. */
const NONSENSE: Readonly<Record<string, readonly [string, RegExp]>> = {
  dtype: ['fp23', /^bench: --dtype: "fp23" is not a valid value\. Did you mean .*"fp32".*\? It takes fp32, fp16, q8(?:, q4)?\.$/m],
  'global-attention': ['fist', /^bench: --global-attention: "fist" is not a valid value\. Did you mean "first"\? It takes none, first\.$/m],
  'random-blocks': ['zeros', /^bench: --random-blocks: "zeros" is not a valid value\. Did you mean "zero"\? It takes zero, published\.$/m],
  labels: ['al', /^bench: --labels: "al" is not a valid value\. Did you mean "all"\? It takes first, all\.$/m],
  format: ['tabel', /^bench: --format: "tabel" is not a valid value\. Did you mean "table"\?/],
  pooling: ['maen', /^bench: --pooling: "maen" is not a valid value\. Did you mean .*"mean"/],
  'layer-mean': ['0..M', /^bench: --layer-mean: "0\.\.M" is not a valid value\./],
  'concat-norm': ['rwa', /^bench: --concat-norm: "rwa" is not a valid value\. Did you mean "raw"\?/],
  protocol: ['complet', /^bench: --protocol: "complet" is not a valid value\. Did you mean "complete"\?/],
  metric: ['cosin', /^bench: --metric: "cosin" is not a valid value\. Did you mean "cosine"\?/],
  votes: ['uniforn', /^bench: --votes: "uniforn" is not a valid value\. Did you mean "uniform"\?/],
  index: ['exakt', /^bench: --index: "exakt" is not a valid value\. Did you mean "exact"\?/],
  objective: [
    'clasic',
    /^bench: --objective: "clasic" is not a valid value\. Did you mean "classic"\?|^bench: --objective: It is a training setting, and nothing is trained\. Add --finetune, or omit it\.$/m,
  ],
  schedule: [
    'liner',
    /^bench: --schedule: "liner" is not a valid value\. Did you mean "linear"\?|^bench: --schedule: It is a training setting/,
  ],
  decay: ['matrix', /^bench: --decay: "matrix" is not a valid value\.|^bench: --decay: It is a training setting/],
  'best-epoch-by': [
    'mikro',
    /^bench: --best-epoch-by: "mikro" is not a valid value\. Did you mean .*"micro"|^bench: --best-epoch-by: It is a training setting/,
  ],
  device: ['gpu', /^bench: --device: "gpu" is not a valid value\./],
  estimator: ['logmee', /^bench: --estimator: "logmee" is not a valid value\. Did you mean "logme"\?/],
  by: ['logmee', /^bench: --by: "logmee" is not a valid value\. Did you mean "logme"\?/],
  method: ['t-sen', /^bench: --method: "t-sen" is not a valid value\. Did you mean "tsne"\?/],
  'max-length': ['2', /^bench: --max-length: It takes a whole number of at least 3, got "?2"?\.$/m],
  'first-layers': ['0', /^bench: --first-layers: It takes a whole number of at least 1, got "?0"?\.$/m],
  threads: ['0', /^bench: --threads: It takes a whole number of at least 1, got "?0"?\.$/m],
  'token-budget': ['0', /^bench: --token-budget: It takes a whole number of at least 1, got "?0"?\.$/m],
};

for (const [name, command] of Object.entries(COMMANDS)) {
  for (const [flag, [value, message]] of Object.entries(NONSENSE)) {
    if (!(flag in command.options)) continue;
    test(`${name} --${flag} ${value} is refused before anything is fetched`, async () => {
      const { status, err } = await tried(name, flag, value);
      assert.equal(status, 2);
      assert.match(err, message);
    });
  }
}
