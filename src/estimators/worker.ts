import { parentPort } from 'node:worker_threads';
import { HarnessError, reason } from '../errors.ts';
import { estimate } from './estimators.ts';
import { EstimatorRuntime } from './runtime.ts';
import type { Answer, Question } from './estimator-thread.ts';

/** The thread of the estimators: the runtime blocks whoever calls it. */
let runtime: { readonly threads: number; readonly value: EstimatorRuntime } | undefined;
let last: Promise<void> = Promise.resolve();

parentPort!.on('message', (question: Question) => {
  last = last.then(() => reply(question));
});

async function reply(question: Question): Promise<void> {
  if (question.kind === 'end') {
    await runtime?.value.close();
    parentPort!.close();
    return;
  }
  const { id, threads, params } = question;
  try {
    if (runtime?.threads !== threads) {
      await runtime?.value.close();
      runtime = { threads, value: new EstimatorRuntime(threads) };
    }
    parentPort!.postMessage({ id, estimates: await estimate(params, runtime.value) } satisfies Answer);
  } catch (error) {
    const complaint = error instanceof HarnessError ? { code: error.code, ...error.complaint } : { code: 'INTERNAL' as const, what: reason(error) };
    parentPort!.postMessage({ id, complaint } satisfies Answer);
  }
}
