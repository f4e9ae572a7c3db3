import type { Choice, ChoiceScore, ChosenCandidate } from '../choosing/choice.ts';
import { rankedName } from '../estimators/ranked.ts';
import { fixed, pWords } from '../results/format.ts';
import { encoderTitle, type Titles } from './titles.ts';

/** Which encoder to take, and how certain that is. */
export function choiceSentence(choice: Choice, titles: Titles): string {
  const { candidates, test, claim, texts, trainedOn } = choice;
  const [winner] = candidates as [ChosenCandidate];
  const part = trainedOn < texts.train ? `, trained on ${trainedOn} of ${texts.train} ${choiceItems(choice)}` : '';
  const unit = choice.score === 'spearman' ? ' (Spearman × 100)' : '';
  const said = `Fine-tune ${nameOf(winner, titles)}: ${points(test.score)}${unit} on test [${points(test.low)}, ${points(test.high)}]${part}`;
  const able = candidates.filter(({ dropped }) => dropped?.why !== 'failed').length;
  if (able === 1) return `${said}; ${candidates.length === 1 ? 'it was the only candidate' : 'no other candidate could be run'}.`;
  const other = able === 2 ? 'the other' : `one of the other ${able - 1}`;
  return `${said}; the probability that ${other} is better by more than half a point is ${chanceWords(claim.chance)}.`;
}

const SCORES: Readonly<Record<ChoiceScore, string>> = {
  microF1: 'Micro-F1',
  macroF1: 'Macro-F1',
  spearman: 'Spearman’s correlation × 100',
  spanF1: 'Span F1',
  microF1NoO: 'Micro-F1 without O',
  accuracy: 'Accuracy of words',
};

/** Unit of counts: texts, or sentences if tags are scored. */
export function choiceItems({ score }: Pick<Choice, 'score'>): 'texts' | 'sentences' {
  return score === 'spanF1' || score === 'microF1NoO' || score === 'accuracy' ? 'sentences' : 'texts';
}

/** A probability in words: its precision is one percent at best. */
function chanceWords(chance: number): string {
  if (chance < 0.005) return 'below 1%';
  return chance > 0.995 ? 'above 99%' : `about ${fixed(100 * chance, 0)}%`;
}

/** Notes below the table of a race, one sentence each. */
export function choiceNotes(choice: Choice, titles: Titles): string[] {
  const { budget, candidates, texts, score, seeds, seed, test, rounds } = choice;
  const tied = candidates.filter(({ standing }) => standing === 'tied');
  const worse = candidates.filter(({ dropped }) => dropped?.why === 'worse');
  const late = candidates.filter(({ dropped }) => dropped?.why === 'time');
  const names = (all: readonly ChosenCandidate[]): string => all.map((each) => nameOf(each, titles)).join(', ');
  const ofSeeds = seeds.length > 1 ? `, of seeds ${seeds.join(', ')} by the one that is best on dev (${seed})` : '';
  const ofScreen = budget.screen > 0 ? `, of which ${quantity(choice, budget.screen)} for the frozen scores` : '';
  const items = choiceItems(choice);
  const notes = [
    `${SCORES[score]} on ${texts.dev} ${items} of dev, trained on parts of ${texts.train}; ` +
      `test (${test.n} ${items}) was scored once, with the winner${ofSeeds}.`,
    `Budget: ${amount(choice, budget.amount)}; used: ${quantity(choice, budget.spent)}${ofScreen}.`,
  ];
  if (choice.trainedOn < texts.train) notes.push(partWords(choice, titles));
  if (worse.length > 0) {
    notes.push(`Dropped as worse: ${worse.map((each) => `${nameOf(each, titles)} (${worseWords(each, choice, titles)})`).join(', ')}.`);
  }
  if (late.length > 0) notes.push(`Dropped by the budget: ${names(late)}.`);
  for (const each of candidates) if (each.dropped?.reason !== undefined) notes.push(`Failed: ${failureWords(each, each.dropped.reason)}`);
  if (candidates.length > 1) notes.push(undecidedWords(tied, late.length, names));
  if (rounds.some(({ unfinished }) => unfinished)) notes.push('A round was stopped by the budget before all were trained.');
  return notes;
}

/** Note that the budget did not cover the full training set, and what that would cost. */
function partWords(choice: Choice, titles: Titles): string {
  const {
    candidates: [winner],
    texts: { train },
    trainedOn,
  } = choice;
  const cost = (winner!.trainings.at(-1)?.cost ?? 0) * (train / trainedOn);
  return (
    `The budget was too small to train ${nameOf(winner!, titles)} on all of train: trained on all ${train} ${choiceItems(choice)}, which takes about ` +
    `${amount(choice, Math.round(cost))} for that alone, it is expected to score better than this.`
  );
}

function undecidedWords(tied: readonly ChosenCandidate[], late: number, names: (all: readonly ChosenCandidate[]) => string): string {
  const raced = tied.filter(({ trainings }) => trainings.length > 0);
  const untrained = tied.filter(({ trainings }) => trainings.length === 0);
  const said = [
    ...(raced.length > 0
      ? [`${names(raced)} ${raced.length === 1 ? 'is' : 'are'} not significantly different from the winner on dev`]
      : []),
    ...(untrained.length > 0 ? [`${names(untrained)} ${untrained.length === 1 ? 'was' : 'were'} not trained, as the budget ran out`] : []),
  ];
  if (said.length > 0) return `Undecided: ${said.join('; ')}.`;
  return late > 0 ? 'Undecided: those dropped by the budget were not found worse.' : 'Nothing is left undecided by the tests.';
}

/** Many reasons begin with the name of the encoder. */
export function failureWords(
  { encoder, prompt = '' }: Pick<ChosenCandidate, 'encoder'> & { readonly prompt?: string | undefined },
  reason: string,
): string {
  return reason.startsWith(`${encoder}: `) && prompt === '' ? reason : `${rankedName({ encoder, prompt })}: ${reason}`;
}

function worseWords({ dropped }: ChosenCandidate, { candidates }: Choice, titles: Titles): string {
  const { round, best, p } = dropped!;
  const other = candidates.find((each) => rankedName(each) === best);
  const than = best === undefined ? '' : ` than ${other === undefined ? best : nameOf(other, titles)}`;
  return `${round === 0 ? 'frozen' : `round ${round}`}, worse${than}${p === undefined ? '' : `, ${pWords(p)}`}`;
}

function amount(choice: Choice, of: number): string {
  return choice.budget.unit === 'ms' ? quantity(choice, of) : `${quantity(choice, of)} passes of ${choiceItems(choice)}`;
}

/** The same where a sentence has named the unit. */
function quantity({ budget: { unit } }: Choice, of: number): string {
  return unit === 'ms' ? `${fixed(of / 1000, 1)} s` : String(of);
}

function nameOf(candidate: ChosenCandidate, titles: Titles): string {
  return rankedName(candidate, encoderTitle(titles, candidate.encoder));
}

function points(fraction: number): string {
  return fixed(100 * fraction, 1);
}
