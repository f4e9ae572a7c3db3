import { confusionSection } from './confusion.ts';
import { costSection } from './cost.ts';
import { layerCurves, trainingCurves } from './curves.ts';
import type { PageData, Section } from './data.ts';
import { differenceSection } from './difference.ts';
import { count, details, distinct, el, records, type Child } from './dom.ts';
import { neighbourSection } from './neighbours.ts';
import { agreementTable, rankings } from './rankings.ts';
import { estimatesTable, resultsTable } from './score-tables.ts';
import { themeSwitch } from './theme.ts';

/** Builds the page from the data in it. */

interface PageSection {
  readonly id: Section;
  readonly title: string;
  readonly lead: string;
  readonly content: (data: PageData) => Child[];
}

const SECTIONS: readonly PageSection[] = [
  { id: 'rankings', title: 'Which encoder', lead: 'Best first, with those that are tied for first.', content: rankings },
  { id: 'cost', title: 'Score against cost', lead: 'Whether a larger encoder is worth it.', content: costSection },
  { id: 'results', title: 'Results', lead: 'Every cell. A head sorts, a list filters.', content: resultsTable },
  { id: 'estimates', title: 'Estimates', lead: 'What other estimators say of the same vectors.', content: estimatesTable },
  { id: 'layers', title: 'Layer by layer', lead: 'Where in the encoder the classes lie apart.', content: layerCurves },
  { id: 'confusion', title: 'Confusions', lead: 'Which classes are taken for which.', content: confusionSection },
  { id: 'neighbours', title: 'Neighbours', lead: 'A text, and what lies next to it: why it was given its class.', content: neighbourSection },
  { id: 'training', title: 'Training', lead: 'How the training runs went.', content: trainingCurves },
  { id: 'agreement', title: 'Was the estimate right?', lead: 'Whether frozen scores tell the best encoder once trained.', content: agreementTable },
  { id: 'difference', title: 'Difference', lead: 'What is better, what worse, and what of it is more than chance.', content: differenceSection },
  { id: 'pictures', title: 'Maps', lead: 'The vectors in the plane.', content: pictures },
];

const source = document.querySelector('#data')!;
const data = JSON.parse(source.textContent) as PageData;
source.remove();
document.title = `${data.title} – embedding-bench`;
document.body.replaceChildren(...page());

function page(): Node[] {
  const rows = records(data.results);
  const sections = SECTIONS.map(sectionOf);
  return [
    el('a', { class: 'skip', href: '#rankings' }, 'To the results'),
    el(
      'header',
      {},
      el('div', { class: 'top' }, el('p', { class: 'brand' }, 'embedding-bench'), themeSwitch()),
      el('h1', {}, el('bdi', {}, data.title)),
      el(
        'p',
        { class: 'lead' },
        [
          count(distinct(rows.map(({ encoder }) => encoder)).length, 'encoder'),
          count(distinct(rows.map(({ dataset }) => dataset)).length, 'dataset'),
          count(rows.length, 'cell'),
        ].join(', '),
        '.',
      ),
      el(
        'nav',
        { 'aria-label': 'Sections' },
        ...SECTIONS.map(({ id, title }, at) => el('a', { href: `#${id}`, class: sections[at]!.empty ? 'empty' : undefined }, title)),
      ),
    ),
    el('main', {}, ...sections.map(({ element }) => element)),
    el(
      'footer',
      {},
      `embedding-bench ${data.version}. Made by `,
      el('code', {}, 'bench report'),
      '; everything is in this file, and nothing is fetched.',
    ),
  ];
}

function sectionOf({ id, title, lead, content }: PageSection): { readonly element: HTMLElement; readonly empty: boolean } {
  const children = content(data);
  const notes = data.notes[id] ?? [];
  const heading = `${id}-title`;
  const element = el('section', { id, 'aria-labelledby': heading },
    el('h2', { id: heading }, title),
    children.length > 0 && el('p', { class: 'lead' }, lead),
    ...children,
    ...noteLines(notes));
  return { element, empty: children.length === 0 };
}

/** A few lines stand there; of more all but the first are behind a summary. */
function noteLines(notes: readonly string[]): Child[] {
  const lines = notes.map((line) => el('p', { class: 'note' }, ...line.split('`').map((part, at) => (at % 2 === 1 ? el('code', {}, part) : part))));
  return lines.length > 3 ? [lines[0]!, details(`${lines.length - 1} more notes`, ...lines.slice(1))] : lines;
}

function pictures({ pictures: list }: PageData): Child[] {
  return list.map(({ title, svg }) => el('figure', { class: 'picture' }, el('img', { src: `data:image/svg+xml;base64,${svg}`, alt: title }), el('figcaption', {}, el('bdi', {}, title))));
}
