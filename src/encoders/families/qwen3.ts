import { llamaShape } from './decoder-config.ts';
import type { Family } from './family.ts';
import { qwen } from './qwen2.ts';

/** Qwen 3 (Yang et al. 2025): Qwen 2 without biases; queries and keys are normalised per head. */
export const qwen3: Family = qwen({ title: 'Qwen3', type: 'qwen3', of: ['Qwen3-Embedding-0.6B'] }, (config) => {
  const bias = config.flag('attention_bias', false);
  return { ...llamaShape(config, { keyHeads: 32, size: 128 }), bias: { projections: bias, output: bias, feed: false }, headNorms: true };
});
