import { readFileSync } from 'node:fs';
import path from 'node:path';
import { main } from 'assemblyscript/asc';
import { writeAtomically } from '../../../files/atomic.ts';
import { HarnessError } from '../../../errors.ts';
import { packageRoot } from '../../../home.ts';

/** Folders with an assembly.ts, each for one linear memory. */
export const KERNEL_FOLDERS = [path.join('src', 'training', 'optimiser', 'kernels'), path.join('src', 'embed', 'kernels')] as const;

/** Speed over size; nothing is allocated, so no runtime is linked, and the memory is the caller's. */
const FLAGS = [
  '--optimizeLevel',
  '3',
  '--shrinkLevel',
  '0',
  '--converge',
  '--noAssert',
  '--runtime',
  'stub',
  '--importMemory',
  '--enable',
  'simd',
];

/**
 * Compiles the assembly.ts of a folder to a module. For development: the compiler is not a run-time dependency. Throws INTERNAL with the
 * compiler's message.
 */
export async function compileKernels(folder: (typeof KERNEL_FOLDERS)[number]): Promise<Uint8Array> {
  const source = readFileSync(path.join(packageRoot(), folder, 'assembly.ts'), 'utf8');
  let compiled: Uint8Array | undefined;
  const { error, stderr } = await main(['assembly.ts', '--outFile', 'kernels.wasm', ...FLAGS], {
    readFile: (name: string) => (name === 'assembly.ts' ? source : null),
    writeFile: (_: string, bytes: string | Uint8Array) => {
      compiled = bytes as Uint8Array;
    },
    listFiles: () => [],
  });
  if (error !== null || compiled === undefined)
    throw new HarnessError('INTERNAL', { where: 'assembly.ts', what: `It does not compile: ${String(stderr)}` });
  return compiled;
}

/** Text of module.ts: the module as base64, so that it is loaded like any other file of the program. */
export function moduleText(compiled: Uint8Array): string {
  const lines = Buffer.from(compiled)
    .toString('base64')
    .match(/.{1,140}/g)!;
  return `// Made from assembly.ts by \`npm run kernels\`.\n/** A WebAssembly module in base64. */\nexport const KERNELS =\n${lines.map((line) => `  '${line}'`).join(' +\n')};\n`;
}

if (process.argv[1] === import.meta.filename) {
  for (const folder of KERNEL_FOLDERS) {
    const file = path.join(folder, 'module.ts');
    await writeAtomically(path.join(packageRoot(), file), moduleText(await compileKernels(folder)));
    process.stdout.write(`${file}\n`);
  }
}
