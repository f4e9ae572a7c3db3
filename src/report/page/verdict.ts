import type { RankedLine, RankedList } from '../verdict/ranked-list.ts';
import { datasetName, encoderName, objectiveName } from './cells.ts';
import type { PageData, Verdict } from './data.ts';
import { count, distinct, el, foreign, type Child } from './dom.ts';
import { heatMap } from './heat-map.ts';
import { listChooser, taskName } from './list-chooser.ts';
import { threeDigits } from './numbers.ts';
import { rankingOf } from './ranking.ts';
import { filterTable } from './table.ts';

/** The verdict for each dataset, and the chart that shows it. */

export function verdictSection(data: PageData): Child[] {
  if (data.verdicts.length === 0) return [];
  const place = el('div');
  const menus = listChooser({ data, lists: data.rankings, onChange: (list, name) => place.replaceChildren(rankingOf(data, list, name)) });
  return [
    ...data.overall.map((sentence) => el('p', { class: 'answer' }, foreign(sentence))),
    ...heatMap({ data, onChoose: (list, line) => showResults(data, list, line) }),
    el(
      'ul',
      { class: 'verdicts' },
      ...data.verdicts.map((verdict) =>
        el('li', {}, el('p', {}, foreign(verdict.sentence)), el('p', { class: 'note' }, foreign(factsOf(data, verdict)))),
      ),
    ),
    data.rankings.length > 1 && el('div', { class: 'controls' }, ...menus),
    place,
  ];
}

/** Cost of the winner, and what to judge its score by. */
function factsOf(data: PageData, { list: at, items, unit, sample, classes, baseline }: Verdict): string {
  const list = data.rankings[at]!;
  const cost = data.costs.find(({ encoder }) => encoder === list.lines[0]!.encoder);
  const costs = [
    cost?.textMs !== undefined && `${threeDigits(cost.textMs)} ms/text`,
    cost?.parameters !== undefined && `${threeDigits(cost.parameters / 1e6)}M parameters`,
  ].filter((part) => part !== false);
  // A list of fine-tuned encoders need not contain all encoders.
  const here = new Set(list.lines.map(({ encoder }) => encoder));
  const others = data.rankings
    .filter(({ dataset, target }) => dataset === list.dataset && target === list.target)
    .flatMap(({ lines }) => lines);
  const missing = distinct(others.map(({ encoder }) => encoder))
    .filter((encoder) => !here.has(encoder))
    .map((encoder) => encoderName(data, encoder));
  const split = list.split === 'all' || list.split === '' ? '' : ` of ${list.split}`;
  const scored = [
    items !== undefined && `${count(items, unit)}${split}${sample === '' ? '' : ` (${sample})`}`,
    classes !== undefined && (unit === 'word' ? count(classes, 'tag') : count(classes, 'class', 'classes')),
    baseline !== undefined && `majority-class baseline ${baseline.toFixed(2)}`,
  ].filter((part) => part !== false);
  return [
    data.verdicts.length > 1 && `${taskName(data, list)}: ${scored.join(', ')}.`,
    data.verdicts.length === 1 && scored.length > 0 && `Data: ${scored.join(', ')}.`,
    missing.length > 0 &&
      `Not scored on these texts: ${missing.length > MOST_NAMED ? `${missing.length} encoders` : missing.join(', ')} (see the Score menu).`,
    costs.length > 0 && `Cost of ${encoderName(data, list.lines[0]!.encoder)}: ${costs.join(', ')}.`,
  ]
    .filter((part) => part !== false)
    .join(' ');
}

/** Maximum names; more are counted. */
const MOST_NAMED = 3;

/** Scrolls to the results behind a score. */
function showResults(data: PageData, { dataset }: RankedList, { encoder, objective }: RankedLine): void {
  const section = document.querySelector<HTMLElement>('#results')!;
  filterTable(section.querySelector('.table')!, {
    Dataset: datasetName(data, dataset),
    Encoder: encoderName(data, encoder),
    ...(objective !== '' && { Training: objectiveName(data, objective) }),
  });
  section.scrollIntoView();
  section.focus({ preventScroll: true });
}
