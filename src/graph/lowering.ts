import { notedStates } from './hidden-states.ts';
import { attention } from './lowering/attention.ts';
import { dynamic } from './lowering/dynamic.ts';
import { decomposeContrib } from './lowering/decompose-contrib.ts';
import { constants, upgradeOpset } from './lowering/opset-upgrade.ts';
import { copyOf, rewrite, type NodeRule } from './lowering/rewrite.ts';
import { shapesWanted } from './lowering/shapes.ts';
import { matchPatterns } from './lowering/match-patterns.ts';
import { casts, dequantised, widen } from './lowering/weights.ts';
import type { OnnxModel } from './read.ts';
import { prune } from './topology.ts';

export interface LoweredModel {
  readonly model: OnnxModel;
  /** Notes on what differs from the file, one sentence each. */
  readonly notes: string[];
}

/**
 * A model in float32 operators of the standard (opset 20), so that it can be differentiated: fused operators are decomposed, quantised and
 * 16-bit weights become float32 tensors held in memory, layer norm and Gelu become one operator each. Tensors keep their names. The given
 * model is not changed. Throws GRAPH for what has no such form.
 */
export async function lower(model: OnnxModel): Promise<LoweredModel> {
  const { folder } = model;
  const notes = new Set<string>();
  const version = Number(model.proto.opsetImport.find(({ domain }) => domain === '' || domain === 'ai.onnx')?.version ?? 20n);
  const shapes = await shapesWanted(model);
  let proto = copyOf(model.proto);
  const pass = (...rules: NodeRule[]): void => {
    proto = rewrite(proto, rules, { folder, notes, shapes });
  };
  pass(constants, upgradeOpset(version));
  widen(proto.graph!, { folder, notes });
  pass(casts, dequantised, dynamic);
  pass(decomposeContrib, attention);
  pass(matchPatterns);
  // Without this, hidden states that no output needs would be pruned, although the metadata names them.
  prune(proto.graph!, notedStates(proto));
  return { model: { ...model, proto }, notes: [...notes] };
}
