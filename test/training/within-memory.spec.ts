import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stepError } from '../../src/training/step-error.ts';
import { withinMemory } from '../../src/training/within-memory.ts';

/** What the runtime throws on a card: for a tensor above the limit, and where an allocation failed before. */
const CARD_ERRORS = [
  'WebGPU validation failed. Buffer size (2202009600) exceeds the max buffer size limit (1073741824).',
  'WebGPU validation failed. [Invalid Buffer (unlabeled)] is invalid due to a previous error.',
  'vkAllocateMemory failed with VK_ERROR_OUT_OF_DEVICE_MEMORY',
];

/** A card for `room` tokens, and what was asked of it. */
function card(room: number, { texts = 8, undoes = true, error = CARD_ERRORS[0]! } = {}) {
  const asked: number[] = [];
  let undone = 0;
  return {
    asked,
    undone: () => undone,
    undo: () => {
      undone++;
      return undoes;
    },
    run: (most: number) => {
      asked.push(most);
      if (most <= room) return Promise.resolve('done');
      return Promise.reject(stepError(new Error(error), { name: 'bert', texts, tokens: 100, counted: Math.min(most, 800) }));
    },
  };
}

for (const error of CARD_ERRORS) {
  test(`within memory: chunks are halved until they fit, and stay so (${error.slice(0, 40)})`, async () => {
    const made = card(200, { error });
    assert.deepEqual(await withinMemory({ ...made, most: 16_384 }), { result: 'done', most: 200 });
    assert.deepEqual(made.asked, [16_384, 400, 200]);
    assert.equal(made.undone(), 2);
  });
}

test('within memory: a batch that fits runs once, as it is', async () => {
  const made = card(1000);
  assert.deepEqual(await withinMemory({ ...made, most: 900 }), { result: 'done', most: 900 });
  assert.deepEqual([made.asked, made.undone()], [[900], 0]);
});

test('within memory: one text that does not fit is an error, and so is a batch that cannot be begun again', async () => {
  await assert.rejects(withinMemory({ ...card(10, { texts: 1 }), most: 900 }), {
    message:
      'bert: Not enough memory for a training step over 1 text of up to 100 tokens. Give a smaller `maxLength`: half of it, 50, may fit.',
  });
  await assert.rejects(withinMemory({ ...card(10, { undoes: false }), most: 900 }), /over 8 texts of up to 100 tokens/);
});

test('within memory: any other error is thrown as it is', async () => {
  const made = card(10, { error: 'WebGPU validation failed. [Invalid ShaderModule "x"] is invalid due to a previous error.' });
  await assert.rejects(withinMemory({ ...made, most: 900 }), /^HarnessError: bert: A training step failed: WebGPU validation failed/);
  assert.equal(made.asked.length, 1);
});
