import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { packageRoot } from '../../../../src/home.ts';
import { compileKernels, moduleText } from '../../../../src/training/optimiser/kernels/compile.ts';

test('kernels: module.ts is what assembly.ts compiles to (npm run kernels)', async () => {
  const committed = readFileSync(path.join(packageRoot(), 'src', 'training', 'optimiser', 'kernels', 'module.ts'), 'utf8');
  assert.equal(committed, moduleText(await compileKernels()));
});
