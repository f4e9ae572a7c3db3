import type { Choice } from '../choosing/choice.ts';
import { choiceRows } from './choice-rows.ts';
import { choiceNotes, choiceSentence } from './choice-words.ts';
import { choicesMarkdown, choicesText } from './choices.ts';
import { outputCsv, outputJson, type OutputFailure } from './output/output.ts';
import type { Format } from './render.ts';
import type { Titles } from './titles.ts';

export interface RenderChoicesParams {
  readonly choices: readonly Choice[];
  readonly titles: Titles;
  readonly format: Format;
  /** Warnings, machine-readable: the terminal has shown them. */
  readonly notes?: readonly string[] | undefined;
  readonly failures?: readonly OutputFailure[] | undefined;
  /** Whether the text is for a terminal. */
  readonly tty: boolean;
  readonly width?: number | undefined;
}

/** Choices as text, ending with a newline. No control character of a name or reason reaches a terminal. */
export function renderChoices({ choices, titles, format, notes = [], failures = [], tty, width }: RenderChoicesParams): string {
  switch (format) {
    case 'table':
      return choicesText({ choices, titles, tty, width });
    case 'markdown':
      return choicesMarkdown({ choices, titles });
    case 'csv':
      return outputCsv({ command: 'choose', rows: choices.flatMap(choiceRows), tty });
    case 'json':
      return outputJson({
        command: 'choose',
        rows: choices.flatMap(choiceRows),
        notes: [...notes, ...choices.flatMap((choice) => sentencesOf(choice, titles))],
        failures,
      });
    default:
      return format satisfies never;
  }
}

/** Sentences above and below a table, each with the dataset that it is about. */
export function sentencesOf(choice: Choice, titles: Titles): string[] {
  return [choiceSentence(choice, titles), ...choiceNotes(choice, titles)].map((sentence) => `${choice.dataset}: ${sentence}`);
}
