import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { z } from 'zod';
import { HarnessError } from '../../src/errors.ts';
import { checkRequest, parseRequest, REQUESTS } from '../../src/experiment/read-request.ts';
import { requestJsonSchema } from '../../src/experiment/request-schema.ts';
import { COMMANDS, fieldsOf, requests, requestWith } from './requests.ts';

/** Values that programs and files may contain in place of valid ones. */
const STRANGE: readonly unknown[] = [
  null,
  true,
  '',
  'constructor',
  '__proto__',
  0,
  -1,
  1.5,
  1e300,
  Number.NaN,
  Infinity,
  [],
  [null],
  [[]],
  [undefined],
  ['constructor'],
  [-1],
  [1.5],
  [{ toString: 3 }],
  {},
  { toString: 3 },
  JSON.parse('{"__proto__": 3}'),
  Object.create(null),
  [Object.create(null)],
  Symbol('x'),
  10n,
  () => 3,
];

for (const command of COMMANDS) {
  const schema = REQUESTS[command];

  test(`${command}: what a field does not take is one line that names it, whatever it is`, () => {
    for (const { path } of fieldsOf(command)) {
      const refused = STRANGE.filter((value) => {
        try {
          checkRequest<z.ZodObject>(schema, requestWith(command, path, value));
          return false;
        } catch (error) {
          assert.ok(error instanceof HarnessError, `${path.join('.')}: ${String(error)}`);
          assert.equal(error.code, 'OPTION');
          const own =
            path.at(-1) === 'finetune' || path.at(-1) === 'limit' ? /^`[\w_]+`: [^\n]+$/ : new RegExp(`^\`${path.at(-1)}\`: [^\\n]+$`);
          assert.match(error.message, own);
          return true;
        }
      });
      for (const never of [null, 10n, Number.NaN]) assert.ok(refused.includes(never), `${path.join('.')}: ${String(never)}`);
    }
  });

  test(`${command}: defaults are filled in once, and a request with them is itself`, () => {
    fc.assert(
      fc.property(requests(command), (request) => {
        const whole = checkRequest<z.ZodObject>(schema, request);
        assert.deepEqual(parseRequest(JSON.parse(JSON.stringify(whole))), whole);
      }),
      { numRuns: 100, seed: 2 },
    );
  });
}

const MESSAGES: readonly (readonly [object, string])[] = [
  [{ pooling: ['maen'] }, '`pooling`: "maen" is not a valid value. Did you mean "mean"?'],
  [{ encoders: [] }, '`encoders`: It takes a non-empty list, got [].'],
  [{ encoders: 'bert' }, '`encoders`: It takes a non-empty list, got "bert".'],
  [{ encoders: ['a', 3] }, '`encoders`: It takes a non-empty string, got 3.'],
  [{ k: [1.5] }, '`k`: It takes a whole number of at least 1, got 1.5.'],
  [{ hnswRecall: 1.5 }, '`hnswRecall`: It takes a number from 0 to 1, got 1.5.'],
  [{ k: ['5'] }, '`k`: It takes a whole number of at least 1, got "5".'],
  [{ k: [1e300] }, '`k`: It takes a whole number of at least 1, got 1e+300.'],
  [{ skipInvalid: 'yes' }, '`skipInvalid`: It takes true or false, got "yes".'],
  [{ layers: 'lst' }, '`layers`: It takes last, all, or layer numbers (0 is the embedding output), got "lst".'],
  [{ limit: {} }, '`limit`: It takes a whole number of at least 1, or numbers of texts by split (train=1000,dev=0), got {}.'],
  [
    { limit: { train: -1 } },
    '`limit`: It takes a whole number of at least 1, or numbers of texts by split (train=1000,dev=0), got {"train":-1}.',
  ],
  [{ delimiter: '😂' }, '`delimiter`: It takes one character that separates fields, got "😂".'],
  [{ finetune: true }, '`finetune`: It takes an object, got true.'],
  [{ finetune: { lr: Number.NaN } }, '`lr`: It takes a number above 0, got NaN.'],
  [{ finetune: { batchsize: 3 } }, '`batchsize`: Unknown option. Did you mean "batchSize"?'],
  [{ device: {} }, '`device`: {} is not a valid value. It takes auto, cpu, webgpu, cuda, cuda:N (card N, 0 to 15), dml, coreml.'],
  [{ finetune: { device: 'cpu' } }, '`device`: Unknown option.'],
  [{ encoder: ['x'] }, '`encoder`: Unknown option. Did you mean "encoders"?'],
];

for (const [fields, message] of MESSAGES) {
  test(`run: ${JSON.stringify(fields)} is refused`, () => {
    assert.throws(
      () => parseRequest({ command: 'run', ...fields }),
      (error: HarnessError) => {
        assert.equal(error.code, 'OPTION');
        assert.equal(error.message.slice(0, message.length), message);
        return true;
      },
    );
  });
}

test('a value as long as a book is cut in the message', () => {
  assert.throws(
    () => parseRequest({ command: 'run', suite: ['a'.repeat(1e6)] }),
    ({ message }: Error) => message.length < 300,
  );
});

test('the schema has every command, every field and no word of ours', () => {
  const json = JSON.stringify(JSON.parse(requestJsonSchema()));
  for (const command of COMMANDS) for (const { path } of fieldsOf(command)) assert.ok(json.includes(`"${path.at(-1)!}":{`), path.join('.'));
  assert.doesNotMatch(json, /"(?:takes|otherwise)"/);
});
