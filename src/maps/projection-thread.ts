import { HarnessError } from '../errors.ts';
import { Thread } from '../threads/thread.ts';
import type { Layout, OnStep } from './layout.ts';
import type { ProjectionParams } from './projection.ts';
import type { MapCalls } from './worker.ts';

/** `project` in a thread that ends with the call. Throws what `project` throws. */
export async function projectInThread(params: ProjectionParams, onStep?: OnStep): Promise<Layout> {
  const thread = new Thread<MapCalls>({
    file: new URL('./worker.js', import.meta.url),
    failed: (why) => new HarnessError('INTERNAL', { what: `The map failed: ${why}.` }),
  });
  try {
    return await thread.call('project', params, { onProgress: onStep && (({ done, total }) => onStep(done, total)) });
  } finally {
    await thread.close();
  }
}
