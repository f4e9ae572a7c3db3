import { Worker, type WorkerOptions } from 'node:worker_threads';
import { silenceRuntime } from './telemetry.ts';

/**
 * Threads have the process's flags. This one is of a program that is given as text (`node --input-type=module -e`), and no file runs with
 * it.
 */
const EVALUATED = process.execArgv.some((flag) => flag.startsWith('--input-type'));

/** A thread that makes sessions of onnxruntime. Throws as `silenceRuntime`. */
export function runtimeThread(file: URL, options?: WorkerOptions): Worker {
  silenceRuntime();
  return new Worker(file, { ...(EVALUATED && { execArgv: [] }), ...options });
}
