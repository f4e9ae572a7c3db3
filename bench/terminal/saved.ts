import type { SavedModel } from '../../src/experiment/save-trained.ts';
import { say } from './say.ts';
import type { Terminal } from '../command-module.ts';

/**
 * Prints where fine-tuned models were saved, and their scores on held-out texts. Returns the command that predicts with the one with the
 * best dev score; undefined if none was saved.
 */
export function saySaved({ err }: Pick<Terminal, 'err'>, saved: readonly SavedModel[]): string[] | undefined {
  for (const {
    folder,
    scores: [score],
  } of saved) {
    say(err, `Saved: ${folder}${score === undefined ? ', not scored: no texts were held out' : `, ${scored(score)}`}`);
  }
  const [best] = saved.toSorted((a, b) => devScore(b) - devScore(a));
  return best && predictWords(best.folder);
}

/** Score of models that predict numbers: not a percentage. */
const CORRELATION = 'Spearman';

/** The command that predicts with a saved model. */
export function predictWords(folder: string): string[] {
  return ['predict', '--model', folder, '--input', 'FILE'];
}

function correlation(value: number): string {
  return value.toFixed(4);
}

function percent(fraction: number): string {
  return (100 * fraction).toFixed(1);
}

type Score = SavedModel['scores'][number];

function scored({ split, metric, score, low, high }: Score): string {
  if (score === null || low === null || high === null) return `no ${metric} on ${split}, where numbers or predictions are all the same`;
  const said = metric === CORRELATION ? correlation : percent;
  return `${metric} ${said(score)} on ${split} [${said(low)}, ${said(high)}]`;
}

/** Lower bound of all scores: that of a correlation. */
const WORST = -1;

/** The best by dev score: test must not select. */
function devScore({ scores }: SavedModel): number {
  return scores.find(({ split }) => split === 'dev')?.score ?? WORST;
}
