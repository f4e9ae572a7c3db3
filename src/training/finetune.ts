import { FinetuneRun, type Finetuned } from './finetune-run.ts';
import { runSettings, type FinetuneParams } from './finetune-params.ts';
import { Trainer } from './trainer.ts';

/**
 * Trains an encoder and scores it: epoch by epoch, each scored on dev and kept, the best by dev at the end scored on every split.
 * Goes on where an earlier run of the same settings in the same folder ended, to the same numbers. Throws DATA where there is nothing
 * to learn from, TRAINING where the loss is no number any more.
 */
export async function finetune(params: FinetuneParams): Promise<Finetuned> {
  const { folder } = params;
  await folder.make();
  const saved = await folder.read(runSettings(params));
  if (saved?.scores !== undefined && params.onTrained === undefined) return { ...saved, scores: saved.scores };
  const trainer = await Trainer.open(params.trainer);
  try {
    return await new FinetuneRun(params, trainer).complete(saved);
  } finally {
    await trainer.close();
  }
}
