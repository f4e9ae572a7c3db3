/// <reference lib="dom" />
/// <reference lib="dom.iterable" />

/** Elements of the page. Text is set only as text nodes and attributes: nothing here parses HTML. */

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

/** An SVG element. Sizes are attributes: the page's policy allows no inline style. */
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

/** Text from a file, isolated so that its bidirectional formatting does not affect the surrounding text. */
export function foreign(text: string): HTMLElement {
  return el('bdi', {}, text);
}

let ids = 0;

/** A unique id. */
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

/** A labelled menu. */
export function chooser({ label, choices, onChange, value }: Chooser): HTMLElement {
  const id = freshId();
  const select = el('select', { id });
  for (const choice of choices) select.append(el('option', { value: choice.value }, bounded(choice.label, 90)));
  if (value !== undefined) select.value = value;
  select.addEventListener('change', () => onChange(select.value));
  return el('div', { class: 'field' }, el('label', { for: id }, label), select);
}

/** A labelled text field. */
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

/** A name for a chart, without bidirectional formatting characters. */
export function plain(text: string): string {
  return bounded(text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, ''), 60);
}

/** Names for a chart, made unique: names that differ only in a removed character, or beyond the length limit, get a number. */
export function plainNames(texts: readonly string[]): string[] {
  const seen = new Map<string, number>();
  return texts.map(plain).map((name) => {
    const times = (seen.get(name) ?? 0) + 1;
    seen.set(name, times);
    return times === 1 ? name : `${name} (${times})`;
  });
}

/** Distinct values of a list. */
export function distinct<T>(values: readonly T[]): T[] {
  return [...new Set(values)];
}

/** The rows of a table as objects by column. */
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
