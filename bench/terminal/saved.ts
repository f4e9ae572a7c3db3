import type { SavedModel } from '../../src/experiment/save-trained.ts';
import { say } from './say.ts';
import type { Terminal } from '../verb.ts';

/**
 * Says where fine-tuned models were saved, and what each scores on texts that it was not trained on. Returns the command that predicts with
 * the one with the best dev score; undefined if none was saved.
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

/** What models of numbers are scored by: no share of anything. */
const CORRELATION = 'Spearman';

/** What predicts with a saved model. */
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

/** Below this no score is: that of a correlation. */
const WORST = -1;

/** Of several the one that dev prefers: test does not choose. */
function devScore({ scores }: SavedModel): number {
  return scores.find(({ split }) => split === 'dev')?.score ?? WORST;
}
