import { parentPort } from 'node:worker_threads';
import { nativeLibrariesLoaded, uninterrupted } from '../graph/native-calls.ts';
import { answerOn, fail } from './serve.ts';
import type { Calls } from './calls.ts';
import { CLOSE, CLOSED, type Joining } from './shared-end.ts';

/** The thread that several share (see SharedEnd). */

/** What a worker file that calls `offer` has. */
interface Offering {
  readonly offered: () => Calls;
}

parentPort!.on('message', ({ file, port }: Joining) => {
  const calls = uninterrupted(() => import(file) as Promise<Offering>).then(({ offered }) => offered());
  calls.catch(fail);
  const answering = answerOn(port, calls);
  port.on('message', (message: unknown) => {
    if (message !== CLOSE) return;
    answering
      .close()
      .then(() => port.postMessage(CLOSED))
      .catch(fail);
  });
});
parentPort!.on('messageerror', (error) => fail(error));
process.on('unhandledRejection', fail);
nativeLibrariesLoaded();
