import { parentPort, workerData } from 'node:worker_threads';
import { complaintOf } from '../errors.ts';
import { project, type ProjectionParams } from './projection.ts';
import type { Answer } from './projection-thread.ts';

/** Progress is for people: so many messages a map are enough. */
const MESSAGES = 100;

function say(answer: Answer): void {
  parentPort!.postMessage(answer);
}

try {
  const layout = project(workerData as ProjectionParams, (done, total) => {
    if (done % Math.ceil(total / MESSAGES) === 0) say({ kind: 'step', done, total });
  });
  say({ kind: 'layout', layout });
} catch (error) {
  say({ kind: 'complaint', complaint: complaintOf(error) });
}
