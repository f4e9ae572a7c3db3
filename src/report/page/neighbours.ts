import { cellName, corpusName, type Cell } from './cells.ts';
import { className } from './confusion.ts';
import type { Browser, BrowserItem, Corpus, PageData } from './data.ts';
import { bounded, chooser, count, el, foreign, records, searchField, type Child } from './dom.ts';
import { table } from './table.ts';

/** Texts and their nearest neighbours. */

/** Number of texts listed. */
const LISTED = 100;

export function neighbourSection(data: PageData): Child[] {
  if (data.browsers.length === 0) return [];
  const rows = records(data.results);
  const place = el('div');
  const show = (at: number): void => place.replaceChildren(browserView(data, data.browsers[at]!, rows[data.browsers[at]!.row]!));
  show(0);
  return [
    el(
      'div',
      { class: 'controls' },
      chooser({
        label: 'Dataset',
        choices: data.browsers.map(({ corpus }, at) => ({ value: String(at), label: corpusName(data, data.corpora[corpus]!) })),
        onChange: (at) => show(Number(at)),
      }),
    ),
    place,
  ];
}

function browserView(data: PageData, browser: Browser, row: Cell): HTMLElement {
  const corpus = data.corpora[browser.corpus]!;
  const list = el('ol', { class: 'browse-list', 'aria-label': 'Texts' });
  const detail = el('div', {
    class: 'browse-detail',
    role: 'region',
    'aria-label': 'Neighbours of the chosen text',
    'aria-live': 'polite',
  });
  const status = el('p', { class: 'status', role: 'status' });
  let [words, which] = ['', 'all'];
  const draw = (): void => {
    const found = browser.items.filter((item) => matches(corpus, item, words, which));
    const buttons = found.slice(0, LISTED).map((item) =>
      itemButton(corpus, item, () => {
        for (const other of buttons) other.setAttribute('aria-pressed', 'false');
        buttons[found.indexOf(item)]!.setAttribute('aria-pressed', 'true');
        detail.replaceChildren(...itemView(corpus, browser, item));
      }),
    );
    list.replaceChildren(...buttons.map((button) => el('li', {}, button)));
    status.textContent = `${count(found.length, 'text')}${found.length > LISTED ? `; the first ${LISTED} are listed, search for others` : ''}. The list scrolls.`;
    buttons[0]?.click();
    if (buttons.length === 0) detail.replaceChildren(el('p', { class: 'note' }, 'No text matches.'));
  };
  draw();
  return el(
    'div',
    {},
    el(
      'p',
      {},
      foreign(cellName(data, row)),
      `. Exact search among all ${count(Number(row['n']), 'text')}; the nearest ${browser.k} vote.`,
    ),
    el(
      'div',
      { class: 'controls' },
      chooser({
        label: 'Texts',
        choices: [
          { value: 'all', label: 'all, misclassified first' },
          { value: 'wrong', label: 'misclassified' },
          { value: 'right', label: 'correct' },
        ],
        onChange: (value) => {
          which = value;
          draw();
        },
      }),
      searchField({
        label: 'Search texts and classes',
        onInput: (text) => {
          words = text;
          draw();
        },
      }),
    ),
    status,
    el('div', { class: 'browse' }, list, detail),
  );
}

function isRight({ truth, given }: BrowserItem): boolean {
  return truth.length === given.length && truth.every((label) => given.includes(label));
}

function matches(corpus: Corpus, item: BrowserItem, words: string, which: string): boolean {
  if (which !== 'all' && (which === 'right') !== isRight(item)) return false;
  const text = [corpus.texts[item.row] ?? '', labels(corpus, item.truth), labels(corpus, item.given)].join('\n').toLowerCase();
  return words
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

function labels(corpus: Corpus, list: readonly number[]): string {
  return list.length === 0 ? '(nothing)' : list.map((label) => className(corpus, label)).join(', ');
}

function textOf(corpus: Corpus, row: number, most: number): Child {
  const text = corpus.texts[row];
  return text === undefined ? el('span', { class: 'muted' }, `text ${row + 1}`) : foreign(bounded(text, most));
}

function itemButton(corpus: Corpus, item: BrowserItem, onClick: () => void): HTMLButtonElement {
  const right = isRight(item);
  const button = el(
    'button',
    { type: 'button', 'aria-pressed': 'false' },
    el('span', { class: 'text' }, textOf(corpus, item.row, 120)),
    el(
      'span',
      { class: 'labels' },
      el('span', { class: right ? 'mark right' : 'mark wrong' }, right ? '✓' : '✗'),
      ' ',
      foreign(labels(corpus, item.truth)),
      !right && ' → ',
      !right && foreign(labels(corpus, item.given)),
    ),
  );
  button.addEventListener('click', onClick);
  return button;
}

function itemView(corpus: Corpus, { k }: Browser, item: BrowserItem): HTMLElement[] {
  return [
    el('blockquote', {}, textOf(corpus, item.row, 2000)),
    el(
      'p',
      {},
      'True: ',
      el('strong', {}, foreign(labels(corpus, item.truth))),
      ', predicted: ',
      el('strong', {}, foreign(labels(corpus, item.given))),
      '.',
    ),
    table({
      caption: 'Its nearest neighbours',
      controls: false,
      unit: 'neighbour',
      rows: item.neighbours.map((neighbour, at) => ({
        ...neighbour,
        at: at + 1,
        votes: at < k,
        same: neighbour.labels.some((label) => item.truth.includes(label)),
      })),
      columns: [
        { title: '#', numeric: true, value: ({ at }) => at },
        { title: 'Distance', numeric: true, value: ({ distance }) => distance, show: ({ distance }) => distance.toFixed(4) },
        {
          title: 'Votes',
          value: ({ votes }) => (votes ? 'votes' : ''),
          show: ({ votes }) =>
            el(
              'span',
              { role: 'img', 'aria-label': votes ? 'votes' : 'does not vote', class: votes ? undefined : 'muted' },
              votes ? '●' : '○',
            ),
        },
        {
          title: 'Class',
          value: ({ labels: own }) => labels(corpus, own),
          show: ({ labels: own, same }) =>
            el('span', { class: same ? 'right' : 'wrong' }, same ? '✓ ' : '✗ ', foreign(labels(corpus, own))),
        },
        { title: 'Text', below: true, value: ({ row }) => corpus.texts[row] ?? '', show: ({ row }) => textOf(corpus, row, 240) },
      ],
    }),
  ];
}
