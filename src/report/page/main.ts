import { agreementTable } from './agreement.ts';
import { confusionSection } from './confusion.ts';
import { costSection } from './cost.ts';
import { layerCurves, trainingCurves } from './curves.ts';
import type { PageData, Section } from './data.ts';
import { differenceSection } from './difference.ts';
import { count, details, distinct, el, records, type Child } from './dom.ts';
import { neighbourSection } from './neighbours.ts';
import { resultsTable } from './results-table.ts';
import { printLight, themeSwitch } from './theme.ts';
import { verdictSection } from './verdict.ts';

/** Builds the page from its embedded data. */

interface PageSection {
  readonly id: Section;
  readonly title: string;
  readonly lead: string;
  readonly content: (data: PageData) => Child[];
}

const SECTIONS: readonly PageSection[] = [
  { id: 'verdict', title: 'Verdict', lead: 'Which encoder is best, and how sure that is.', content: verdictSection },
  { id: 'cost', title: 'Score vs. cost', lead: 'Whether a larger encoder is worth it.', content: costSection },
  { id: 'results', title: 'Results', lead: 'Click a column header to sort; use the menus to filter.', content: resultsTable },
  { id: 'layers', title: 'Layer by layer', lead: 'Which layers separate the classes best.', content: layerCurves },
  { id: 'confusion', title: 'Confusion matrix', lead: 'Which classes are mistaken for which.', content: confusionSection },
  { id: 'neighbours', title: 'Nearest neighbours', lead: 'Why a text was classified as it was.', content: neighbourSection },
  { id: 'training', title: 'Training curves', lead: 'How fine-tuning went.', content: trainingCurves },
  {
    id: 'agreement',
    title: 'Did frozen scores predict fine-tuned scores?',
    lead: 'Whether ranking frozen encoders finds the best one to fine-tune.',
    content: agreementTable,
  },
  {
    id: 'difference',
    title: 'Changes',
    lead: 'What got better, what got worse, and which differences are significant.',
    content: differenceSection,
  },
  { id: 'pictures', title: 'Maps', lead: 'Embeddings in 2D.', content: pictures },
];

const source = document.querySelector('#data')!;
const data = JSON.parse(source.textContent) as PageData;
source.remove();
document.title = `${data.title} – embedding-bench`;
document.body.replaceChildren(...page());
printLight();

function page(): Node[] {
  const built = SECTIONS.map((section) => ({ section, children: section.content(data) }));
  const shown = built.filter(({ children }) => children.length > 0);
  const missing = built.filter(({ children, section: { id } }) => children.length === 0 && (data.notes[id] ?? []).length > 0);
  return [
    el('a', { class: 'skip', href: `#${shown[0]?.section.id ?? 'results'}` }, 'Skip to the results'),
    el(
      'header',
      {},
      el('div', { class: 'top' }, el('p', { class: 'brand' }, 'embedding-bench'), themeSwitch()),
      el('h1', {}, el('bdi', {}, data.title)),
      el('p', { class: 'lead' }, summary()),
      textWarning(),
      el('nav', { 'aria-label': 'Sections' }, ...shown.map(({ section: { id, title } }) => el('a', { href: `#${id}` }, title))),
    ),
    el('main', {}, ...shown.map(({ section, children }) => sectionOf(section, children))),
    el(
      'footer',
      {},
      missing.length > 0 &&
        details(
          `Not on this page (${missing.length})`,
          ...missing.flatMap(({ section: { id, title } }) => [el('h2', {}, title), ...noteParagraphs(data.notes[id]!)]),
        ),
      el(
        'p',
        {},
        `Made by embedding-bench ${data.version} (`,
        el('code', {}, 'bench report'),
        '). This file is self-contained and loads nothing from the network.',
      ),
    ),
  ];
}

function summary(): string {
  const all = [...records(data.results), ...records(data.estimates)];
  // A concatenation has members.
  const encoders = distinct(all.filter(({ members = '' }) => members === '').map(({ encoder }) => encoder));
  const datasets = distinct(all.map(({ dataset }) => dataset));
  const counts = [count(encoders.length, 'encoder'), count(datasets.length, 'dataset'), count(all.length, 'result')].join(', ');
  return data.date === undefined ? `${counts}.` : `${data.date}: ${counts}.`;
}

/** Warning for anyone who shares the page. */
function textWarning(): Child {
  const texts = data.corpora.reduce((sum, corpus) => sum + Object.keys(corpus.texts).length, 0);
  return (
    data.withoutTexts !== undefined &&
    el(
      'p',
      { class: 'warning', role: 'note' },
      el('strong', {}, `This page contains ${count(texts, 'text')} of the data.`),
      ' ',
      'To share it without them: ',
      el('code', {}, data.withoutTexts),
    )
  );
}

function sectionOf({ id, title, lead }: PageSection, children: readonly Child[]): HTMLElement {
  const heading = `${id}-title`;
  return el(
    'section',
    { id, tabindex: -1, 'aria-labelledby': heading },
    el('h2', { id: heading }, title),
    el('p', { class: 'lead' }, lead),
    ...children,
    ...noteLines(data.notes[id] ?? []),
  );
}

/** One line is shown, more are collapsed. */
function noteLines(notes: readonly string[]): Child[] {
  const lines = noteParagraphs(notes);
  return lines.length > 1 ? [details(`${lines.length} notes`, ...lines)] : lines;
}

function noteParagraphs(notes: readonly string[]): HTMLElement[] {
  return notes.map((line) => el('p', { class: 'note' }, ...withCode(line)));
}

/** Text in backticks is shown as code. */
function withCode(line: string): Child[] {
  return line.split('`').map((part, at) => (at % 2 === 1 ? el('code', {}, part) : part));
}

function pictures({ pictures: list }: PageData): Child[] {
  return list.map(({ title, svg }) =>
    el(
      'figure',
      { class: 'picture' },
      el('img', { src: `data:image/svg+xml;base64,${svg}`, alt: title }),
      el('figcaption', {}, el('bdi', {}, title)),
    ),
  );
}
