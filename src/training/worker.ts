import { serve } from '../threads/serve.ts';
import type { TokenText } from './text-batch.ts';
import { TrainerCore } from './trainer-core.ts';
import type { StateFiles, StepRequest, TrainerParams } from './trainer-params.ts';

/** The thread in which an encoder is trained: a running session blocks its thread, and progress must keep updating. */

let core: TrainerCore | undefined;

const calls = serve({
  open: async (params: TrainerParams) => {
    const { core: made, opened } = await TrainerCore.open(params);
    core = made;
    return opened;
  },
  step: (request: StepRequest) => core!.step(request),
  embed: (texts: readonly TokenText[]) => core!.embed(texts),
  parameters: () => core!.parameters(),
  save: (files: StateFiles) => core!.save(files),
  restore: (files: StateFiles) => core!.restore(files),
});
export type TrainerCalls = typeof calls;
