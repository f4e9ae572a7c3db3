import type { RankedLine, RankedList } from '../verdict/ranked-list.ts';
import { axisOf, startNote } from './axis.ts';
import { lineName, number } from './cells.ts';
import type { PageData } from './data.ts';
import { el } from './dom.ts';
import { MANY } from './heat-map.ts';
import { axisMarks, dotMark, intervalMark } from './interval-marks.ts';
import { lineTitle } from './line-title.ts';
import { taskName } from './list-chooser.ts';
import { interval, minus, pText, threeDigits } from './numbers.ts';
import { table, type Column } from './table.ts';

/** Encoders of one dataset, best first: a table whose rows form a chart. */

/** How ties were determined. */
const TESTS: Readonly<Record<RankedList['test'], string>> = {
  mcnemar: 'exact McNemar tests',
  bootstrap: 'paired bootstrap tests of F1',
  numbers: 'paired bootstrap tests of the correlation',
  sentences: 'paired bootstrap tests of F1 over sentences',
  seeds: 'paired bootstrap tests over texts and seeds',
  unpaired: 'tests from the intervals, conservative, as the folder has no predictions,',
  none: '',
};

export function rankingOf(data: PageData, list: RankedList, name: string): HTMLElement {
  const { lines } = list;
  const bounds = lines.map(boundsOf);
  const axis = axisOf([...lines.map(({ score }) => number(score)), ...bounds.flat()]);
  const tuned = lines.some(({ objective }) => objective !== '');
  const seeds = lines.some((line) => line.seeds > 1);
  const costs = new Map(data.costs.flatMap(({ encoder, textMs }) => (textMs === undefined ? [] : [[encoder, textMs] as const])));
  const columns: Column<RankedLine>[] = [
    { title: 'Rank', value: ({ rank }) => rank, show: rankCell },
    {
      title: 'Encoder',
      value: (line) => lineName(data, line),
      show: (line) => lineTitle(data, line),
    },
    { title: 'Score', numeric: true, value: ({ score }) => number(score), show: ({ score }) => el('strong', {}, minus(score)) },
    {
      title: 'Plot',
      value: ({ score }) => -number(score),
      head: axisMarks(axis),
      class: () => 'plot',
      show: (line) => {
        const [low, high] = boundsOf(line);
        return intervalMark({ axis, score: number(line.score), low, high, filled: line.objective !== '', dashed: line.seeds > 1 });
      },
    },
    {
      title: seeds ? '95% CI or ± SD' : '95% CI',
      numeric: true,
      value: (line) => boundsOf(line)[1] - boundsOf(line)[0],
      show: spreadCell,
    },
    ...(costs.size === 0
      ? []
      : [
          {
            title: 'ms/text',
            numeric: true,
            value: ({ encoder }: RankedLine) => costs.get(encoder) ?? Number.NaN,
            show: ({ encoder }: RankedLine) => (costs.has(encoder) ? threeDigits(costs.get(encoder)!) : '–'),
          },
        ]),
    ...(list.test === 'none'
      ? []
      : [
          {
            title: 'p vs. best',
            numeric: true,
            value: ({ p }: RankedLine) => p ?? Number.NaN,
            show: (line: RankedLine) => (line === lines[0] ? '–' : pText(line.p)),
          },
        ]),
    { title: 'Pooling', value: ({ place }) => place },
  ];
  return el(
    'div',
    {},
    table({
      caption: `${taskName(data, list)}: ${name}${list.percent ? ', %' : ''}; best pooling per encoder`,
      rows: lines,
      heads: 2,
      unit: 'encoder',
      controls: lines.length > MANY,
      columns,
    }),
    el(
      'p',
      { class: 'note' },
      ...(tuned ? [dotMark(false), ' frozen ', dotMark(true), ' fine-tuned. '] : []),
      `${seeds ? 'Lines: 95% intervals; dashed: ± standard deviation over seeds.' : 'Lines: 95% intervals.'} ${startNote(axis)} ${testNote(list)}`,
    ),
  );
}

function rankCell({ rank, tied }: RankedLine): HTMLElement {
  return el('span', { class: rank === 1 ? 'first' : undefined }, `${rank}${tied ? '=' : ''}`);
}

/** Ends of the interval; with several seeds, the mean minus and plus its standard deviation. */
function boundsOf({ score, low, high, seeds, deviation }: RankedLine): [number, number] {
  return seeds > 1 ? [number(score) - number(deviation), number(score) + number(deviation)] : [number(low), number(high)];
}

function spreadCell({ low, high, seeds, deviation }: RankedLine) {
  return seeds > 1 ? el('span', { class: 'muted' }, `± ${deviation} (${seeds} seeds)`) : interval(low, high);
}

function testNote({ test, lines }: RankedList): string {
  const count = lines.length - 1;
  if (count === 0) return '';
  if (test === 'none') return 'Not tested for significance: that needs the predictions of each text.';
  const how = `${TESTS[test]} against the best, Holm-corrected (${count} ${count === 1 ? 'comparison' : 'comparisons'})`;
  return `Encoders marked 1= are tied for first, not significantly different from the best: ${how}.`;
}
