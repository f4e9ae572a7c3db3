import { offer } from '../threads/serve.ts';
import type { TokenText } from './text-batch.ts';
import { TrainerCore } from './trainer-core.ts';
import type { StateFiles, StepRequest, TrainerParams } from './trainer-params.ts';

/** The thread in which an encoder is trained: a running session blocks its thread, and progress must keep updating. */
export const offered = () => {
  let core: TrainerCore | undefined;
  return {
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
    close: async () => core?.close(),
  };
};
offer(offered);
export type TrainerCalls = ReturnType<typeof offered>;
