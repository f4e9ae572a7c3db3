import { asFlag, isJsonNode, type JsonNode } from './json-node.ts';

/** Normalizers and pre-tokenizers of a tokenizer.json as lists of steps, and changes to them. */

/** Steps as one component. */
export function sequence(steps: readonly JsonNode[], list: 'pretokenizers' | 'normalizers' = 'pretokenizers'): JsonNode {
  return { type: 'Sequence', [list]: steps };
}

/** The first character map of a normalizer, as a list; empty if there is none. */
export function charsmapOf(json: JsonNode): JsonNode[] {
  const steps = stepsOf(json['normalizer'], 'normalizers');
  return steps.filter(({ type, precompiled_charsmap: map }) => type === 'Precompiled' && typeof map === 'string').slice(0, 1);
}

/** The steps of a component, one if it is not a Sequence. */
export function stepsOf(node: unknown, list: string): readonly JsonNode[] {
  if (!isJsonNode(node)) return [];
  const steps = node['type'] === 'Sequence' ? node[list] : [node];
  return Array.isArray(steps) ? steps.filter(isJsonNode) : [];
}

/** A component with a step of its kind as the first, or without one. */
export function switched(node: unknown, step: JsonNode, { on, list }: { on: boolean; list: 'pretokenizers' | 'normalizers' }): unknown {
  const steps = stepsOf(node, list);
  const has = steps.some(({ type }) => type === step['type']);
  if (has === on) return node;
  return sequence(on ? [step, ...steps] : steps.filter(({ type }) => type !== step['type']), list);
}

/** A pre-tokenizer whose blanks are marked with this scheme. */
export function withMetaspace(node: unknown, scheme: string): unknown {
  if (!isJsonNode(node)) return node;
  if (node['type'] === 'Sequence') {
    return { ...node, pretokenizers: stepsOf(node, 'pretokenizers').map((step) => withMetaspace(step, scheme)) };
  }
  if (node['type'] !== 'Metaspace') return node;
  const { add_prefix_space: older, ...rest } = node;
  const own = node['prepend_scheme'] ?? (asFlag(older, true) ? 'always' : 'never');
  return own === scheme ? node : { ...rest, prepend_scheme: scheme };
}

/** A tokenizer.json that lower-cases texts before everything else, as set up by sentence-transformers 6. */
export function lowerCased(json: JsonNode): JsonNode {
  return { ...json, normalizer: switched(json['normalizer'], { type: 'Lowercase' }, { on: true, list: 'normalizers' }) };
}
