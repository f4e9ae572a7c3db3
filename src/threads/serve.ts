import { parentPort, workerData } from 'node:worker_threads';
import { complaintOf, HarnessError, reason } from '../errors.ts';
import { countNativeCalls, NativeCalls } from '../graph/native-calls.ts';
import { Moved, type Answer, type Calls, type Question, type ThreadData } from './calls.ts';

/**
 * Makes the thread of a worker file answer these calls, one after the other in the order asked. Whatever one throws is its answer; what is
 * thrown outside of them, or rejected with nobody waiting, ends the thread. To be called once all else is loaded.
 */
export function serve<C extends Calls>(calls: C): C {
  const native = new NativeCalls((workerData as ThreadData).nativeCalls);
  let last: Promise<void> = Promise.resolve();
  parentPort!.on('message', (question: Question) => {
    last = last.then(() => reply(calls, question));
  });
  parentPort!.on('messageerror', fail);
  process.on('unhandledRejection', fail); // whatever flag of Node says that it may pass
  countNativeCalls(native);
  native.leave(); // all is loaded
  return calls;
}

async function reply(calls: Calls, { id, name, params }: Question): Promise<void> {
  try {
    const tell = (progress: unknown): void => send({ kind: 'progress', id, progress });
    const call = calls[name] as (params: unknown, tell: (progress: unknown) => void) => unknown;
    const result = await call(params, tell);
    if (result instanceof Moved) send({ kind: 'done', id, value: result.value }, result.buffers);
    else send({ kind: 'done', id, value: result });
  } catch (error) {
    send(error instanceof HarnessError ? { kind: 'complaint', id, complaint: complaintOf(error) } : { kind: 'failed', id, why: reason(error) });
  }
}

/** Throws where the answer cannot be cloned. */
function send(answer: Answer, transfer: readonly ArrayBuffer[] = []): void {
  parentPort!.postMessage(answer, transfer);
}

function fail(error: unknown): never {
  throw error instanceof Error ? error : new Error(String(error));
}
