import { parentPort } from 'node:worker_threads';
import { complaintOf, HarnessError } from '../errors.ts';
import { nativeLibrariesLoaded } from '../graph/native-calls.ts';
import { half, Moved, type Answer, type Calls, type Question } from './calls.ts';

/**
 * Makes the thread of a worker file answer these calls, one at a time in the order of the requests. Whatever a call throws is its answer;
 * an error outside of the calls, or an unhandled rejection, ends the thread. To be called once everything else is loaded.
 */
export function serve<C extends Calls>(calls: C): C {
  let last: Promise<void> = Promise.resolve();
  parentPort!.on('message', (question: Question) => {
    last = last.then(() => reply(calls, question));
  });
  parentPort!.on('messageerror', (error) => fail(new Error(`the request cannot be read (${half(error)})`)));
  process.on('unhandledRejection', fail); // whatever Node's flags say about unhandled rejections
  nativeLibrariesLoaded();
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
    send(
      error instanceof HarnessError ? { kind: 'complaint', id, complaint: complaintOf(error) } : { kind: 'failed', id, why: half(error) },
    );
  }
}

/** Throws if the answer cannot be cloned. */
function send(answer: Answer, transfer: readonly ArrayBuffer[] = []): void {
  try {
    parentPort!.postMessage(answer, transfer);
  } catch (error) {
    throw new Error(`its answer cannot be sent (${half(error)})`, { cause: error });
  }
}

function fail(error: unknown): never {
  throw error instanceof Error ? error : new Error(String(error));
}
