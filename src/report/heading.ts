import { natural } from '../results/order.ts';
import type { Row } from '../results/row.ts';
import {
  compareLayers,
  compareMetrics,
  comparePoolings,
  compareProtocols,
  compareSplits,
  compareVotes,
  metricWords,
  votesWords,
} from './words.ts';

/** What all cells of one table have in common. */
export interface Heading {
  readonly pooling: string;
  readonly layers: string;
  readonly k: string;
  readonly metric: string;
  readonly votes: string;
  readonly protocol: string;
  readonly split: string;
}

/** Layers that are a number: such rows stand in one table, a row for each layer. */
const BY_LAYER = 'by layer';
/** Layers that need no word: each pooling has its own. */
const USUAL_LAYERS = ['', 'last', '0..L', 'last4'];

export function headingOf({ pooling, layers, k, metric, votes, protocol, split }: Row): Heading {
  return { pooling, layers: layerGroup(layers), k, metric, votes, protocol, split };
}

export function isSingleLayer(layers: string): boolean {
  return /^\d+$/.test(layers);
}

/** Pooling by pooling; within one, the protocols stand beside each other. */
export function compareHeadings(a: Heading, b: Heading): number {
  return comparePoolings(a.pooling, b.pooling) || compareLayers(a.layers, b.layers) || compareSettings(a, b);
}

/** The order of headings that have one pooling. */
export function compareSettings(a: Heading, b: Heading): number {
  return (
    natural(a.k, b.k) ||
    compareMetrics(a.metric, b.metric) ||
    compareVotes(a.votes, b.votes) ||
    compareProtocols(a.protocol, b.protocol) ||
    compareSplits(a.split, b.split)
  );
}

/** Do they differ in nothing but pooling and layers? Equal texts say yes. */
export function settingsKey({ k, metric, votes, protocol, split }: Heading): string {
  return JSON.stringify([k, metric, votes, protocol, split]);
}

/** `cls`, `layermean (layers 1..L)`, `cls by layer`. */
export function poolingName({ pooling, layers }: Heading): string {
  if (USUAL_LAYERS.includes(layers)) return pooling;
  return layers === BY_LAYER ? `${pooling} ${BY_LAYER}` : `${pooling} (layers ${layers})`;
}

/** The settings that set this heading apart from `all`: `k = 10`; none where they are the same in all. */
export function settingsApart(heading: Heading, all: readonly Heading[]): string[] {
  return settingsOf(heading).filter((word, at) => word !== '' && all.some((one) => settingsOf(one)[at] !== word));
}

/** `k = 5`, `Euclidean distance`, `uniform votes`: those that are the same in all. */
export function commonSettings(all: readonly Heading[]): string[] {
  const first = all[0];
  if (first === undefined) return [];
  return settingsOf(first).filter((word, at) => word !== '' && all.every((one) => settingsOf(one)[at] === word));
}

function settingsOf({ k, metric, votes }: Pick<Heading, 'k' | 'metric' | 'votes'>): readonly string[] {
  return [k === '' ? '' : `k = ${k}`, metricWords(metric), votesWords(votes)];
}

/** `0..12` and `0..6` are both "all layers" of their encoder. */
function layerGroup(layers: string): string {
  return isSingleLayer(layers) ? BY_LAYER : layers.replace(/^([01])\.\.\d+$/, '$1..L');
}
