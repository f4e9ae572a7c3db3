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

/** The settings shared by all results of one table. */
export interface Heading {
  readonly pooling: string;
  readonly layers: string;
  readonly k: string;
  readonly metric: string;
  readonly votes: string;
  readonly protocol: string;
  readonly split: string;
}

/** Numbered layers: such rows share a table, one row per layer. */
const BY_LAYER = 'by layer';
/** Layers that need no mention: each pooling has its own. */
const USUAL_LAYERS = ['', 'last', '0..L', 'last4'];

export function headingOf({ pooling, layers, k, metric, votes, protocol, split }: Row): Heading {
  return { pooling, layers: layerGroup(layers), k, metric, votes, protocol, split };
}

export function isSingleLayer(layers: string): boolean {
  return /^\d+$/.test(layers);
}

/** By pooling; within one, the protocols follow each other. */
export function compareHeadings(a: Heading, b: Heading): number {
  return comparePoolings(a.pooling, b.pooling) || compareLayers(a.layers, b.layers) || compareSettings(a, b);
}

/** Order of headings with the same pooling. */
export function compareSettings(a: Heading, b: Heading): number {
  return (
    natural(a.k, b.k) ||
    compareMetrics(a.metric, b.metric) ||
    compareVotes(a.votes, b.votes) ||
    compareProtocols(a.protocol, b.protocol) ||
    compareSplits(a.split, b.split)
  );
}

/** All settings but pooling and layers, as a comparison key. */
export function settingsKey({ k, metric, votes, protocol, split }: Heading): string {
  return JSON.stringify([k, metric, votes, protocol, split]);
}

/** `cls`, `layermean (layers 1..L)`, `cls by layer`. */
export function poolingName({ pooling, layers }: Heading): string {
  if (USUAL_LAYERS.includes(layers)) return pooling;
  return layers === BY_LAYER ? `${pooling} ${BY_LAYER}` : `${pooling} (layers ${layers})`;
}

/** The settings in which this heading differs from others: `k = 10`; empty if all are the same. */
export function differingSettings(heading: Heading, all: readonly Heading[]): string[] {
  return settingsOf(heading).filter((word, at) => word !== '' && all.some((one) => settingsOf(one)[at] !== word));
}

/** `k = 5`, `Euclidean distance`, `uniform votes`: the settings that all share. */
export function commonSettings(all: readonly Heading[]): string[] {
  const first = all[0];
  if (first === undefined) return [];
  return settingsOf(first).filter((word, at) => word !== '' && all.every((one) => settingsOf(one)[at] === word));
}

function settingsOf({ k, metric, votes }: Pick<Heading, 'k' | 'metric' | 'votes'>): readonly string[] {
  return [k === '' ? '' : `k = ${k}`, metricWords(metric), votesWords(votes)];
}

/** `0..12` and `0..6` both mean "all layers" of their encoder. */
function layerGroup(layers: string): string {
  return isSingleLayer(layers) ? BY_LAYER : layers.replace(/^([01])\.\.\d+$/, '$1..L');
}
