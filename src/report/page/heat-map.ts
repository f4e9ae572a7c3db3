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
/** Shades of a column, from its lowest score to its highest. */
const SHADES = 8;

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
          const scores = list.lines.map(({ score }) => number(score));
          const [low, high] = [Math.min(...scores), Math.max(...scores)];
          return {
            title: units ? `${taskName(data, list)}: ${scoreName(data, list)}` : taskName(data, list),
            numeric: true,
            value: ({ lines }) => number(lines[at]?.score),
            class: ({ lines }) =>
              lines[at] === undefined || high === low
                ? ''
                : `heat-${Math.round(((number(lines[at].score) - low) / (high - low)) * SHADES)}`,
            show: ({ lines }) =>
              lines[at] === undefined
                ? el('span', { class: 'muted' }, '–')
                : scoreButton(list, lines[at], () => onChoose(list, lines[at]!)),
          };
        }),
      ],
    }),
    el('p', { class: 'note' }, 'Shade: from the lowest to the highest score of the dataset. Click a score to see its results.'),
  );
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
