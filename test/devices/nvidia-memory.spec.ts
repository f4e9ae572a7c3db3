import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nvidiaMemory } from '../../src/devices/nvidia-memory.ts';

const MIB = 2 ** 20;
const card = (total: number, free: number, atMost = total) => ({ total: total * MIB, free: free * MIB, atMost: atMost * MIB });

const ONE = '0, GPU-7c0d0b5e-9a3f-2f14-8f6e-2f0b8f6c1d11, [N/A], 24564, 23010\n';
const TWO = [
  '0, GPU-11111111-aaaa-0000-0000-000000000000, Disabled, 81559, 81078',
  '1, GPU-22222222-bbbb-0000-0000-000000000000, Disabled, 16376, 700',
  '',
].join('\r\n');
const BY_BUS = { CUDA_DEVICE_ORDER: 'PCI_BUS_ID' };

test('nvidia-smi: one card, of which MIG is not known', () => {
  assert.deepEqual(nvidiaMemory(ONE), card(24_564, 23_010));
  assert.deepEqual(nvidiaMemory(ONE, {}), card(24_564, 23_010));
  assert.deepEqual(nvidiaMemory('0, GPU-1, Disabled, 8188 MiB, 8000 MiB'), card(8188, 8000));
});

test('nvidia-smi: of several cards the one that CUDA takes, else the smallest', () => {
  const either = card(16_376, 700, 81_559);
  assert.deepEqual(nvidiaMemory(TWO), either);
  assert.deepEqual(nvidiaMemory(TWO, BY_BUS), card(81_559, 81_078));
  assert.deepEqual(nvidiaMemory(TWO, { ...BY_BUS, CUDA_VISIBLE_DEVICES: '1,0' }), card(16_376, 700));
  assert.deepEqual(nvidiaMemory(TWO, { CUDA_VISIBLE_DEVICES: ' GPU-2222 ,GPU-1111' }), card(16_376, 700));
  // Counted from the fastest: either.
  assert.deepEqual(nvidiaMemory(TWO, { CUDA_VISIBLE_DEVICES: '1' }), either);
  assert.deepEqual(nvidiaMemory(TWO, {}), either);
});

test('nvidia-smi: no card is left to CUDA, or a part of one', () => {
  for (const list of ['', '-1', '7', 'GPU-3', 'MIG-22222222-bbbb-0000-0000-000000000000', 'none']) {
    assert.equal(nvidiaMemory(TWO, { ...BY_BUS, CUDA_VISIBLE_DEVICES: list }), undefined, list);
  }
  const divided = TWO.replace('Disabled, 81559', 'Enabled, 81559');
  assert.equal(nvidiaMemory(divided, BY_BUS), undefined);
  assert.equal(nvidiaMemory(divided), undefined);
  assert.deepEqual(nvidiaMemory(divided, { ...BY_BUS, CUDA_VISIBLE_DEVICES: '1' }), card(16_376, 700));
});

test('nvidia-smi: what is not understood is unknown', () => {
  const lines = [
    '0, GPU-1, [N/A], [N/A], [N/A]',
    '0, GPU-1, [N/A], [Unknown Error], 1',
    '0, GPU-1, [N/A], [GPU requires reset], [GPU requires reset]',
    '0, GPU-1, [N/A], 24.564, 23.010',
    '0, GPU-1, [N/A], 24564,5, 23010,0',
    '0, GPU-1, [N/A], 24\u00a0564, 23\u00a0010',
    '0, GPU-1, [N/A], 24 GiB, 23 GiB',
    '0, GPU-1, [N/A], 1e4, 0x10',
    '0, GPU-1, [N/A], -1, -1',
    '0, GPU-1, [N/A], 0, 0',
    '0, GPU-1, [N/A], 1000, 1001',
    '0, GPU-1, [N/A], 99999999999999999999, 1',
    '0; GPU-1; [N/A]; 24564; 23010',
    'index, uuid, mig.mode.current, memory.total [MiB], memory.free [MiB]',
    'No devices were found',
    "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver.",
    'Field "mig.mode.current" is not a valid field to query.',
    '',
  ];
  for (const line of lines) assert.equal(nvidiaMemory(line), undefined, line);
  // Another card may be the one that is meant.
  assert.equal(nvidiaMemory(`${ONE}${lines[0]}`), undefined);
});
