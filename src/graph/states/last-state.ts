import type { Topology } from '../topology.ts';
import { throughPasses } from './flow.ts';
import { isNorm, isPerToken, normShapes, tailOf, type NormShapes, type Shape } from './norms.ts';
import type { Residual } from './residuals.ts';

/** Names that exporters give to the last hidden state, best first. */
const LAST_NAMES = ['last_hidden_state', 'token_embeddings', 'hidden_states', 'output_0'];

/** The output that a graph declares as its last hidden state, by name; undefined if none. */
export function namedLastState({ graph }: Topology): string | undefined {
  return LAST_NAMES.find((known) => rankOf(graph.output, known) === 3);
}

export interface LastState {
  readonly state: string;
  /** What follows the last layer, if the graph does not show that it is the same. */
  readonly found?: string | undefined;
}

export interface LastStateParams {
  readonly topology: Topology;
  /** Up to the last layer's. */
  readonly residuals: readonly Residual[];
}

/**
 * The last hidden state: what follows the last residual sum after a norm like others of the graph, or, if no norm is on the stream, the sum
 * itself. An output named as the last hidden state must be equal to it. Undefined if there is none.
 */
export function lastState({ topology, residuals }: LastStateParams): LastState | undefined {
  const last = residuals.at(-1);
  if (last === undefined) return undefined;
  const judge = judgeOf(normShapes(residuals, topology));
  const sums = new Map(residuals.map((residual) => [residual.sum, residual]));
  const shapeBehind = (tensor: string): Shape | undefined => {
    const tail = tailOf(tensor, sums, topology);
    return tail?.residual === last ? tail.shape : undefined;
  };
  const named = namedLastState(topology);
  const given =
    named ?? topology.graph.output.find(({ name }) => rankOf(topology.graph.output, name) === 3 && isFit(shapeBehind(name)))?.name;
  const norm = normBehind(last, topology, (tensor) => judge.isNormed(shapeBehind(tensor)));
  if (given === undefined) return norm === undefined ? undefined : { state: norm };
  if (isFit(shapeBehind(given))) return { state: named ?? norm ?? given };
  return norm === undefined ? undefined : { state: given, found: norm };

  function isFit(shape: Shape | undefined): boolean {
    return shape !== undefined && (judge.isNormed(shape) || (shape === '' && judge.mayBeBare));
  }
}

/**
 * What may follow the last sum: for post-norm layers the norm of the stream, else a norm as blocks have, or whatever else is on the stream.
 */
function judgeOf({ post, pre }: NormShapes): { isNormed: (shape: Shape | undefined) => boolean; mayBeBare: boolean } {
  const isPost = [...post].some(isNorm);
  const known = isPost ? [...post].filter(isNorm) : [...post, ...pre];
  return { isNormed: (shape) => shape !== undefined && known.includes(shape), mayBeBare: post.size === 0 };
}

/** The first per-token tensor after the last sum that satisfies the condition. */
function normBehind({ sum, node }: Residual, topology: Topology, isWanted: (tensor: string) => boolean): string | undefined {
  const open = [sum, ...(node.output[0] === sum ? [] : [node.output[0]!])];
  const seen = new Set(open);
  for (let tensor = open.shift(); tensor !== undefined; tensor = open.shift()) {
    if (isWanted(tensor)) return tensor;
    for (const reader of topology.consumers.get(tensor) ?? []) {
      if (!isPerToken(reader, topology)) continue;
      for (const made of reader.output) if (made !== '' && !seen.has(made)) open.push(made);
      for (const made of reader.output) seen.add(made);
    }
  }
  return undefined;
}

/** Outputs that are named as numbered hidden states ("hidden_states.3"), and the state that each must equal. */
export function numberedStates({ graph }: Topology): { readonly output: string; readonly at: number }[] {
  return graph.output.flatMap(({ name }) => {
    const at = /^(?:all_|encoder_)?hidden_states?[._/-]?(\d+)$/.exec(name)?.[1];
    return at === undefined || rankOf(graph.output, name) !== 3 ? [] : [{ output: name, at: Number(at) }];
  });
}

/** Whether two tensors are equal up to shape and element type, as the graph shows. */
export function isSame(a: string, b: string, topology: Topology): boolean {
  return throughPasses(a, topology) === throughPasses(b, topology);
}

function rankOf(outputs: Topology['graph']['output'], name: string): number | undefined {
  const type = outputs.find((output) => output.name === name)?.type?.value;
  return type?.case === 'tensorType' ? type.value.shape?.dim.length : undefined;
}
