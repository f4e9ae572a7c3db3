/// <reference lib="dom" />
/// <reference lib="dom.iterable" />

/** Elements of the page. Text goes in as text nodes and attributes alone: nothing here parses HTML. */

export type Child = Node | string | false | undefined;

type Attributes = Readonly<Record<string, string | number | boolean | undefined>>;

export function el<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    element.setAttribute(name, value === true ? '' : String(value));
  }
  append(element, children);
  return element;
}

/** An element of a drawing. Sizes are attributes: the page allows no style that is not in its sheet. */
export function svg(tag: string, attributes: Attributes = {}, ...children: readonly Child[]): SVGElement {
  const element = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(attributes))
    if (value !== undefined && value !== false) element.setAttribute(name, String(value));
  append(element, children);
  return element;
}

export function append(element: Element, children: readonly Child[]): void {
  for (const child of children) if (child !== undefined && child !== false && child !== '') element.append(child);
}

/** Text from a file, kept from turning the direction of what stands around it. */
export function foreign(text: string): HTMLElement {
  return el('bdi', {}, text);
}

let ids = 0;

/** An id that no other element has. */
export function freshId(): string {
  return `e${++ids}`;
}

export interface Choice {
  readonly value: string;
  readonly label: string;
}

export interface Chooser {
  readonly label: string;
  readonly choices: readonly Choice[];
  readonly onChange: (value: string) => void;
  readonly value?: string | undefined;
}

/** A labelled list to choose from. */
export function chooser({ label, choices, onChange, value }: Chooser): HTMLElement {
  const id = freshId();
  const select = el('select', { id });
  for (const choice of choices) select.append(el('option', { value: choice.value }, bounded(choice.label, 90)));
  if (value !== undefined) select.value = value;
  select.addEventListener('change', () => onChange(select.value));
  return el('div', { class: 'field' }, el('label', { for: id }, label), select);
}

/** A labelled field for words. */
export function searchField({ label, onInput }: { readonly label: string; readonly onInput: (text: string) => void }): HTMLElement {
  const id = freshId();
  const input = el('input', { id, type: 'search', autocomplete: 'off', spellcheck: 'false' });
  let waiting: ReturnType<typeof setTimeout> | undefined;
  input.addEventListener('input', () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => onInput(input.value), 120);
  });
  return el('div', { class: 'field grow' }, el('label', { for: id }, label), input);
}

export function bounded(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}

/** A name as a chart may draw it: no marks that turn the direction of text. */
export function plain(text: string): string {
  return bounded(text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, ''), 60);
}

/** Names as a chart may draw them, each another: what differs in a mark that is not drawn, or far behind, gets a number. */
export function plainNames(texts: readonly string[]): string[] {
  const seen = new Map<string, number>();
  return texts.map(plain).map((name) => {
    const times = (seen.get(name) ?? 0) + 1;
    seen.set(name, times);
    return times === 1 ? name : `${name} (${times})`;
  });
}

/** What a list of values has, each once. */
export function distinct<T>(values: readonly T[]): T[] {
  return [...new Set(values)];
}

/** The values of a table by column. */
export function records({
  columns,
  rows,
}: {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}): Record<string, string>[] {
  return rows.map((row) => Object.fromEntries(columns.map((column, at) => [column, row[at] ?? ''])));
}

/** Content that is shown when the element is opened. */
export function details(summary: string, ...children: readonly Child[]): HTMLElement {
  return el('details', {}, el('summary', {}, summary), ...children);
}

export function count(n: number, one: string, many = `${one}s`): string {
  return `${n.toLocaleString('en')} ${n === 1 ? one : many}`;
}
