import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { spawnSync } from 'node:child_process';
import { ownOracle } from '../oracles.ts';

/** A software Vulkan driver, as in Debian's chromium: correct, and slow. */
const DRIVER = '/usr/lib/chromium/vk_swiftshader_icd.json';
const LOADERS = ['/usr/lib/x86_64-linux-gnu/libvulkan.so.1', '/usr/lib/aarch64-linux-gnu/libvulkan.so.1'];

function unlessDriver(): string | false {
  if (process.env['VK_ICD_FILENAMES'] !== undefined) return false;
  return existsSync(DRIVER) && LOADERS.some((file) => existsSync(file))
    ? false
    : 'needs a Vulkan driver (Debian: chromium for its software driver, and libvulkan1)';
}

const skip = unlessDriver();

/** Losses and norms of a few steps, in a separate process: a driver is found by the environment that it starts with. */
function losses(device: string): number[] {
  const command = [path.join(import.meta.dirname, 'few-steps.js'), ownOracle('bert-uncased'), device];
  const { status, stdout, stderr } = spawnSync(process.execPath, command, {
    encoding: 'utf8',
    env: { VK_ICD_FILENAMES: DRIVER, ...process.env },
  });
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout) as number[];
}

test('trainer: losses and gradient norms on webgpu are those on the cpu', { skip }, () => {
  const [cpu, webgpu] = [losses('cpu'), losses('webgpu')];
  assert.equal(webgpu.length, cpu.length);
  for (const [i, value] of cpu.entries()) assert.ok(Math.abs(webgpu[i]! / value - 1) < 1e-4, `${webgpu} beside ${cpu}`);
});
