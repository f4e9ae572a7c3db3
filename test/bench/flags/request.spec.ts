import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import * as fc from 'fast-check';
import yargs from 'yargs';
import { z } from 'zod';
import { asFlags } from '../../../bench/flags/flag-names.ts';
import { flagOf } from '../../../bench/flags/table.ts';
import { requestFlags, requestFrom } from '../../../bench/flags/request.ts';
import type { Arguments } from '../../../bench/command-module.ts';
import type { HarnessError } from '../../../src/errors.ts';
import { checkRequest, fieldOf, REQUESTS, type Command } from '../../../src/experiment/read-request.ts';
import { COMMANDS, fieldsOf, requests, type Shape } from '../../experiment/requests.ts';
import { temporaryFolder } from '../../temporary.ts';
import { bench } from '../bench.ts';

const root = temporaryFolder();
const cache = path.join(root, 'cache');
const RUNS = Number(process.env['EMBEDDING_BENCH_PROPERTY_RUNS'] ?? 150);

/** Arguments as on the command line. */
function parsed(command: Command, words: readonly string[]): Arguments {
  return yargs([...words])
    .options(requestFlags(command))
    .parserConfiguration({
      'camel-case-expansion': false,
      'boolean-negation': false,
      'dot-notation': false,
      'duplicate-arguments-array': true,
    })
    .exitProcess(false)
    .parseSync() as unknown as Arguments;
}

const isOwn = (name: string): boolean => /^(hf:|\.{0,2}\/)|=/.test(name);

/** A request as a user types it. */
function wordsOf(request: Readonly<Record<string, unknown>>, shape: Shape): string[] {
  return Object.entries(request).flatMap(([field, value]): string[] => {
    if (field === 'command') return [];
    const flag = `--${flagOf(field)}`;
    const inner = fieldOf(shape[field]!);
    if (inner instanceof z.ZodObject) return [flag, ...wordsOf(value as Record<string, unknown>, inner.shape as Shape)];
    if (inner instanceof z.ZodBoolean) return [value === true ? flag : `${flag}=false`];
    if (field === 'encoders' || field === 'datasets') {
      const names = value as string[];
      const keys = names.filter((name) => !isOwn(name));
      const own = field === 'encoders' ? '--model' : '--dataset';
      return [...(keys.length > 0 ? [`${flag}=${keys.join(',')}`] : []), ...names.filter(isOwn).map((name) => `${own}=${name}`)];
    }
    if (field === 'prompts') return (value as string[]).map((prompt) => `${flag}=${prompt}`);
    if (field === 'budget') return [`${flag}=${String(value)}s`];
    if (field === 'limit' && typeof value === 'object') {
      return [
        `${flag}=${Object.entries(value as object)
          .map((pair) => pair.join('='))
          .join(',')}`,
      ];
    }
    return [`${flag}=${[value].flat().map(String).join(',')}`];
  });
}

for (const command of COMMANDS) {
  const schema = REQUESTS[command];

  test(`${command}: every field has a flag of its own, and no flag two fields`, () => {
    const fields = fieldsOf(command).map(({ path: at }) => flagOf(at.at(-1)!));
    assert.equal(new Set(fields).size, fields.length);
    assert.deepEqual(Object.keys(requestFlags(command)).toSorted(), [...fields, 'dataset', 'model', 'request'].toSorted());
  });

  test(`${command}: a request as flags is the same request`, async () => {
    await fc.assert(
      fc.asyncProperty(requests(command), async (request) => {
        const found = await requestFrom(parsed(command, wordsOf(request, schema.shape)), command);
        assert.deepEqual(found, checkRequest<z.ZodObject>(schema, request));
      }),
      { numRuns: RUNS, seed: 1 },
    );
  });

  test(`${command}: no flag is the request with nothing but its defaults`, async () => {
    assert.deepEqual(await requestFrom(parsed(command, []), command), schema.parse({ command }));
  });

  test(`${command}: a wrong word of a flag is said with the flag`, async () => {
    let refused = 0;
    for (const { path: at, schema: field } of fieldsOf(command)) {
      const [inner, flag] = [fieldOf(field), flagOf(at.at(-1)!)];
      if (inner instanceof z.ZodBoolean || inner instanceof z.ZodObject || inner instanceof z.ZodString) continue;
      if (inner instanceof z.ZodArray && fieldOf(inner.element as z.ZodType) instanceof z.ZodString) continue;
      for (const word of ['constructor', '__proto__', '-1', 'x,y', '1e999', '{}']) {
        const wrong = requestFrom({ _: [], finetune: command === 'run' ? true : undefined, [flag]: word }, command);
        await assert.rejects(wrong, (error: HarnessError) => {
          assert.match(asFlags(error.message, new Set([flag])), new RegExp(`^--${flag}: [^\\n]+$`), `--${flag}=${word}`);
          return error.code === 'OPTION';
        });
        refused++;
      }
    }
    assert.ok(refused > 30);
  });
}

