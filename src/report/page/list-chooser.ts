import type { RankedList } from '../verdict/ranked-list.ts';
import { datasetName, estimatorName } from './cells.ts';
import type { PageData } from './data.ts';
import { chooser, distinct, el, plainNames } from './dom.ts';

/** Ranked lists by name, and menus to choose one: a dataset, and the score to rank by. */

/** A dataset; with its label field if the page has several. */
export function taskName(data: PageData, { dataset, target }: RankedList): string {
  const several = data.rankings.some((other) => other.dataset === dataset && other.target !== target);
  return several && target !== '' ? `${datasetName(data, dataset)} (${target})` : datasetName(data, dataset);
}

/** Score of a list's encoders, on any dataset. */
export function scorerName(data: PageData, { by }: RankedList): string {
  if (by === 'fine-tuned') return 'Fine-tuned and frozen';
  return by === 'results' ? 'Frozen, k-NN' : `Estimate: ${estimatorName(data, by)}`;
}

/** The same, with what distinguishes it from the other lists of its dataset. */
export function listName(data: PageData, list: RankedList, lists: readonly RankedList[]): string {
  const { by, about, protocol, split } = list;
  const how = by === 'results' ? ` ${protocol}` : by === 'fine-tuned' ? ` (${split})` : '';
  return `${scorerName(data, list)}${how}${lists.filter((other) => other.by === by).length > 1 ? `, ${about}` : ''}`;
}

function taskOf({ dataset, target }: RankedList): string {
  return JSON.stringify([dataset, target]);
}

/** The lists of each dataset, the one that answers first. */
export function listsByTask(data: PageData, lists: readonly RankedList[]): RankedList[][] {
  const heads = new Set(data.verdicts.map(({ list }) => data.rankings[list]!));
  return distinct(lists.map(taskOf)).map((task) =>
    lists.filter((list) => taskOf(list) === task).toSorted((a, b) => Number(heads.has(b)) - Number(heads.has(a))),
  );
}

export interface ListChooserParams {
  readonly data: PageData;
  readonly lists: readonly RankedList[];
  readonly onChange: (list: RankedList, name: string) => void;
}

/** The menus; omitted if there is no choice. `onChange` is called immediately with the first list. */
export function listChooser({ data, lists, onChange }: ListChooserParams): HTMLElement[] {
  const tasks = listsByTask(data, lists);
  const slot = el('div', { class: 'slot' });
  const showTask = (own: readonly RankedList[]): void => {
    const names = plainNames(own.map((list) => listName(data, list, own)));
    const show = (at: number): void => onChange(own[at]!, names[at]!);
    const choices = names.map((label, at) => ({ value: String(at), label }));
    slot.replaceChildren(...(own.length > 1 ? [chooser({ label: 'Score', choices, onChange: (at) => show(Number(at)) })] : []));
    show(0);
  };
  const choices = plainNames(tasks.map(([list]) => taskName(data, list!))).map((label, at) => ({ value: String(at), label }));
  const datasets = tasks.length > 1 ? [chooser({ label: 'Dataset', choices, onChange: (at) => showTask(tasks[Number(at)]!) })] : [];
  showTask(tasks[0]!);
  return [...datasets, slot];
}
