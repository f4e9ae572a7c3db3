import type { OnnxModel } from '../graph/read.ts';

/** Dimensions of a token's vector in the last hidden state, if the graph declares them; `states` are its hidden states by name. */
export function stateWidth({ proto }: Pick<OnnxModel, 'proto'>, states: readonly string[] = []): number | undefined {
  const graph = proto.graph!;
  const names = ['last_hidden_state', ...states.slice(-1)];
  const described = [...graph.output, ...graph.valueInfo].find(({ name }) => names.includes(name));
  const shape = described?.type?.value.case === 'tensorType' ? described.type.value.value.shape?.dim : undefined;
  return shape?.length === 3 && shape[2]!.value.case === 'dimValue' ? Number(shape[2]!.value.value) : undefined;
}
