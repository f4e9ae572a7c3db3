import { fixed, pWords } from '../results/format.ts';
import { isTied } from '../statistics/against-best.ts';
import { bestPooling, rankedName, type BudgetUse, type RankedEncoder } from '../estimators/ranked.ts';
import { boundText, scoreText, type RankLine } from './rank-lines.ts';
import { encoderTitle, type Titles } from './titles.ts';

/** What the time budget allowed: which encoders were eliminated and why, and how that widens the uncertainty. */
export function budgetNote({
  budget: { seconds, used, all, rounds, dropped, unfinished, limited },
  by,
  lines,
  titles,
}: {
  readonly budget: BudgetUse;
  readonly by: string;
  readonly lines: readonly RankLine[];
  readonly titles: Titles;
}): string[] {
  const name = (key: string) => encoderTitle(titles, key);
  const nameOf = (ranked: RankedEncoder) => rankedName(ranked, name(ranked.encoder));
  const n = lines[0]!.encoder.texts;
  const decided = n === all ? `all ${all} texts` : `n = ${n} of ${all} texts${limited ? '' : ` (--limit ${n} takes the same)`}`;
  const notes = [
    `Budget ${Math.round(seconds * 10) / 10} s, used ${fixed(used, 1)} s${used > seconds ? ' (the smallest sample or the last batch took longer)' : ''}. ${n === all ? `All ${all} texts fitted the budget` : decided}; results may vary with machine speed.`,
    `Rounds: ${rounds.map(({ texts, encoders }) => `${encoders} ${encoders === 1 ? 'encoder' : 'encoders'} on ${texts}`).join(', ')}${unfinished ? '; one more was stopped by the budget' : ''}.`,
    ...dropped.map(({ encoder, round, why, p, best }) => {
      const score = scoreText(bestPooling(encoder.poolings, by).score);
      const test = p === undefined ? '' : `, ${pWords(p)}`;
      return `${nameOf(encoder)}: ${score} on ${encoder.texts} texts, dropped in round ${round} ${why === 'worse' ? `as worse than ${name(best)}` : `for time, in the lower half below ${name(best)}`}${test}.`;
    }),
  ];
  const { interval } = lines[0]!;
  if (interval !== undefined && n < all) {
    const half = (interval.high - interval.low) / 2;
    const { score } = lines[0]!;
    const unit = score.outcomes?.kind === 'numbers' ? '' : ' points';
    notes.push(
      `Uncertainty: the top score is known to ± ${boundText(score, half)}${unit}; on all texts it would be about ` +
        `± ${boundText(score, half * Math.sqrt(n / all))} (as 1 / √n).`,
    );
  }
  const tied = lines.slice(1).filter(({ p }) => p !== undefined && isTied(p));
  if (tied.length > 0) {
    notes.push(
      `Not significantly different from ${nameOf(lines[0]!.encoder)}: ` +
        `${tied.map(({ encoder, p }) => `${nameOf(encoder)} (${pWords(p!)})`).join(', ')}.`,
    );
  }
  return notes;
}
