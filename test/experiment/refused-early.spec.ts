import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { bench } from '../bench/bench.ts';
import { temporaryFolder } from '../temporary.ts';
import { writeTinyCheckpoint } from '../tiny-checkpoint.ts';
import { tinyTokenizer } from '../tiny-encoder.ts';

/** Errors of a command are reported before anything is fetched, and before anything in a results folder is removed. */

const root = temporaryFolder();
const cache = path.join(root, 'cache');
const out = path.join(root, 'out');
const model = path.join(root, 'model');
const data = path.join(root, 'data.csv');
const LETTERS = 'abcdefgh';
const line = (i: number) =>
  `${LETTERS[i % 8]} ${LETTERS[(i * i) % 8]},${i % 2},${i % 3},${['train', 'train', 'dev', 'test'][Math.floor(i / 2) % 4]}`;
writeFileSync(data, `text,label,other,split\n${Array.from({ length: 40 }, (_, i) => line(i)).join('\n')}\n`);
const COLUMNS = ['--text-column', 'text', '--label-column', 'label', '--split-column', 'split'];
const MINE = ['--model', model, '--dataset', data, ...COLUMNS, '--k', '3', '--out', out, '--quiet', '--threads', '1'];

function writeModel(config: object): void {
  writeTinyCheckpoint(model, { config: { ...JSON.parse(CONFIG), ...config } });
  writeFileSync(path.join(model, 'tokenizer.json'), JSON.stringify(tinyTokenizer()));
}
const CONFIG = JSON.stringify({
  model_type: 'bert',
  vocab_size: 20,
  hidden_size: 8,
  num_hidden_layers: 2,
  num_attention_heads: 2,
  intermediate_size: 12,
  max_position_embeddings: 16,
  type_vocab_size: 2,
  hidden_act: 'gelu',
  layer_norm_eps: 1e-12,
});

/** Contents of a folder. */
function everything(): Record<string, string> {
  const names = readdirSync(out, { recursive: true, encoding: 'utf8' }).filter((name) => statSync(path.join(out, name)).isFile());
  return Object.fromEntries(names.toSorted().map((name) => [name, readFileSync(path.join(out, name), 'latin1')]));
}

let asked = 0;
const server = createServer((_request, response) => {
  asked++;
  response.writeHead(404).end();
});
before(async () => {
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  writeModel({});
  for (const command of [
    ['run', '--pooling', 'mean'],
    ['finetune', '--pooling', 'mean', '--epochs', '1', '--batch-size', '8'],
  ]) {
    const { status, err } = await bench([...command, ...MINE], { cache });
    assert.equal(status, 0, err);
  }
  // The same name, other numbers: the existing results are stale.
  writeModel({ hidden_act: 'relu' });
});
after(() => server.close());

/** Without any data: no source is used. */
const AT_ONCE: readonly (readonly [string, readonly string[]])[] = [
  ['--pooling', ['run', '--pooling', 'maen']],
  ['--k', ['run', '--k', '0']],
  ['--limit', ['run', '--limit', 'train=x']],
  ['--seed', ['run', '--seed', '1,2']],
  ['--lr', ['run', '--lr', '1']],
  ['--lr', ['run', '--finetune', '--lr', '-1']],
  ['--vectors-at', ['run', '--finetune', '--vectors-at', '99']],
  ['--batch-size', ['run', '--finetune', '--batch-size', '1']],
  ['--multi-label', ['finetune', '--multi-label']],
  ['--freeze', ['finetune', '--freeze', 'layers']],
  ['--device', ['finetune', '--device', 'tpu']],
  ['--epochs', ['finetune', '--epochs', '1.5']],
  ['--shard', ['finetune', '--shard', '3/2']],
  ['--format', ['run', '--format', 'xml']],
  ['--estimator', ['rank', '--estimator', 'leep']],
  ['--shard', ['rank', '--budget', '1m', '--shard', '1/2']],
  ['--shard', ['rank', '--budget', '1m', '--shard', '1/2', '--dry-run']],
];

/** Detected with the data, or the encoder's files. */
const OPENED: readonly (readonly [RegExp, readonly string[]])[] = [
  [/--k: k = 39 is larger/, ['run', '--k', '39', '--protocol', 'fit-train']],
  [/--layers: model has no layer 9/, ['run', '--layers', '9']],
  [/No column "nothing"/, ['run', '--label-field', 'nothing']],
  [/--label-column|nothing/, ['run', '--label-column', 'nothing']],
  [/--freeze: By name, no weight of the encoder is one of layer 9/, ['finetune', '--freeze', '9']],
  [
    /--freeze: By name, no weight of the encoder is one of layer 9/,
    ['finetune', '--freeze', '9', '--objective', 'classic,cea-all-negatives', '--seed', '1,2'],
  ],
  [/--freeze: By name, no weight of the encoder is one of layer 9/, ['run', '--finetune', '--freeze', '9']],
  [/--pooling: model has no pooling as-published/, ['finetune', '--pooling', 'as-published']],
  [/It has no label field beside|nothing/, ['finetune', '--objective', 'cea-multitask', '--second-label-field', 'nothing']],
  [/two different label fields/, ['finetune', '--objective', 'cea-multitask', '--second-label-field', 'label']],
  [/already|which no export wrote/, ['finetune', '--save', root]],
];

function argsOf([command, ...flags]: readonly string[], more: readonly string[]): string[] {
  const own = MINE.filter(
    (word, i) => !(flags.includes(word) && word.startsWith('--')) && !(flags.includes(MINE[i - 1] ?? '') && MINE[i - 1]!.startsWith('--')),
  );
  return [command!, ...own, ...flags, ...(command === 'rank' ? [] : more)];
}

for (const policy of ['--prune-stale', '--overwrite']) {
  for (const [flag, command] of AT_ONCE) {
    test(`${command.join(' ')} ${policy}: refused by ${flag}, nothing is asked or touched`, async () => {
      const kept = everything();
      asked = 0;
      const hub = { HF_ENDPOINT: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
      const args = [...argsOf(command, [policy]), '--model', 'hf:org/nowhere', '--dataset', 'hf:org/nothing'];
      const { status, err } = await bench(args, { cache, env: hub, online: true });
      assert.equal(status, 2, err);
      assert.match(err, new RegExp(`^bench: ${flag}: [^\\n]+\\n$`));
      assert.equal(asked, 0);
      assert.deepEqual(everything(), kept);
    });
  }

  for (const [message, command] of OPENED) {
    test(`${command.join(' ')} ${policy}: refused, nothing is touched`, async () => {
      const kept = everything();
      const { status, err } = await bench(argsOf(command, [policy]), { cache });
      assert.equal(status, 2, err);
      assert.match(err, /(?:^|\n)bench: [^\n]+\n$/);
      assert.match(err, message);
      assert.deepEqual(everything(), kept);
    });
  }
}

test('with nothing wrong the stale cells go', async () => {
  const kept = everything();
  const { status, err } = await bench(['run', ...MINE, '--pooling', 'mean', '--prune-stale'], { cache });
  assert.equal(status, 0, err);
  assert.notDeepEqual(everything(), kept);
  assert.match(err, /results made from other files are dropped/);
});
