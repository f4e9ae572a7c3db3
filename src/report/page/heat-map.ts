import type { RankedLine, RankedList } from '../verdict/ranked-list.ts';
import { lineName, number, scoreName } from './cells.ts';
import type { PageData } from './data.ts';
import { chooser, distinct, el, type Child } from './dom.ts';
import { listsByTask, scorerName, taskName } from './list-chooser.ts';
import { minus } from './numbers.ts';
import { table, type Column } from './table.ts';

/** Heat map: encoders by datasets. */

/** Number of rows from which a search field is useful. */
export const MANY = 20;
/** Shades, from none to that of the best. */
const SHADES = 8;
/** Distance from the best at which a score has no shade: in percentage points, and of a correlation. */
const PALEST = { percent: 20, correlation: 0.2 } as const;

export interface HeatMapParams {
  readonly data: PageData;
  /** A score was clicked: its dataset, and the encoder with its objective. */
  readonly onChoose: (list: RankedList, line: RankedLine) => void;
}

/** Empty with a single dataset: its ranking shows everything. */
export function heatMap({ data, onChoose }: HeatMapParams): Child[] {
  const tasks = listsByTask(data, data.rankings);
  if (tasks.length < 2) return [];
  const scorers = distinct(tasks.flat().map(({ by }) => by)).map((by) => tasks.flatMap((own) => own.find((list) => list.by === by) ?? []));
  // The score that most datasets have is shown first; of several, the one that answers.
  const first = scorers.reduce((a, b) => (b.length > a.length ? b : a));
  const place = el('div');
  const show = (lists: readonly RankedList[]): void => place.replaceChildren(mapOf({ data, onChoose }, lists));
  show(first);
  return [
    scorers.length > 1 &&
      el(
        'div',
        { class: 'controls' },
        chooser({
          label: 'Score',
          value: String(scorers.indexOf(first)),
          choices: scorers.map((lists, at) => ({ value: String(at), label: scorerName(data, lists[0]!) })),
          onChange: (at) => show(scorers[Number(at)]!),
        }),
      ),
    place,
  ];
}

interface MapRow {
  readonly name: string;
  /** Its line in each list; undefined if it has none. */
  readonly lines: readonly (RankedLine | undefined)[];
  readonly rank: number;
}

function mapOf({ data, onChoose }: HeatMapParams, lists: readonly RankedList[]): HTMLElement {
  const units = distinct(lists.map(({ score }) => score)).length > 1;
  const rows = mapRows(data, lists);
  return el(
    'div',
    {},
    table<MapRow>({
      caption: `${units ? 'Scores' : scoreName(data, lists[0]!)}. ${scorerName(data, lists[0]!)}. Bold: best; °: tied with the best`,
      rows,
      unit: 'row',
      controls: rows.length > MANY,
      columns: [
        { title: 'Encoder', value: ({ name }) => name },
        ...lists.map((list, at): Column<MapRow> => {
          return {
            title: units ? `${taskName(data, list)}: ${scoreName(data, list)}` : taskName(data, list),
            numeric: true,
            value: ({ lines }) => number(lines[at]?.score),
            class: ({ lines }) => shadeOf(list, lines[at]),
            show: ({ lines }) =>
              lines[at] === undefined
                ? el('span', { class: 'muted' }, '–')
                : scoreButton(list, lines[at], () => onChoose(list, lines[at]!)),
          };
        }),
      ],
    }),
    el('p', { class: 'note' }, ...legend(lists), el('span', { class: 'clicks' }, 'Click a score to see its results.')),
  );
}

/** Scores that have a natural scale: points of a percentage, or a correlation. */
function unitOf({ percent, score, lines }: RankedList): keyof typeof PALEST | undefined {
  if (percent) return 'percent';
  return score === 'spearman' || score === 'pearson' || (score === undefined && lines.some(({ low }) => low !== ''))
    ? 'correlation'
    : undefined;
}

/** Shade by the distance from the best of the dataset; that of the best for all that are tied with it, and for no other. */
function shadeOf(list: RankedList, line: RankedLine | undefined): string {
  const unit = unitOf(list);
  if (line === undefined || unit === undefined || list.lines.length < 2) return '';
  if (line.rank === 1) return `heat-${SHADES}`;
  const share = (number(list.lines[0]!.score) - number(line.score)) / PALEST[unit];
  return `heat-${Math.min(SHADES - 1, Math.max(0, Math.round(SHADES * (1 - share))))}`;
}

/** The scale of the shades. */
function legend(lists: readonly RankedList[]): Child[] {
  const units = distinct(lists.flatMap((list) => (list.lines.length < 2 ? [] : (unitOf(list) ?? []))));
  if (units.length === 0) return [];
  const palest = units
    .map((unit) => (unit === 'percent' ? `${PALEST.percent} points` : `${PALEST.correlation} of correlation`))
    .join(', or ');
  return [
    'Shade: ',
    ...Array.from({ length: SHADES + 1 }, (_, at) => el('span', { class: `swatch heat-${SHADES - at}`, 'aria-hidden': 'true' })),
    ` from the best of the dataset, and those tied with it, to ${palest} or more below it. `,
  ];
}

function scoreButton({ lines }: RankedList, line: RankedLine, onClick: () => void): HTMLElement {
  const best = line === lines[0];
  const button = el(
    'button',
    { type: 'button', class: 'score' },
    el(best ? 'strong' : 'span', {}, minus(line.score)),
    !best && line.rank === 1 && el('span', {}, '°'),
  );
  button.addEventListener('click', onClick);
  return button;
}

/** By mean rank over the datasets that they were scored on. */
function mapRows(data: PageData, lists: readonly RankedList[]): MapRow[] {
  const names = distinct(lists.flatMap(({ lines }) => lines.map((line) => lineName(data, line))));
  return names
    .map((name): MapRow => {
      const lines = lists.map((list) => list.lines.find((line) => lineName(data, line) === name));
      const ranks = lines.flatMap((line, at) => (line === undefined ? [] : lists[at]!.lines.indexOf(line)));
      return { name, lines, rank: ranks.reduce((sum, rank) => sum + rank, 0) / ranks.length };
    })
    .toSorted((a, b) => a.rank - b.rank);
}
