import { Worker } from 'node:worker_threads';
import { HarnessError, type CodedComplaint } from '../errors.ts';
import { watch } from '../thread.ts';
import type { ProjectionParams } from './projection.ts';
import type { Layout, OnStep } from './layout.ts';

/** What the thread says while it works, and last. */
export type Answer =
  | { readonly kind: 'step'; readonly done: number; readonly total: number }
  | { readonly kind: 'layout'; readonly layout: Layout }
  | { readonly kind: 'complaint'; readonly complaint: CodedComplaint };

/** `project` in a thread of its own, which ends with it. Throws what that throws. */
export async function projectInThread(params: ProjectionParams, onStep: OnStep = () => undefined): Promise<Layout> {
  const worker = new Worker(new URL('./worker.js', import.meta.url), { workerData: params });
  try {
    return await layoutOf(worker, onStep);
  } finally {
    await worker.terminate();
  }
}

function layoutOf(worker: Worker, onStep: OnStep): Promise<Layout> {
  return new Promise((resolve, reject) => {
    worker.on('message', (answer: Answer) => {
      switch (answer.kind) {
        case 'step':
          return onStep(answer.done, answer.total);
        case 'layout':
          return resolve(answer.layout);
        case 'complaint':
          return reject(new HarnessError(answer.complaint.code, answer.complaint));
        default:
          return answer satisfies never;
      }
    });
    watch(worker, (why) => reject(new HarnessError('INTERNAL', { what: `The map could not be made: ${why}.` })));
  });
}
