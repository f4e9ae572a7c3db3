import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { test } from 'node:test';
import { ownOracle } from '../oracles.ts';
import { noWebgpu, webgpuEnvironment } from '../webgpu.ts';

/** Losses and norms of a few steps, in a process of its own: a driver is found by the environment that it starts with. */
function losses(encoder: string, device: string): number[] {
  const command = [path.join(import.meta.dirname, 'few-steps.js'), ownOracle(encoder), device];
  const { status, stdout, stderr } = spawnSync(process.execPath, command, { encoding: 'utf8', env: webgpuEnvironment() });
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout) as number[];
}

// Absolute positions; relative ones; rotary ones, whose sines a card is not exact enough for.
for (const encoder of ['bert-uncased', 'deberta-v3', 'nomic-bert']) {
  test(`trainer: losses and gradient norms of ${encoder} on webgpu are those on the cpu`, { skip: noWebgpu }, () => {
    const [cpu, webgpu] = [losses(encoder, 'cpu'), losses(encoder, 'webgpu')];
    assert.equal(webgpu.length, cpu.length);
    for (const [i, value] of cpu.entries()) assert.ok(Math.abs(webgpu[i]! / value - 1) < 1e-5, `${webgpu} and ${cpu}`);
  });
}
