import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { temporaryFolder } from '../temporary.ts';
import { webgpuEnvironment } from '../webgpu.ts';
import type { FewSteps, FewStepsResult } from './few-steps.ts';

const folder = temporaryFolder();

/** Runs in a process of its own: a driver is found by the environment that it starts with, and shaders are compiled once for all runs. */
export async function fewSteps(device: string, runs: readonly FewSteps[]): Promise<FewStepsResult[]> {
  const out = path.join(folder, `${device}.${runs.length}`);
  const command = [path.join(import.meta.dirname, 'few-steps.js'), device, out, JSON.stringify(runs)];
  const { stdout } = await promisify(execFile)(process.execPath, command, { env: webgpuEnvironment() });
  return JSON.parse(stdout) as FewStepsResult[];
}

/** Checks that losses and gradient norms are the CPU's: within seven times the largest differences measured (docs/fine-tuning.md). */
export function assertAlike(found: FewStepsResult, known: FewStepsResult): void {
  for (const [kind, bound] of [
    ['losses', 1e-5],
    ['norms', 1e-4],
  ] as const) {
    assert.equal(found[kind].length, known[kind].length);
    const most = known[kind].reduce((worst, value, i) => Math.max(worst, Math.abs(found[kind][i]! / value - 1)), 0);
    assert.ok(most < bound, `${kind} differ by ${most}: ${found[kind]}, not ${known[kind]}`);
  }
}
