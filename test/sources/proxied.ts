import type { ModelEntry } from '../../src/registry/schema.ts';
import type { FileRequest } from '../../src/sources/file-source.ts';
import { openSources } from '../../src/sources/sources.ts';

/** Fetches in a separate process: trusted certificates must be set before it starts. */
export interface ProxiedTask {
  readonly cacheDir: string;
  readonly model: ModelEntry;
  readonly files: readonly FileRequest[];
  readonly env: Readonly<Record<string, string>>;
}

const { cacheDir, model, files, env } = JSON.parse(process.argv[2]!) as ProxiedTask;
const sources = openSources({ cacheDir, offline: false, mirrors: [], timeoutMs: 5000, backoffMs: 5, env });
const hashes = [(await sources.fetchModel(model)).files.get('onnx/model.onnx')!.sha256];
for (const file of files) hashes.push((await sources.fetchFile(file)).sha256);
const done = performance.now();
// Idle kept-alive connections must not keep the process.
process.on('exit', () => process.stdout.write(JSON.stringify({ hashes, restMs: performance.now() - done })));
