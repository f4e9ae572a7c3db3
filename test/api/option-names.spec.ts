import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withApiNames, renamed } from '../../src/api/option-names.ts';
import { HarnessError, option } from '../../src/errors.ts';

const own = () => {
  const hint = `Name a ${option('dataset')} or ${option('k')}.`;
  return new HarnessError('OPTION', { where: option('model'), what: 'There is no model.', hint });
};
const ours = { code: 'OPTION', message: '`encoders`: There is no model. Name a `datasets` or `k`.' };

test('api: an error names options of one’s own files as the API does, thrown or rejected', async () => {
  assert.throws(
    () =>
      withApiNames(() => {
        throw own();
      }),
    ours,
  );
  await assert.rejects(
    withApiNames(async () => Promise.reject(own())),
    ours,
  );
});

test('api: the renamed error has the parts of the first, and that as its cause', () => {
  const first = own();
  assert.throws(
    () =>
      withApiNames(() => {
        throw first;
      }),
    (error: HarnessError) => {
      assert.deepEqual(error.complaint, { where: '`encoders`', what: 'There is no model.', hint: 'Name a `datasets` or `k`.' });
      return error.cause === first;
    },
  );
});

test('api: another error is the very one that was thrown, what is given back as well', async () => {
  for (const error of [new HarnessError('DATA', { what: 'No `texts`.' }), new TypeError('`model`')]) {
    assert.throws(
      () =>
        withApiNames(() => {
          throw error;
        }),
      (thrown) => thrown === error,
    );
  }
  assert.deepEqual([withApiNames(() => 3), await withApiNames(async () => Promise.resolve(4))], [3, 4]);
});

test('api: a function may have names of its own', () => {
  assert.equal(renamed('`mirror`, `model`', { mirror: 'mirrors' }), '`mirrors`, `model`');
});
