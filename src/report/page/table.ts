import { append, chooser, count, distinct, el, foreign, freshId, searchField, type Child } from './dom.ts';

/** Tables that are sorted by their headers and filtered by their columns. */

export interface Column<T> {
  readonly title: string;
  /** Value to sort by and to search. */
  readonly value: (row: T) => string | number;
  /** What is shown. Default: the value. */
  readonly show?: ((row: T) => Child) | undefined;
  /** Right-aligned, sorted in descending order first. */
  readonly numeric?: boolean | undefined;
  /** The column has a filter menu. */
  readonly filter?: boolean | undefined;
  /** Shown below the others, over the whole width: long texts. */
  readonly below?: boolean | undefined;
  /** Content under the title. */
  readonly head?: Child;
  readonly class?: ((row: T) => string) | undefined;
}

export interface TableParams<T> {
  readonly caption: string;
  readonly columns: readonly Column<T>[];
  readonly rows: readonly T[];
  /** Initial sort column and direction. Default: the order of the rows. */
  readonly sort?: { readonly column: number; readonly down: boolean } | undefined;
  /** Whether search and filter fields are shown above. */
  readonly controls?: boolean | undefined;
  /** Number of first columns that are row headers. */
  readonly heads?: number | undefined;
  /** What a row is. */
  readonly unit?: string | undefined;
}

/** Number of rows shown at first: thousands make a page slow, and what follows hard to find. */
const STEP = 30;

interface State {
  sort: { readonly column: number; readonly down: boolean } | undefined;
  readonly chosen: Map<number, string>;
  words: string;
  shown: number;
}

export function table<T>(params: TableParams<T>): HTMLElement {
  const { caption, columns, rows, controls = rows.length > 8, unit = 'row' } = params;
  const state: State = { sort: params.sort, chosen: new Map(), words: '', shown: STEP };
  const id = freshId();
  const status = el('p', { class: 'status', role: 'status' });
  const body = el('tbody');
  const more = el('button', { type: 'button', class: 'more' });
  const heads = columns.flatMap((column, at) =>
    column.below === true
      ? []
      : headOf(column, () => {
          const down = state.sort?.column === at ? !state.sort.down : column.numeric === true;
          state.sort = { column: at, down };
          draw();
        }),
  );
  const draw = (): void => {
    for (const [at, head] of heads.entries()) {
      if (state.sort?.column === at) head.setAttribute('aria-sort', state.sort.down ? 'descending' : 'ascending');
      else head.removeAttribute('aria-sort');
    }
    const found = sorted(filtered(rows, params, state), columns, state.sort);
    body.replaceChildren(...found.slice(0, state.shown).flatMap((row) => linesOf(row, params)));
    status.textContent =
      found.length === rows.length ? count(rows.length, unit) : `${found.length.toLocaleString('en')} of ${count(rows.length, unit)}`;
    more.hidden = found.length <= state.shown;
    more.textContent = `Show more (${state.shown} of ${found.length.toLocaleString('en')} shown)`;
  };
  more.addEventListener('click', () => {
    state.shown += 5 * STEP;
    draw();
  });
  const change = (): void => {
    state.shown = STEP;
    draw();
  };
  const element = el('div', { class: 'table' });
  const region = el(
    'div',
    { class: 'scroll', role: 'region', 'aria-labelledby': id },
    el('table', {}, el('caption', { id }, el('span', {}, caption)), el('thead', {}, el('tr', {}, ...heads)), body),
  );
  const filters = controls ? filtersOf(params, state, change) : undefined;
  append(element, [filters && el('div', { class: 'controls' }, ...filters.fields), controls && status, scrollHint(region), region, more]);
  if (filters !== undefined) SETTERS.set(element, filters.set);
  draw();
  return element;
}

/** Setters of a table's menus, for use from elsewhere. */
const SETTERS = new WeakMap<Element, (values: Readonly<Record<string, string>>) => void>();

/** Sets a table's menus by column title; all other menus are reset. */
export function filterTable(element: Element, values: Readonly<Record<string, string>>): void {
  SETTERS.get(element)?.(values);
}

/** Hints at hidden columns if a table scrolls. Scrollable regions can be focused by keyboard. */
function scrollHint(region: HTMLElement): HTMLElement {
  const hint = el('p', { class: 'hint', hidden: true }, 'Scroll sideways for more columns →');
  new ResizeObserver(() => {
    const scrolls = region.scrollWidth > region.clientWidth + 1;
    hint.hidden = !scrolls;
    if (scrolls) region.tabIndex = 0;
    else region.removeAttribute('tabindex');
  }).observe(region);
  return hint;
}

