import { parentPort } from 'node:worker_threads';
import { complaintOf } from '../errors.ts';
import { estimate } from './estimators.ts';
import { EstimatorRuntime } from './runtime.ts';
import type { Answer, Question } from './estimator-threads.ts';

/** A thread of the estimators: the runtime blocks whoever calls it. */
const runtime = new EstimatorRuntime(1);

parentPort!.on('message', async (question: Question) => {
  if (question.kind === 'end') {
    await runtime.close();
    parentPort!.close();
    return;
  }
  try {
    parentPort!.postMessage({ estimates: await estimate(question.params, runtime) } satisfies Answer);
  } catch (error) {
    parentPort!.postMessage({ complaint: complaintOf(error) } satisfies Answer);
  }
});
