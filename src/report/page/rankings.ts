import { datasetName, encoderName, estimatorName, number } from './cells.ts';
import type { RankedList } from '../verdict/ranked-list.ts';
import type { AgreementLine, Measured, PageData } from './data.ts';
import { chooser, distinct, el, foreign, type Child } from './dom.ts';
import { interval, minus } from './score-tables.ts';
import { table, type Column } from './table.ts';

/** Which encoder, and how sure; and whether such answers were right. */

/** How ties were found. */
const TESTS: Readonly<Record<RankedList['test'], string>> = {
  mcnemar: 'exact McNemar tests',
  bootstrap: 'paired bootstrap tests of F1',
  numbers: 'paired bootstrap tests of the correlation',
  sentences: 'paired bootstrap tests of F1 over sentences',
  seeds: 'paired bootstrap tests over texts and seeds',
  unpaired: 'from the intervals, conservatively, as no predictions are in the folder;',
  none: '',
};

/** Says no more than tells it from the other lists of the dataset. */
function listName(data: PageData, { by, about, protocol }: RankedList, lists: readonly RankedList[]): string {
  const name = by === 'results' ? `Frozen, k-NN ${protocol}` : by === 'fine-tuned' ? 'Fine-tuned' : estimatorName(data, by);
  return lists.filter((other) => other.by === by).length > 1 ? `${name} (${about})` : name;
}

export function rankings(data: PageData): Child[] {
  const datasets = distinct(data.rankings.map(({ dataset }) => dataset));
  if (datasets.length === 0) return [];
  const place = el('div');
  const methods = el('div', { class: 'slot' });
  const showList = (list: RankedList, lists: readonly RankedList[]): void => place.replaceChildren(rankedTable(data, list, listName(data, list, lists)));
  const showDataset = (dataset: string): void => {
    const lists = data.rankings.filter((list) => list.dataset === dataset);
    methods.replaceChildren(chooser({ label: 'By', choices: lists.map((list, at) => ({ value: String(at), label: listName(data, list, lists) })), onChange: (at) => showList(lists[Number(at)]!, lists) }));
    showList(lists[0]!, lists);
  };
  showDataset(datasets[0]!);
  return [
    el(
      'div',
      { class: 'controls' },
      chooser({ label: 'Dataset', choices: datasets.map((value) => ({ value, label: datasetName(data, value) })), onChange: showDataset }),
      methods,
    ),
    place,
  ];
}

function rankedTable(data: PageData, list: RankedList, name: string): HTMLElement {
  return el(
    'div',
    {},
    table({
      caption: `${datasetName(data, list.dataset)}: ${name}, best pooling per encoder`,
      rows: list.lines,
      heads: 2,
      columns: [
        {
          title: 'Rank',
          value: ({ rank }) => rank,
          show: ({ rank, tied }) => el('span', { class: rank === 1 ? 'first' : undefined }, `${rank}${tied ? '=' : ''}`),
        },
        { title: 'Encoder', value: ({ encoder, objective }) => `${encoderName(data, encoder)}${objective === '' ? '' : `, ${objective}`}` },
        {
          title: list.percent ? 'Score, %' : 'Score',
          numeric: true,
          value: ({ score }) => number(score),
          show: ({ score }) => el('strong', {}, minus(score)),
        },
        {
          title: '95 %',
          numeric: true,
          value: ({ low, high }) => number(high) - number(low),
          show: ({ low, high }) => interval(low, high),
        },
        { title: 'p', numeric: true, value: ({ p }) => p ?? Number.NaN, show: ({ p }) => pText(p) },
        { title: 'Pooling', value: ({ place }) => place },
      ],
    }),
    el(
      'p',
      { class: 'note' },
      list.test === 'none' ? 'Not tested for significance: predictions of each text are needed for that.' : tieNote(list),
    ),
  );
}

function tieNote({ test, lines }: RankedList): string {
  const count = lines.length - 1;
  const how = `${TESTS[test]} against the best, Holm-corrected (${count} ${count === 1 ? 'comparison' : 'comparisons'})`;
  return `Encoders that are not significantly different from the best are tied for first: ${how}.`;
}

export function pText(p: number | undefined): string {
  return p === undefined || p === 1 ? '–' : p < 0.0001 ? '< 0.0001' : p.toFixed(4);
}

function measured(title: string, of: (line: AgreementLine) => Measured, { digits = 2, scale = 1 } = {}): Column<AgreementLine> {
  const text = (value: number): string => minus((scale * value).toFixed(digits));
  return {
    title, numeric: true, value: (line) => of(line).value ?? Number.NaN,
    show: (line) => {
      const { value, low, high } = of(line);
      if (value === null) return '–';
      return low === null || high === null ? text(value) : el('span', {}, text(value), ' ', el('span', { class: 'muted' }, `${text(low)} – ${text(high)}`));
    },
  };
}

export function agreementTable(data: PageData): Child[] {
  if (data.agreement.length === 0) return [];
  return [
    table<AgreementLine>({
      caption: 'Frozen scores beside the test scores of the same encoders after training, with 95 % intervals over the encoders',
      rows: data.agreement,
      columns: [
        { title: 'Estimate', value: ({ estimate }) => estimate },
        { title: 'Objective', value: ({ objective }) => objective, filter: true },
        {
          title: 'Dataset',
          value: ({ dataset }) => (dataset === undefined ? 'all' : datasetName(data, dataset)),
          show: ({ dataset }) => (dataset === undefined ? 'all' : foreign(datasetName(data, dataset))),
          filter: true,
        },
        { title: 'Encoders', numeric: true, value: ({ encoders }) => encoders },
        measured('Spearman', ({ spearman }) => spearman),
        measured('Weighted tau', ({ weightedTau }) => weightedTau),
        measured('Regret, points', ({ regret }) => regret),
        measured('Its first is the best, %', ({ hit }) => hit, { digits: 0, scale: 100 }),
      ],
    }),
  ];
}
