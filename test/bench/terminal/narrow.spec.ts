import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { runCommand } from '../../../bench/command.ts';
import { temporaryFolder } from '../../temporary.ts';

const cache = path.join(temporaryFolder(), 'cache');

/** What a command prints on a terminal with this many columns. */
async function printed(args: readonly string[], columns: number): Promise<string> {
  let text = '';
  const stream = { isTTY: true, columns, write: (more: string) => (text += more) } as unknown as NodeJS.WriteStream;
  assert.equal(await runCommand(args, { out: stream, err: stream }), 0, text);
  return text;
}

const COMMANDS = [
  ['--help'],
  ['models', '--cache', cache],
  ['models', '--families'],
  ['datasets', '--cache', cache],
  ['datasets', 'check', 'docs/data/tickets.csv', '--text-column', 'text', '--label-column', 'label', '--cache', cache],
  ['agree', '--published'],
] as const;

for (const args of COMMANDS)
  test(`terminal: no line of bench ${args.slice(0, 2).join(' ')} is wider than it`, async () => {
    for (const columns of [80, 120, 200]) {
      const long = (await printed(args, columns)).split('\n').filter((line) => line.length > columns && !line.startsWith('Next: '));
      assert.deepEqual(long, [], String(columns));
    }
  });

test('terminal: no key is cut in a list, whatever else is; --wide shows all', async () => {
  const narrow = await printed(['models', '--cache', cache], 80);
  for (const key of ['paraphrase-multilingual-MiniLM-L12-v2', 'snowflake-arctic-embed-m-v1.5', 'snowflake-arctic-embed-m-v2.0'])
    assert.match(narrow, new RegExp(`^│ ${key} +│`, 'm'));
  assert.match(narrow, /^│ all-MiniLM-L12-v2 +│ 33M +│ fp32 +│ ONNX +│\n│ all-MiniLM-L12-v2 +│ 33M +│ fp32 +│ checkpoint │$/m);
  assert.match(narrow, /Not shown at this width: Aliases, .*--wide shows all\./s);
  assert.match(await printed(['datasets', '--cache', cache], 80), /^│ communicative-functions-691 │/m);
  assert.match(await printed(['models', '--wide', '--cache', cache], 80), /│ Key +│ Aliases +│ Hub ID .*│ Can be +│$/m);
});

test('terminal: what predicted best is named as the field names it', async () => {
  assert.match(await printed(['agree', '--published'], 200), /: the k-NN score of mean pooling \(complete\) ordered the encoders best/);
});

test('terminal: every command that may drop columns takes --wide', async () => {
  for (const name of ['run', 'rank', 'choose', 'finetune', 'map', 'merge', 'agree', 'diff', 'models', 'datasets', 'cache', 'queue'])
    assert.match(await printed([name, '--help'], 100), /--wide/, name);
});
