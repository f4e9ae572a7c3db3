import { parentPort } from 'node:worker_threads';
import { complaintOf } from '../errors.ts';
import { estimate, type EstimateParams } from './estimators.ts';
import { EstimatorRuntime } from './runtime.ts';
import type { Answer, Question } from './estimator-threads.ts';

/** A thread of the estimators: the runtime blocks whoever calls it. */
const runtime = new EstimatorRuntime(1);
/** One question after the other. */
let last: Promise<void> = Promise.resolve();

parentPort!.on('message', (question: Question) => {
  // What is being estimated ends at its next product, and nobody waits for it any more.
  if (question.kind === 'end') runtime.stop();
  last = last.then(() => (question.kind === 'end' ? end() : reply(question.params)));
});

async function reply(params: EstimateParams): Promise<void> {
  try {
    parentPort!.postMessage({ estimates: await estimate(params, runtime) } satisfies Answer);
  } catch (error) {
    parentPort!.postMessage({ complaint: complaintOf(error) } satisfies Answer);
  }
}

async function end(): Promise<void> {
  await runtime.close();
  parentPort!.close();
}
