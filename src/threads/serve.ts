import { parentPort, type MessagePort } from 'node:worker_threads';
import { complaintOf, HarnessError } from '../errors.ts';
import { nativeLibrariesLoaded } from '../graph/native-calls.ts';
import { half, Later, Moved, type Answer, type Calls, type Question } from './calls.ts';
import { isShared } from './shared-thread.ts';

/**
 * Makes the thread of a worker file answer these calls, one at a time in the order of the requests; a call that answers later (see `later`)
 * lets the next begin. Whatever a call throws is its answer; an error outside of the calls, or an unhandled rejection, ends the thread. To
 * be called once everything else is loaded.
 */
export function serve<C extends Calls>(calls: C): C {
  answerOn(parentPort!, calls);
  process.on('unhandledRejection', fail); // whatever Node's flags say about unhandled rejections
  nativeLibrariesLoaded();
  return calls;
}

/**
 * The same for a worker file that threads may share: it makes its calls, with their state, for each of them, and exports `offered` for the
 * shared thread. A call `close`, if there is one, releases what they hold.
 */
export function offer(offered: () => Calls): void {
  if (!isShared()) serve(offered());
}

export interface Answering {
  /** Begins no more calls, and when those that have begun are answered, releases what the calls hold. */
  close(): Promise<void>;
}

/** Answers the requests that come from a port. */
export function answerOn(port: MessagePort, calls: Calls | Promise<Calls>): Answering {
  let last: Promise<void> = Promise.resolve();
  const late = new Set<Promise<void>>();
  let closing: Promise<void> | undefined;
  port.on('message', (question: Question) => {
    if (!isQuestion(question)) return;
    last = last.then(async () => (closing === undefined ? reply(await calls, question, { port, late }) : undefined));
  });
  port.on('messageerror', (error) => fail(new Error(`the request cannot be read (${half(error)})`)));
  const release = async (): Promise<void> => {
    await last;
    await Promise.all(late);
    const { close } = await calls;
    await (close as (() => unknown) | undefined)?.();
  };
  return { close: () => (closing ??= release()) };
}

function isQuestion(message: unknown): message is Question {
  return typeof message === 'object';
}

interface Replying {
  readonly port: MessagePort;
  /** Answers that come later. */
  readonly late: Set<Promise<void>>;
}

async function reply(calls: Calls, { id, name, params }: Question, { port, late }: Replying): Promise<void> {
  const send = (answer: Answer, transfer: readonly ArrayBuffer[] = []): void => {
    try {
      port.postMessage(answer, transfer);
    } catch (error) {
      throw new Error(`its answer cannot be sent (${half(error)})`, { cause: error });
    }
  };
  const answer = async (work: () => unknown): Promise<void> => {
    try {
      const result = await work();
      if (result instanceof Later) {
        const answered: Promise<void> = answer(() => result.answer).finally(() => late.delete(answered));
        late.add(answered);
      } else if (result instanceof Moved) send({ kind: 'done', id, value: result.value }, result.buffers);
      else send({ kind: 'done', id, value: result });
    } catch (error) {
      send(
        error instanceof HarnessError ? { kind: 'complaint', id, complaint: complaintOf(error) } : { kind: 'failed', id, why: half(error) },
      );
    }
  };
  const tell = (progress: unknown): void => send({ kind: 'progress', id, progress });
  const call = calls[name] as (params: unknown, tell: (progress: unknown) => void) => unknown;
  await answer(() => call(params, tell));
}

/** Ends the thread with an error. */
export function fail(error: unknown): never {
  throw error instanceof Error ? error : new Error(String(error));
}