function headOf<T>({ title, numeric, head }: Column<T>, onClick: () => void): HTMLTableCellElement {
  const button = el('button', { type: 'button' }, title);
  button.addEventListener('click', onClick);
  return el('th', { scope: 'col', class: numeric === true ? 'number' : undefined }, button, head);
}

function linesOf<T>(row: T, { columns, heads = 1 }: TableParams<T>): HTMLElement[] {
  const inLine = columns.filter(({ below }) => below !== true);
  const line = el(
    'tr',
    {},
    ...inLine.map((column, at) => {
      const attributes = {
        class: [column.numeric === true ? 'number' : '', column.class?.(row) ?? ''].filter((name) => name !== '').join(' ') || undefined,
      };
      return at < heads ? el('th', { scope: 'row', ...attributes }, shownOf(column, row)) : el('td', attributes, shownOf(column, row));
    }),
  );
  const below = columns.filter((column) => column.below === true && column.value(row) !== '');
  return [
    line,
    ...below.map((column) => el('tr', { class: 'below' }, el('td', { colspan: inLine.length }, el('div', {}, shownOf(column, row))))),
  ];
}

function shownOf<T>({ show, value }: Column<T>, row: T): Child {
  return show === undefined ? foreign(String(value(row))) : show(row);
}

interface Filters {
  readonly fields: readonly HTMLElement[];
  readonly set: (values: Readonly<Record<string, string>>) => void;
}

function filtersOf<T>({ columns, rows }: TableParams<T>, state: State, change: () => void): Filters {
  const search = searchField({
    label: 'Search',
    onInput: (text) => {
      state.words = text;
      change();
    },
  });
  const lists = columns.flatMap((column, at) => {
    const values = column.filter === true ? distinct(rows.map((row) => String(column.value(row)))) : [];
    if (values.length < 2) return [];
    const choose = (place: string): void => {
      if (place === '') state.chosen.delete(at);
      else state.chosen.set(at, values[Number(place)]!);
    };
    const choices = [
      { value: '', label: 'all' },
      ...values.map((value, place) => ({ value: String(place), label: value === '' ? '(none)' : value })),
    ];
    const field = chooser({
      label: column.title,
      choices,
      onChange: (place) => {
        choose(place);
        change();
      },
    });
    return [{ title: column.title, values, choose, field }];
  });
  return {
    fields: [...lists.map(({ field }) => field), search],
    set: (wanted) => {
      for (const { title, values, choose, field } of lists) {
        const place = Object.hasOwn(wanted, title) ? values.indexOf(wanted[title]!) : -1;
        const value = place < 0 ? '' : String(place);
        choose(value);
        field.querySelector('select')!.value = value;
      }
      search.querySelector('input')!.value = '';
      state.words = '';
      change();
    },
  };
}

function filtered<T>(rows: readonly T[], { columns }: TableParams<T>, { chosen, words }: State): readonly T[] {
  const wanted = words
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  if (chosen.size === 0 && wanted.length === 0) return rows;
  return rows.filter((row) => {
    if ([...chosen].some(([at, value]) => String(columns[at]!.value(row)) !== value)) return false;
    const text = columns
      .map(({ value }) => String(value(row)))
      .join('\n')
      .toLowerCase();
    return wanted.every((word) => text.includes(word));
  });
}

function sorted<T>(rows: readonly T[], columns: readonly Column<T>[], sort: State['sort']): readonly T[] {
  if (sort === undefined) return rows;
  const { value } = columns[sort.column]!;
  const sign = sort.down ? -1 : 1;
  return rows.toSorted((a, b) => compare(value(a), value(b), sign));
}

const collator = new Intl.Collator('en', { numeric: true });

/** Missing values come last in either direction. */
function compare(a: string | number, b: string | number, sign: number): number {
  const [noA, noB] = [isNothing(a), isNothing(b)];
  if (noA || noB) return Number(noA) - Number(noB);
  return sign * (typeof a === 'number' && typeof b === 'number' ? a - b : collator.compare(String(a), String(b)));
}

function isNothing(value: string | number): boolean {
  return value === '' || Number.isNaN(value);
}
