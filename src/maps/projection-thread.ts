import { Worker } from 'node:worker_threads';
import { HarnessError, reason, type CodedComplaint } from '../errors.ts';
import type { Layout, OnStep, ProjectionParams } from './projection.ts';

/** What the thread says while it works, and last. */
export type Answer =
  | { readonly kind: 'step'; readonly done: number; readonly total: number }
  | { readonly kind: 'layout'; readonly layout: Layout }
  | { readonly kind: 'complaint'; readonly complaint: CodedComplaint };

/** `project` in a thread of its own, which ends with it. Throws what that throws. */
export function projectInThread(params: ProjectionParams, onStep: OnStep = () => undefined): Promise<Layout> {
  const worker = new Worker(new URL('./worker.js', import.meta.url), { workerData: params });
  return new Promise((resolve, reject) => {
    const fail = (what: string) => reject(new HarnessError('INTERNAL', { what: `The map could not be made: ${what}.` }));
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
    worker.on('error', (error) => fail(reason(error)));
    worker.on('exit', () => fail('its thread ended'));
  });
}
