import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chooseCard, withoutTf32 } from '../../src/devices/card.ts';
import { deviceOf, isDeviceWord } from '../../src/devices/device.ts';

function chosen(card: number, env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  chooseCard(card, env);
  return env;
}

test('card: CUDA is shown one, of all or of those that are listed', () => {
  assert.deepEqual(chosen(1, {}), { CUDA_VISIBLE_DEVICES: '1', CUDA_DEVICE_ORDER: 'PCI_BUS_ID' });
  assert.deepEqual(chosen(1, { CUDA_VISIBLE_DEVICES: '4, GPU-7' }), { CUDA_VISIBLE_DEVICES: 'GPU-7', CUDA_DEVICE_ORDER: 'PCI_BUS_ID' });
  assert.equal(chosen(0, { CUDA_DEVICE_ORDER: 'FASTEST_FIRST' })['CUDA_DEVICE_ORDER'], 'FASTEST_FIRST');
  assert.throws(() => chosen(2, { CUDA_VISIBLE_DEVICES: '4,5' }), {
    message: '`device`: No card 2: CUDA_VISIBLE_DEVICES lists 2 (4, 5). Cards are counted from 0.',
  });
  assert.throws(() => chosen(0, { CUDA_VISIBLE_DEVICES: '' }), /lists 0 \(none\)/);
  // A process keeps its card: the number is one of the list that it began with.
  const env = { CUDA_VISIBLE_DEVICES: '3,5' };
  for (let time = 0; time < 2; time++) assert.equal(chosen(1, env)['CUDA_VISIBLE_DEVICES'], '5');
  assert.throws(() => chosen(0, env), /This process has card 1, and CUDA shows it no other\. Use another process for card 0\./);
});

test('device: its words, and what each says', () => {
  for (const word of ['auto', 'cpu', 'webgpu', 'cuda', 'cuda:0', 'cuda:12', 'dml', 'coreml']) assert.ok(isDeviceWord(word), word);
  for (const word of ['', 'gpu', 'cuda:', 'cuda:x', 'cuda:-1', 'webgpu:1', 'cpu:0', 'CUDA', 'auto ', 'cuda\n']) {
    assert.equal(isDeviceWord(word), false, word);
  }
  assert.deepEqual(deviceOf('cuda:12'), { device: 'cuda', card: 12 });
  assert.deepEqual(deviceOf('webgpu'), { device: 'webgpu', card: undefined });
});

test('card: CUDA multiplies float32 as such, unless the user says otherwise', () => {
  const environments: NodeJS.ProcessEnv[] = [{}, { NVIDIA_TF32_OVERRIDE: '1' }];
  for (const env of environments) withoutTf32(env);
  assert.deepEqual(environments, [{ NVIDIA_TF32_OVERRIDE: '0' }, { NVIDIA_TF32_OVERRIDE: '1' }]);
});
