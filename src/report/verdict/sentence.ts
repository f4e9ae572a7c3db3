import { pWords } from '../../results/format.ts';
import { estimatorTitle } from '../rank-lines.ts';
import { datasetTitle, encoderTitle, type Titles } from '../titles.ts';
import { objectiveTitle, SCORE_TITLES } from '../words.ts';
import type { RankedLine, RankedList } from './ranked-list.ts';

/** The answer to "which encoder?", in a sentence. */

/**
 * `bge-small-en-v1.5 (mean) is best on tickets: micro-F1 94.95 [93.30, 96.60], significantly better than minilm (93.60, p = 0.021).`
 */
export function verdictSentence(list: RankedList, titles: Titles): string {
  const [first, ...others] = list.lines as [RankedLine, ...RankedLine[]];
  const dataset = `${datasetTitle(titles, list.dataset)}${list.settings === '' ? '' : ` (${list.settings})`}`;
  const tuned = list.by === 'fine-tuned';
  const name = (line: RankedLine): string => `${nameOf(line, titles)}${tuned && line.objective === '' ? ' frozen' : ''}`;
  const best = tuned ? name(first) : `${name(first)} (${first.place})`;
  const score = `${scoreName(list)} ${scoreWords(first)}`;
  if (others.length === 0) return `${best} scores ${score} on ${dataset}.`;
  const tied = others.filter((line) => line.tied);
  if (list.test === 'none') {
    const level = tied.length === 0 ? '' : `, level with ${tied.length === 1 ? name(tied[0]!) : `${tied.length} others`}`;
    return `${best} scores highest on ${dataset}${level}: ${score}; not tested for significance.`;
  }
  if (tied.length === 0) {
    const [next] = others as [RankedLine, ...RankedLine[]];
    const than = `${name(next)} (${minus(next.score)}, ${pWords(next.p!)})`;
    return `${best} is best on ${dataset}: ${score}, significantly better than ${others.length === 1 ? than : `${others.length === 2 ? 'both' : `all ${others.length}`} others; next is ${than}`}.`;
  }
  const named = tied.length <= MOST_NAMED ? tied.map((line) => `${name(line)} (${minus(line.score)})`) : [`${tied.length} others`];
  const rest = others.length - tied.length;
  const those = rest === 0 ? '' : `; the ${rest === 1 ? 'other is' : `${rest} others are`} significantly worse`;
  return `${best} is tied for first on ${dataset} with ${joined(named)}: ${score}, not significantly different${those}.`;
}

/** Maximum names; more are counted. */
const MOST_NAMED = 3;

/** The title of an encoder; of a fine-tuned one with its objective. */
export function nameOf({ encoder, objective, variant }: Pick<RankedLine, 'encoder' | 'objective' | 'variant'>, titles: Titles): string {
  const title = `${encoderTitle(titles, encoder)}${variant === '' ? '' : ` ${variant}`}`;
  return objective === '' ? title : `${title} fine-tuned by ${objectiveTitle(objective)}`;
}

/** `94.95 [93.30, 96.60]`, `95.87 ± 0.12 (3 seeds)`. */
export function scoreWords({ score, low, high, seeds, deviation }: RankedLine): string {
  if (seeds > 1) return `${minus(score)} ± ${deviation} (${seeds} seeds)`;
  return low === '' || high === '' ? minus(score) : `${minus(score)} [${minus(low)}, ${minus(high)}]`;
}

/** `micro-F1`; for an estimator its name. */
export function scoreName({ score, by }: RankedList): string {
  if (score === undefined) return estimatorTitle(by);
  const title = SCORE_TITLES[score];
  return /^[A-Z][a-z]/.test(title) && !/^(Spearman|Pearson)/.test(title) ? `${title[0]!.toLowerCase()}${title.slice(1)}` : title;
}

function minus(text: string): string {
  return text.replace('-', '−');
}

function joined(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)!}`;
}
