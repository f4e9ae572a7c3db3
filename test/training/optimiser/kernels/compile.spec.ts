import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { packageRoot } from '../../../../src/home.ts';
import { compileKernels, KERNEL_FOLDERS, moduleText } from '../../../../src/training/optimiser/kernels/compile.ts';

for (const folder of KERNEL_FOLDERS) {
  test(`kernels: ${path.join(folder, 'module.ts')} is what assembly.ts compiles to (npm run kernels)`, async () => {
    assert.equal(readFileSync(path.join(packageRoot(), folder, 'module.ts'), 'utf8'), moduleText(await compileKernels(folder)));
  });
}
