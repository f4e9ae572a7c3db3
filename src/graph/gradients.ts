import { ELEMENTWISE_RULES, FLOATS } from './gradients/elementwise.ts';
import { LOOKUP_RULES } from './gradients/lookups.ts';
import { PRODUCT_RULES } from './gradients/products.ts';
import { REDUCTION_RULES } from './gradients/reductions.ts';
import { attribute, none, type GradientRules } from './gradients/rule.ts';
import { SHAPE_RULES } from './gradients/shapes.ts';
import type { NodeProto } from './onnx_pb.ts';
import { own } from '../own.ts';

/**
 * Reverse-mode derivatives of ONNX operators (opset 20), operator -> rule. The traversal (differentiate.ts) sums gradients; a rule returns
 * the product of the output's gradient with the operator's Jacobian.
 */
export const GRADIENT_RULES: GradientRules = {
  ...ELEMENTWISE_RULES,
  ...PRODUCT_RULES,
  ...REDUCTION_RULES,
  ...SHAPE_RULES,
  ...LOOKUP_RULES,
};

/** Whether no gradient flows back through a node: its outputs are counts, comparisons, steps, integers. */
export function isFlat(node: NodeProto): boolean {
  return own(GRADIENT_RULES, node.opType) === none || (node.opType === 'Cast' && !FLOATS.has(attribute(node, 'to') as number));
}
