import { cardMemory } from '../devices/card-memory.ts';
import { FinetuneRun, type Finetuned } from './finetune-run.ts';
import { runSettings, type FinetuneParams } from './finetune-params.ts';
import { Trainer } from './trainer.ts';

/**
 * Fine-tunes an encoder and scores it: each epoch is scored on dev and stored, the best by dev is finally scored on every split. Resumes an
 * earlier run of the same settings in the same folder, with the same numbers. Throws DATA if there is nothing to learn from, TRAINING if
 * the loss becomes NaN or infinite.
 */
export async function finetune(params: FinetuneParams): Promise<Finetuned> {
  const { folder } = params;
  await folder.make();
  const saved = await folder.read(runSettings(params));
  if (saved?.scores !== undefined && params.onTrained === undefined) return { ...saved, scores: saved.scores };
  const trainer = await Trainer.open({ cardMemory: cardMemory(params.trainer.device), ...params.trainer });
  try {
    return await new FinetuneRun(params, trainer).complete(saved);
  } finally {
    await trainer.close();
  }
}
