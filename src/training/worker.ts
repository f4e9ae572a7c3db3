import { parentPort } from 'node:worker_threads';
import { complaintOf } from '../errors.ts';
import type { Answer, Question } from './trainer.ts';
import { TrainerCore } from './trainer-core.ts';

/** The thread in which an encoder is trained: a running session blocks its thread, and progress must keep moving. */

let core: TrainerCore | undefined;
/** One question after the other. */
let last: Promise<void> = Promise.resolve();

parentPort!.on('message', ({ id, ask }: Question) => {
  last = last.then(async () => {
    try {
      const result = await answer(ask);
      parentPort!.postMessage({ id, result } satisfies Answer);
    } catch (error) {
      parentPort!.postMessage({ id, error: complaintOf(error) } satisfies Answer);
    }
  });
});

async function answer(ask: Question['ask']): Promise<unknown> {
  switch (ask.kind) {
    case 'open': {
      const { core: made, opened } = await TrainerCore.open(ask.params);
      core = made;
      return opened;
    }
    case 'step':
      return core!.step(ask.request);
    case 'embed':
      return core!.embed(ask.texts);
    case 'parameters':
      return core!.parameters();
    case 'save':
      return core!.save(ask.files);
    case 'restore':
      return core!.restore(ask.files);
    default:
      return ask satisfies never;
  }
}
