import { HarnessError, option } from '../errors.ts';
import type { WeightInput } from './weight-inputs.ts';

/**
 * Names of the weights selected by `freeze`: `embeddings` (everything before the first layer) or the number of a layer, by the names of
 * weights in checkpoints, and of the nodes that read them in exported graphs. Throws OPTION for a part that no weight belongs to.
 */
export function frozenWeights(weights: readonly Pick<WeightInput, 'name' | 'label'>[], freeze: readonly (string | number)[]): Set<string> {
  const parts = weights.map(({ name, label }) => ({ name, part: partOf(label) }));
  const known = new Set<string | number | undefined>(parts.map(({ part }) => part));
  const missing = freeze.find((part) => !known.has(part));
  if (missing === undefined)
    return new Set(parts.filter(({ part }) => part !== undefined && freeze.includes(part)).map(({ name }) => name));
  const shared = weights.find(({ label }) => SHARED.test(label));
  if (typeof missing === 'number' && shared !== undefined) {
    throw new HarnessError('OPTION', {
      where: option('freeze'),
      what: `Its layers share weights in groups (${SHARED.exec(shared.label)![0]}…): none can be frozen separately.`,
      hint: 'Freeze only its embeddings, or nothing.',
    });
  }
  const layers = [...known].filter((part) => typeof part === 'number');
  throw new HarnessError('OPTION', {
    where: option('freeze'),
    what: `By name, no weight of the encoder is ${typeof missing === 'number' ? `one of layer ${missing}` : `among its ${missing}`}.`,
    hint:
      layers.length > 0
        ? `It has layers ${Math.min(...layers)} to ${Math.max(...layers)}.`
        : 'Its file has no layer names; use a checkpoint (config.json and weights).',
  });
}

/** Weights shared by several layers (ALBERT): they cannot be assigned to one layer. */
const SHARED = /(?:\w+[./])?albert_layer_groups[./]/;
/** T5's token table, which the decoder shares; the norm after the tables of NomicBERT and jina v3. */
const TABLES = /embed|(?:^|[./])(?:shared|emb_ln)[./]/i;

/** The layer that a weight belongs to, or `embeddings`; undefined for what comes after the layers. */
function partOf(label: string): 'embeddings' | number | undefined {
  const [, layer] = /(?:^|[./])(?:layer|layers|h|block)[./](\d+)[./]/.exec(label) ?? [];
  if (layer !== undefined) return Number(layer);
  return TABLES.test(label) ? 'embeddings' : undefined;
}