for (const flag of ['--skip-invalid', '--finetune', '--quiet']) {
  test(`flags: ${flag} with another word than true and false is refused`, async () => {
    const { status, err } = await bench(['run', `${flag}=yes`], { cache });
    assert.deepEqual([status, err], [2, `bench: ${flag}: It takes true or false, got "yes". Give it without a value.\n`]);
  });
}

test('flags: of training without --finetune are refused, of several the first', async () => {
  const { err } = await bench(['run', '--lr', '1', '--epochs', '2'], { cache });
  assert.match(err, /^bench: --(?:lr|epochs): It is a training setting, and nothing is trained\. Add --finetune, or omit it\.\n$/);
  const { err: off } = await bench(['run', '--finetune=false', '--lr', '1'], { cache });
  assert.match(off, /^bench: --lr: It is a training setting/);
});

function file(name: string, value: unknown): string {
  const place = path.join(root, name);
  writeFileSync(place, typeof value === 'string' ? value : JSON.stringify(value));
  return place;
}

test('--request: with its defaults, itself or out of a run.json, with a byte order mark', async () => {
  const request = { command: 'rank', encoders: ['./x'], datasets: ['trec6'], k: 3 };
  const expected = REQUESTS.rank.parse(request);
  for (const place of [
    file('a.json', request),
    file('run.json', { request, plan: {} }),
    file('mark.json', `\uFEFF${JSON.stringify(request)}`),
  ]) {
    assert.deepEqual(await requestFrom(parsed('rank', ['--request', place]), 'rank'), expected);
  }
});

const REFUSED: readonly (readonly [string, readonly string[], RegExp])[] = [
  [
    'a flag beside it',
    ['run', '--request', file('run-request.json', { command: 'run' }), '--k', '3'],
    /^--k: The request already says it\. Omit it or --request\.$/,
  ],
  [
    'an own encoder beside it',
    ['run', '--request', file('r.json', { command: 'run' }), '--model', 'x'],
    /^--model: The request already says it\./,
  ],
  [
    'the request of another command',
    ['run', '--request', file('rank.json', { request: { command: 'rank' } })],
    /rank\.json: Its request is for rank\. Give it to `bench rank`\.$/,
  ],
  [
    'no JSON',
    ['run', '--request', file('broken.json', '{"command":')],
    /broken\.json: Cannot be read \(.+\)\. Give a request file or the run\.json of a run\.$/,
  ],
  ['no file', ['run', '--request', path.join(root, 'none.json')], /none\.json: Cannot be read \(ENOENT/],
  [
    'a list',
    ['run', '--request', file('list.json', [])],
    /list\.json: Not a request: "command" is missing\. Commands: run, rank, finetune, choose, map\.$/,
  ],
  ['nothing', ['run', '--request', file('null.json', 'null')], /null\.json: Not a request/],
  [
    'another command',
    ['run', '--request', file('constructor.json', { command: 'constructor' })],
    /constructor\.json: Unknown command "constructor"\./,
  ],
  ['no command', ['run', '--request', file('no-command.json', { k: [3] })], /no-command\.json: Not a request/],
  ['a run without a request', ['run', '--request', file('merged.json', { request: null })], /merged\.json: It contains no request\./],
  ['a request that is a list', ['run', '--request', file('inner.json', { request: [] })], /inner\.json: Not a request/],
  [
    'a wrong value',
    ['run', '--request', file('wrong.json', { command: 'run', finetune: { lr: 'x' } })],
    /wrong\.json: "lr": It takes a number above 0, got "x"\.$/,
  ],
  [
    'a device that is not here',
    ['run', '--request', file('device.json', { command: 'run', encoders: ['all-MiniLM-L6-v2'], datasets: ['trec6'], device: 'dml' })],
    /^"device": dml is unavailable: .* "device" cpu everywhere\.$/,
  ],
  [
    'a field that there is not',
    ['run', '--request', file('field.json', '{"command":"run","finetune":{"__proto__":1}}')],
    /field\.json: "__proto__": Unknown option\./,
  ],
];

for (const [what, words, message] of REFUSED) {
  test(`--request: ${what} is refused`, async () => {
    const { status, err } = await bench(words, { cache });
    assert.equal(status, 2);
    assert.match(err.replace(/^bench: |\n$/g, ''), message);
  });
}
