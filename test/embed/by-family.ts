import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { ownOracle } from '../oracles.ts';
import { webgpuEnvironment } from '../webgpu.ts';

/**
 * What a script of this folder prints for the own oracle of each family on WebGPU, a line of JSON each; in a process of its own, which finds
 * the driver.
 */
export function byFamily<T extends { readonly folder: string }>(script: string, families: readonly string[]): T[] {
  const command = [path.join(import.meta.dirname, script), 'webgpu', ...families.map((name) => ownOracle(name))];
  const { status, stdout, stderr } = spawnSync(process.execPath, command, { encoding: 'utf8', env: webgpuEnvironment() });
  assert.equal(status, 0, stderr);
  const all = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as T);
  assert.deepEqual(
    all.map(({ folder }) => path.basename(folder)),
    families,
  );
  return all;
}
