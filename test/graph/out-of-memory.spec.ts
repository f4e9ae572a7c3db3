import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isOutOfMemory } from '../../src/graph/out-of-memory.ts';

test('out of memory: the messages of onnxruntime and of drivers, and no others', () => {
  const messages = [
    'std::bad_alloc',
    'bad allocation',
    'Failed to allocate memory for requested buffer of size 8589934592',
    'Non-zero status code returned while running MatMul node: CUDA failure 2: out of memory',
    'WebGPU validation failed. Buffer size (2202009600) exceeds the max buffer size limit (1073741824).',
    'WebGPU validation failed. [Invalid Buffer (unlabeled)] is invalid due to a previous error.',
    'vkAllocateMemory failed with VK_ERROR_OUT_OF_DEVICE_MEMORY',
  ];
  for (const message of messages) assert.ok(isOutOfMemory(new Error(message)), message);
  for (const message of ['Invalid input name', 'Program Gather requires f16 but the device does not support it', 'indices out of bounds']) {
    assert.equal(isOutOfMemory(new Error(message)), false, message);
  }
});
