import assert from 'node:assert/strict';
import { chmodSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { cardMemory, findCardMemory, outputOf, type MemorySources } from '../../src/devices/card-memory.ts';
import { memoryOf } from '../../src/devices/smallest-memory.ts';
import { temporaryFolder } from '../temporary.ts';

const GIB = 2 ** 30;
const folder = temporaryFolder();

const nothing: MemorySources = {
  platform: 'linux',
  arch: 'x64',
  env: {},
  nvidia: () => Promise.resolve(undefined),
  amd: () => [],
  machine: () => 64 * GIB,
};
const nvidia = (answer: string) => ({ nvidia: () => Promise.resolve(answer) });
const NVIDIA = '0, GPU-1, [N/A], 8192, 4096';
const asked = () => assert.fail('asked');
const AMD = memoryOf({ total: 16 * GIB, free: 15 * GIB });

test('card memory: where nothing tells it is unknown, and so is what shares the memory of the machine', async () => {
  for (const device of ['cpu', 'webgpu', 'cuda', 'dml'] as const) assert.equal(await findCardMemory(device, nothing), undefined);
  assert.equal(await findCardMemory('webgpu', { ...nothing, platform: 'win32' }), undefined);
  assert.equal(cardMemory('webgpu'), undefined, 'nobody asked');
});

test('card memory: nothing is asked for the CPU', async () => {
  assert.equal(await findCardMemory('cpu', { ...nothing, nvidia: asked, amd: asked, machine: asked }), undefined);
});

test('card memory: WebGPU takes one of all cards, CUDA one of NVIDIA', async () => {
  const one = memoryOf({ total: 8 * GIB, free: 4 * GIB });
  assert.deepEqual(await findCardMemory('webgpu', { ...nothing, ...nvidia(NVIDIA) }), one);
  assert.deepEqual(await findCardMemory('dml', { ...nothing, ...nvidia(NVIDIA), platform: 'win32' }), one);
  assert.deepEqual(await findCardMemory('webgpu', { ...nothing, amd: () => [AMD] }), AMD);
  const both = { ...nothing, ...nvidia(NVIDIA), amd: () => [AMD] };
  assert.deepEqual(await findCardMemory('webgpu', both), { ...one, atMost: 16 * GIB });
  assert.deepEqual(await findCardMemory('cuda', both), one);
  assert.equal(await findCardMemory('webgpu', { ...both, amd: () => [AMD, undefined] }), undefined);
  assert.equal(await findCardMemory('webgpu', { ...both, ...nvidia('0, GPU-1, [N/A], [N/A], [N/A]') }), undefined);
  assert.equal(await findCardMemory('cuda', { ...both, env: { CUDA_VISIBLE_DEVICES: '' } }), undefined);
});

test("card memory: two thirds of a Mac's memory, if it has Apple's processor", async () => {
  const mac = { ...nothing, platform: 'darwin', arch: 'arm64', machine: () => 24 * GIB } as const;
  assert.deepEqual(await findCardMemory('webgpu', mac), memoryOf({ total: 16 * GIB, free: 16 * GIB }));
  assert.equal(await findCardMemory('coreml', { ...mac, arch: 'x64' }), undefined);
});

test(
  'card memory: a program that is missing, fails, says too much or nothing in time says nothing',
  { skip: process.platform === 'win32' },
  async () => {
    const script = (name: string, lines: string) => {
      const file = path.join(folder, name);
      writeFileSync(file, `#!/bin/sh\n${lines}\n`);
      chmodSync(file, 0o755);
      return file;
    };
    assert.equal(await outputOf(path.join(folder, 'none')), undefined);
    assert.equal(await outputOf(folder), undefined);
    assert.equal(await outputOf('a\0b'), undefined);
    assert.equal(await outputOf(script('fails', `echo '${NVIDIA}'; exit 9`)), undefined);
    assert.equal(await outputOf(script('endless', 'while :; do echo 0123456789012345678901234567890123456789; done')), undefined);
    const started = performance.now();
    assert.equal(await outputOf(script('hangs', "trap '' TERM; exec sleep 30"), { most: 200 }), undefined);
    assert.ok(performance.now() - started < 5000);
    assert.equal(
      await outputOf(script('says', 'printf "%s|" "$@" "$LC_ALL"')),
      '--query-gpu=index,uuid,mig.mode.current,memory.total,memory.free|--format=csv,noheader,nounits|C|',
    );
  },
);
