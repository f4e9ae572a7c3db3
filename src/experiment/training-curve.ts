import { promptColumn } from '../encoders/prompts.ts';
import type { Epoch } from '../results/curves.ts';
import { macroTagScore, mainNameOf, mainOf, TAG_SCORE_WORDS } from '../tags/tag-outcomes.ts';
import { isOfNumbers, isOfTags, type AnyScores } from '../training/evaluate.ts';
import type { Finetuned } from '../training/finetune-run.ts';
import type { EpochRecord } from '../training/run-folder.ts';
import type { PlannedResult } from './planned-result.ts';

/** The learning curve of a training run: as stored in training.csv, and as a human-readable line. */

export function curveOf(
  { target: { encoder }, dataset, pooling, objective, seed }: PlannedResult,
  { epochs }: Finetuned,
  training: string,
): Epoch[] {
  const run = { encoder: encoder.name, dataset: dataset.key, pooling, prompt: promptColumn(encoder.prompt), objective, seed, training };
  return epochs.map((record) => ({ ...run, ...record, dev: devOf(record) }));
}

/** Dev scores as a curve stores them: an undefined correlation is omitted, as JSON has no NaN. */
function devOf({ dev }: EpochRecord): Epoch['dev'] {
  if (dev === undefined) return dev;
  if (isOfTags(dev))
    return { spanF1: dev.spanF1, microF1NoO: dev.withoutOutside?.microF1, accuracy: dev.accuracy, macroF1: macroTagScore(dev) };
  if (!isOfNumbers(dev)) return dev;
  const { spearman, rmse } = dev;
  return { rmse, ...(Number.isFinite(spearman) && { spearman }) };
}

export function epochLine({ epoch, loss, dev }: EpochRecord): string {
  const scores = dev === undefined ? '' : `dev ${scoreWord(dev)}`;
  if (epoch === 0) return `before training${scores === '' ? '' : `, ${scores}`}`;
  return `epoch ${epoch}, loss ${loss!.toPrecision(4)}${scores === '' ? '' : `, ${scores}`}`;
}

/** Score that selects the best epoch, unless macro-F1 does. */
export function scoreWord(scores: AnyScores): string {
  if (isOfTags(scores)) return `${TAG_SCORE_WORDS[mainNameOf(scores)]} ${percent(mainOf(scores))}`;
  if (!isOfNumbers(scores)) return percent(scores.microF1);
  return `Spearman ${Number.isFinite(scores.spearman) ? scores.spearman.toFixed(4) : 'undefined'}`;
}

function percent(fraction: number): string {
  return (100 * fraction).toFixed(2);
}
