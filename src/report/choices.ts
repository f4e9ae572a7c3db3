import type { Choice, ChoiceTraining, ChosenCandidate } from '../choosing/choice.ts';
import { rankedName } from '../estimators/ranked.ts';
import { fixed, percentOfFraction, pWords, significant } from '../results/format.ts';
import { isAccuracy } from './choice-rows.ts';
import { choiceItems, choiceNotes, choiceSentence } from './choice-words.ts';
import { estimatorTitle } from './rank-lines.ts';
import { formatTable } from './text-table.ts';
import { escapeMarkdown, printable } from './text.ts';
import { encoderTitle, type Titles } from './titles.ts';

export interface ChoiceTextParams {
  readonly choices: readonly Choice[];
  readonly titles: Titles;
  readonly tty: boolean;
  readonly width?: number | undefined;
}

/** The sentence of each dataset first, then the table of its race and what stands below. */
export function choicesText({ choices, titles, tty, width }: ChoiceTextParams): string {
  const several = choices.length > 1;
  return choices
    .map((choice) => {
      const { head, rows } = raceTable(choice, titles);
      const table = formatTable({
        head,
        rows: rows.map((row) => row.map(printable)),
        names: 2,
        ruled: tty,
        width: width ?? Number.POSITIVE_INFINITY,
      }).text;
      const sentence = `${several ? `${choice.dataset}: ` : ''}${choiceSentence(choice, titles)}`;
      return [printable(sentence), '', table, ...choiceNotes(choice, titles).map(printable), ''].join('\n');
    })
    .join('\n');
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

/** A column for each part of train and seed that anything was trained on; what was not is a dash. */
function raceTable(choice: Choice, titles: Titles): { readonly head: string[]; readonly rows: string[][] } {
  const columns = choice.rounds.filter(
    ({ size, seed }, at) => choice.rounds.findIndex((each) => each.size === size && each.seed === seed) === at,
  );
  const [first] = choice.rounds;
  const head = columns.map(({ size, seed }) => `${size} ${choiceItems(choice)}${seed === first?.seed ? '' : `, seed ${seed}`}`);
  const screened = choice.candidates.some((each) => each.screened !== undefined);
  const layers = choice.candidates.some((each) => each.screened?.bestLayer !== undefined);
  return {
    head: [
      'Encoder',
      'Outcome',
      ...(screened ? [`Frozen (${estimatorTitle(choice.estimator)})`] : []),
      ...(layers ? ['Best layer'] : []),
      ...head,
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

function outcomeWords({ standing, dropped }: ChosenCandidate): string {
  if (dropped === undefined) return standing;
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
  return `${fixed(100 * chance, 0)} %`;
}
