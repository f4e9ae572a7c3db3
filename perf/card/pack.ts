import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { runtimeFolder } from '../../src/devices/device.ts';
import { packageRoot } from '../../src/home.ts';
import { questionsFolder, QUESTION_FILES } from './questions.ts';

/** What a machine may be sent; CUDA's library alone, 223 MB when compressed, does not fit. */
export const MOST_BYTES = 64 * 2 ** 20;

/** What looks for Vulkan's drivers: Debian's libvulkan1, or chromium's own. */
const LOADERS = ['/usr/lib/x86_64-linux-gnu/libvulkan.so.1', '/usr/lib/chromium/libvulkan.so.1'];
/** What NVIDIA's driver needs besides, which machines without a display may lack. */
const DRIVER_NEEDS = [
  'libX11.so.6',
  'libXext.so.6',
  'libxcb.so.1',
  'libXau.so.6',
  'libXdmcp.so.6',
  'libbsd.so.0',
  'libmd.so.0',
  'libGLdispatch.so.0',
];
const LIBRARIES = '/usr/lib/x86_64-linux-gnu';

/**
 * Makes `perf/card/kit`: all that the measurement needs on Linux x64 where nothing can be downloaded, as archives for `run.sh`. Throws if
 * it is larger than such a machine may be sent.
 */
export function pack(): void {
  if (process.platform !== 'linux' || process.arch !== 'x64')
    throw new Error(`The kit is for Linux x64, made there, not on ${process.platform} ${process.arch}.`);
  const root = packageRoot();
  const kit = path.join(root, 'perf', 'card', 'kit');
  const scratch = mkdtempSync(path.join(tmpdir(), 'perf-card-kit-'));
  rmSync(kit, { recursive: true, force: true });
  mkdirSync(kit, { recursive: true });
  const sizes: [string, number][] = [];
  try {
    for (const [name, fill] of Object.entries(PARTS)) {
      const folder = path.join(scratch, name);
      mkdirSync(folder);
      fill(folder, root);
      const file = path.join(kit, `${name}.tar.xz`);
      execFileSync('tar', ['--sort=name', '--owner=0', '--group=0', '--numeric-owner', '--mtime=@0', '-cJf', file, '-C', folder, '.'], {
        env: { ...process.env, XZ_OPT: `-9e -T${availableParallelism()}` },
      });
      sizes.push([`${name}.tar.xz`, statSync(file).size]);
    }
    copyFileSync(path.join(root, 'perf', 'card', 'run.sh'), path.join(kit, 'run.sh'));
    console.log(sizeList(sizes));
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** A line for each part, and their sum. Throws if that is above what a machine may be sent. */
export function sizeList(sizes: readonly (readonly [string, number])[]): string {
  const all = sizes.reduce((sum, [, size]) => sum + size, 0);
  const lines = [...sizes, ['in all', all] as const].map(
    ([name, size]) => `${name.padEnd(20)} ${(size / 2 ** 20).toFixed(2).padStart(6)} MiB`,
  );
  if (all > MOST_BYTES) throw new Error(`The kit is larger than ${MOST_BYTES / 2 ** 20} MiB:\n${lines.join('\n')}`);
  return lines.join('\n');
}

const PARTS: Readonly<Record<string, (folder: string, root: string) => void>> = {
  node: (folder) => {
    const file = path.join(folder, 'bin', 'node');
    copy(process.execPath, file);
    // Without its symbols it is an eighth smaller.
    if (spawnSync('strip', [file]).status !== 0) console.log('node is packed with its symbols: there is no strip (Debian: binutils).');
  },
  onnxruntime: (folder, root) => {
    const from = runtimeFolder();
    for (const name of ['libonnxruntime.so.1', 'onnxruntime_binding.node'])
      copy(path.join(from, name), path.join(folder, path.relative(root, from), name));
  },
  vulkan: (folder) => {
    const loader = LOADERS.find((file) => existsSync(file));
    if (loader === undefined) throw new Error(`There is no ${LOADERS.join(' or ')} (Debian: libvulkan1).`);
    copy(loader, path.join(folder, 'lib', 'libvulkan.so.1'));
    for (const name of DRIVER_NEEDS) {
      const file = path.join(LIBRARIES, name);
      if (existsSync(file)) copy(file, path.join(folder, 'lib', 'driver', name));
    }
  },
  program: (folder, root) => {
    for (const name of ['package.json', 'perf/peers/card_peer.py']) copy(path.join(root, name), path.join(folder, name));
    for (const name of ['dist/src', 'dist/perf/card']) {
      cpSync(path.join(root, name), path.join(folder, name), { recursive: true, filter: isScript });
    }
    copy(path.join(root, 'dist', 'perf', 'main.js'), path.join(folder, 'dist', 'perf', 'main.js'));
    for (const name of loadedPackages()) {
      const from = path.join(root, 'node_modules', name);
      // Native libraries are a part of their own, for one platform.
      const filter = (file: string) =>
        statSync(file).isDirectory() ? path.relative(from, file) !== 'bin' : /\.(js|cjs|mjs|json)$|LICEN[CS]E/i.test(file);
      cpSync(from, path.join(folder, 'node_modules', name), { recursive: true, filter });
    }
  },
  questions: (folder) => {
    for (const name of QUESTION_FILES) copy(path.join(questionsFolder(), name), path.join(folder, 'trec', name));
  },
};

/** Packages that a short measurement loads, in any of its processes and threads: Node writes down every script that it ran. */
function loadedPackages(): string[] {
  const scratch = mkdtempSync(path.join(tmpdir(), 'perf-card-loaded-'));
  try {
    const main = path.join(path.dirname(import.meta.dirname), 'main.js');
    const { OUT: _out, ...env } = process.env;
    execFileSync(process.execPath, [main, 'card', 'cpu', 'quick', '--python', 'none'], {
      env: { ...env, NODE_V8_COVERAGE: scratch },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const urls = readdirSync(scratch).flatMap((name) => {
      const { result } = JSON.parse(readFileSync(path.join(scratch, name), 'utf8')) as { result: readonly { readonly url: string }[] };
      return result.map(({ url }) => url);
    });
    return packagesOf(urls);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** Names of the packages that scripts belong to, sorted. */
export function packagesOf(urls: readonly string[]): string[] {
  const names = urls.flatMap((url) => /\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url)?.[1] ?? []);
  return [...new Set(names)].toSorted();
}

function isScript(file: string): boolean {
  return file.endsWith('.js') || statSync(file).isDirectory();
}

function copy(from: string, to: string): void {
  mkdirSync(path.dirname(to), { recursive: true });
  copyFileSync(from, to);
}
