import type { Choice, ChoiceTraining, ChosenCandidate } from '../choosing/choice.ts';
import { rankedName } from '../estimators/ranked.ts';
import { fixed, percentOfFraction, pWords, significant } from '../results/format.ts';
import { isAccuracy } from './choice-rows.ts';
import { choiceItems, choiceNotes, choiceSentence } from './choice-words.ts';
import { estimatorTitle } from './rank-lines.ts';
import { own } from '../own.ts';
import { fitColumns, notShown, type FitColumn } from './fit-columns.ts';
import { wrapped } from './wrapped.ts';
import { escapeMarkdown, printable } from './text.ts';
import { encoderTitle, type Titles } from './titles.ts';

export interface ChoiceTextParams {
  readonly choices: readonly Choice[];
  readonly titles: Titles;
  readonly tty: boolean;
  readonly width?: number | undefined;
}

/** The table of each dataset's race and its notes; then the answers, one sentence per dataset. */
export function choicesText({ choices, titles, tty, width }: ChoiceTextParams): string {
  const several = choices.length > 1;
  const limit = tty ? (width ?? Number.POSITIVE_INFINITY) : Number.POSITIVE_INFINITY;
  const line = (text: string): string => wrapped(printable(text), limit);
  const blocks = choices.map((choice) => {
    const { head, rows, rounds } = raceTable(choice, titles);
    const columns = head.map((title, at): FitColumn => ({
      title,
      texts: rows.map((row) => printable(row[at]!)),
      importance: at < 2 ? undefined : (own(IMPORTANCE, title) ?? roundImportance(rounds.indexOf(title), rounds.length)),
    }));
    const { text, dropped } = fitColumns({ columns, count: rows.length, names: 2, ruled: tty, width: limit });
    return [
      ...(several ? [printable(choice.dataset)] : []),
      text,
      ...notShown(dropped, limit),
      ...choiceNotes(choice, titles).map(line),
    ].join('\n');
  });
  const answers = choices.map((choice) => line(`${several ? `${choice.dataset}: ` : ''}${choiceSentence(choice, titles)}`));
  return `${[...blocks, answers.join('\n')].join('\n\n')}\n`;
}

/** Order in which a narrow terminal drops columns: lowest first. */
const IMPORTANCE: Readonly<Record<string, number>> = { 'Best layer': 1, Seconds: 2, Passes: 2, 'Better by > 0.5': 5 };
const FROZEN = 3;
const EARLIER_ROUND = 4;
const LAST_ROUND = 6;

/** Of the dev scores those of the last round decided; frozen scores come before all rounds. */
function roundImportance(at: number, count: number): number {
  if (at < 0) return FROZEN;
  return at === count - 1 ? LAST_ROUND : EARLIER_ROUND + at / count;
}

export function choicesMarkdown({ choices, titles }: Pick<ChoiceTextParams, 'choices' | 'titles'>): string {
  return choices
    .map((choice) => {
      const { head, rows } = raceTable(choice, titles);
      return [
        `## ${escapeMarkdown(choice.dataset)}`,
        '',
        escapeMarkdown(choiceSentence(choice, titles)),
        '',
        markdownLine(head),
        `|${head.map((_, at) => (at < 2 ? '---' : '---:')).join('|')}|`,
        ...rows.map(markdownLine),
        '',
        ...choiceNotes(choice, titles).map((note) => `- ${escapeMarkdown(note)}`),
        '',
      ].join('\n');
    })
    .join('\n');
}

function markdownLine(cells: readonly string[]): string {
  return `| ${cells.map(escapeMarkdown).join(' | ')} |`;
}

interface RaceTable {
  readonly head: string[];
  readonly rows: string[][];
  /** The titles of the columns with dev scores, in the order of the rounds. */
  readonly rounds: readonly string[];
}

/** One column per training size and seed; a dash where a candidate was not trained. */
function raceTable(choice: Choice, titles: Titles): RaceTable {
  const columns = choice.rounds.filter(
    ({ size, seed }, at) => choice.rounds.findIndex((each) => each.size === size && each.seed === seed) === at,
  );
  const [first] = choice.rounds;
  const rounds = columns.map(({ size, seed }) => `${size} ${choiceItems(choice)}${seed === first?.seed ? '' : `, seed ${seed}`}`);
  const screened = choice.candidates.some((each) => each.screened !== undefined);
  const layers = choice.candidates.some((each) => each.screened?.bestLayer !== undefined);
  return {
    rounds,
    head: [
      'Encoder',
      'Outcome',
      ...(screened ? [`Frozen (${estimatorTitle(choice.estimator)})`] : []),
      ...(layers ? ['Best layer'] : []),
      ...rounds,
      choice.budget.unit === 'ms' ? 'Seconds' : 'Passes',
      'Better by > 0.5',
    ],
    rows: choice.candidates.map((each) => [
      rankedName(each, encoderTitle(titles, each.encoder)),
      outcomeWords(each),
      ...(screened ? [frozenWords(each, choice)] : []),
      ...(layers ? [each.screened?.bestLayer ?? '–'] : []),
      ...columns.map(({ size, seed }) => scoreWords(each.trainings.find((training) => training.size === size && training.seed === seed))),
      choice.budget.unit === 'ms' ? fixed(each.cost / 1000, 1) : String(each.cost),
      each.standing === 'chosen' || each.chance === undefined ? '–' : percentWords(each.chance),
    ]),
  };
}

function outcomeWords({ standing, dropped, trainings }: ChosenCandidate): string {
  if (dropped === undefined) return standing === 'tied' && trainings.length === 0 ? 'not trained (budget)' : standing;
  const where = dropped.round === 0 ? 'screen' : `round ${dropped.round}`;
  switch (dropped.why) {
    case 'worse':
      return `${where}: worse${dropped.p === undefined ? '' : `, ${pWords(dropped.p)}`}`;
    case 'time':
      return `${where}: budget`;
    case 'failed':
      return `${where}: failed`;
    default:
      return dropped.why satisfies never;
  }
}

function frozenWords({ screened }: ChosenCandidate, choice: Choice): string {
  if (screened === undefined) return '–';
  const score = isAccuracy(choice.estimator) ? percentOfFraction(screened.score) : significant(screened.score, 4);
  return `${score} (n = ${screened.texts})`;
}

function scoreWords(training: ChoiceTraining | undefined): string {
  return training?.score === undefined ? '–' : percentOfFraction(training.score);
}

function percentWords(chance: number): string {
  return `${fixed(100 * chance, 0)}%`;
}
