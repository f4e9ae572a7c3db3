import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { cudaLibrary, type Device } from '../../../src/devices/device.ts';
import { decideDevice } from '../../../src/experiment/device/decide-device.ts';
import type { Probed } from '../../../src/graph/probe/probed.ts';
import { noWebgpu, webgpuEnvironment } from '../../webgpu.ts';

/** A machine with these devices, and their milliseconds; the others are missing. */
const machine = (times: Partial<Record<Device, number>>) => {
  const asked: string[] = [];
  const probe = (device: Device, { timed = false } = {}): Promise<Probed> => {
    asked.push(`${device}${timed ? ' timed' : ''}`);
    const ms = times[device];
    return Promise.resolve(ms === undefined ? { failed: 'ort.cc:1 create x was false. No supported adapters.' } : timed ? { ms } : {});
  };
  const memory: Device[] = [];
  const askMemory = (device: Device): Promise<void> => {
    memory.push(device);
    return Promise.resolve();
  };
  return { asked, memory, decide: (word: string, runsOn?: 'workers') => decideDevice({ word, runsOn, probe, askMemory }) };
};

const withoutCuda = !existsSync(cudaLibrary());

test('device: of a card that was decided for its memory is asked, not for the CPU, for workers or where it is missing', async () => {
  const { memory, decide } = machine({ webgpu: 1 });
  await decide('cpu');
  await decide('webgpu', 'workers');
  assert.deepEqual(memory, []);
  await decide('webgpu');
  assert.deepEqual(memory, ['webgpu']);
  const none = machine({});
  await assert.rejects(none.decide('webgpu'));
  assert.deepEqual(none.memory, []);
});

test('device: the CPU needs no trial, another device is tried', async () => {
  const { asked, decide } = machine({ webgpu: 1 });
  assert.deepEqual(await decide('cpu'), { device: 'cpu' });
  assert.deepEqual(await decide('webgpu'), { device: 'webgpu' });
  assert.deepEqual(asked, ['webgpu']);
  await decideDevice({ word: 'cpu', halves: true, probe: () => Promise.resolve({ failed: 'no' }) });
  const f16 = 'Program Cast requires f16 but the device does not support it';
  await assert.rejects(
    decideDevice({ word: 'webgpu', halves: true, probe: (_device, how) => Promise.resolve(how?.halves === true ? { failed: f16 } : {}) }),
    {
      code: 'OPTION',
      message:
        '`mixedPrecision`: The card cannot compute in float16: its driver has no shader-f16. Omit it, or use `device` cpu, which emulates it.',
    },
  );
  await assert.rejects(machine({}).decide('webgpu'), {
    code: 'OPTION',
    message:
      '`device`: webgpu is unavailable: No supported adapters. It needs a graphics driver (Vulkan, Metal or Direct3D 12); `device` cpu ' +
      'runs everywhere.',
  });
});

test(
  'device: auto takes a card that is at least twice as fast, and says what it took and why',
  { skip: !withoutCuda && 'has CUDA' },
  async () => {
    assert.deepEqual(await machine({ cpu: 10, webgpu: 4.9 }).decide('auto'), {
      device: 'webgpu',
      why: 'Device: webgpu (4 products of 512 x 512 numbers took 4.9 ms there, 10 ms on the CPU).',
    });
    const noCuda = `cuda: there is no ${path.basename(cudaLibrary())}`;
    assert.deepEqual(await machine({ cpu: 10, webgpu: 5.1 }).decide('auto'), {
      device: 'cpu',
      why: `Device: cpu (${noCuda}; webgpu: not 2 times as fast, 4 products of 512 x 512 numbers took 5.1 ms there, 10 ms on the CPU).`,
    });
    assert.deepEqual(await machine({ cpu: 10 }).decide('auto'), {
      device: 'cpu',
      why: `Device: cpu (${noCuda}; webgpu: No supported adapters).`,
    });
  },
);

test('device: workers have their own; what depends on one machine is refused for them', async () => {
  const { asked, decide } = machine({});
  assert.deepEqual(await decide('webgpu', 'workers'), { device: 'webgpu' });
  assert.deepEqual(asked, []);
  await assert.rejects(decide('auto', 'workers'), /With a queue it takes the name of a device, got auto\. Results depend on the device/);
  await assert.rejects(decide('cuda:1', 'workers'), /got cuda:1\. Each worker has its own card/);
});

test('device: CUDA without its libraries is one line with the remedy', { skip: !withoutCuda && 'has CUDA' }, async () => {
  await assert.rejects(machine({ cuda: 1 }).decide('cuda'), {
    code: 'OPTION',
    message:
      `\`device\`: cuda is unavailable: there is no ${path.basename(cudaLibrary())}. Its libraries come with onnxruntime-node's install ` +
      'script, which was skipped (docs/devices.md, "CUDA"); `device` cpu runs everywhere.',
  });
});

/** What the trial of a device prints. */
function probed(device: Device, how: string, env: NodeJS.ProcessEnv): Probed {
  const main = path.join(import.meta.dirname, '..', '..', '..', 'src', 'graph', 'probe', 'probe-main.js');
  const { stdout, stderr } = spawnSync(process.execPath, [main, device, how], { encoding: 'utf8', env });
  assert.notEqual(stdout, '', stderr);
  return JSON.parse(stdout) as Probed;
}

test('device: a trial runs products on the device itself, never on the CPU in its place', () => {
  assert.ok(probed('cpu', 'timed', process.env).ms! > 0);
  for (const device of ['dml', 'coreml', 'cuda'] as const) {
    if (device === 'cuda' ? !withoutCuda : process.platform !== 'linux') continue;
    assert.notEqual(probed(device, 'once', process.env).failed, undefined, device);
  }
});

test('device: webgpu is tried on a driver', { skip: noWebgpu }, () => {
  assert.deepEqual(probed('webgpu', 'once', webgpuEnvironment()), {});
});
