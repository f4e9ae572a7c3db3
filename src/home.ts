import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import envPaths from 'env-paths';

/** Folder of package.json, models.json, datasets.json: the nearest parent of this file that has a package.json. */
export function packageRoot(): string {
  let folder = import.meta.dirname;
  while (!existsSync(path.join(folder, 'package.json'))) {
    const above = path.dirname(folder);
    if (above === folder) throw new Error(`No package.json above ${import.meta.dirname}.`);
    folder = above;
  }
  return folder;
}

/** Where downloads and vectors are cached: EMBEDDING_BENCH_CACHE, else the system's cache folder. */
export function defaultCacheDir(): string {
  return process.env['EMBEDDING_BENCH_CACHE'] ?? envPaths('embedding-bench', { suffix: '' }).cache;
}

/** Where vectors are stored in the cache folder. */
export function vectorFolder(cache: string): string {
  return path.join(cache, 'vectors');
}

/** Where checkpoints of running trainings are stored in the cache folder. */
export function trainingFolder(cache: string): string {
  return path.join(cache, 'training');
}

/** Where results of jobs that are not yet complete in any table are stored in the cache folder: a ranking resumes from them. */
export function jobFolder(cache: string): string {
  return path.join(cache, 'jobs');
}

/** Version of the onnxruntime that graphs run with. */
export function onnxruntimeVersion(): string {
  const { version } = createRequire(import.meta.url)('onnxruntime-node/package.json') as { version: string };
  return version;
}

/** Version of this package. */
export function packageVersion(): string {
  const { version } = JSON.parse(readFileSync(path.join(packageRoot(), 'package.json'), 'utf8')) as { version: string };
  return version;
}
