import { Worker, type WorkerOptions } from 'node:worker_threads';
import { silenceRuntime } from './telemetry.ts';

/** A thread that makes sessions of onnxruntime. Throws as `silenceRuntime`. */
export function runtimeThread(file: URL, options?: WorkerOptions): Worker {
  silenceRuntime();
  return new Worker(file, options);
}
