import { create } from '@bufbuild/protobuf';
import { HarnessError } from '../errors.ts';
import { StringStringEntryProtoSchema, type ModelProto } from './onnx_pb.ts';
import type { OnnxModel } from './read.ts';
import { attentionsOf } from './states/attentions.ts';
import { isSame, lastState, namedLastState, numberedStates } from './states/last-state.ts';
import { residualsBetween, residualsOf, stateReadBy, type Residual } from './states/residuals.ts';
import { topologyOf, type Topology } from './topology.ts';

/** Hidden states of a graph, and what remains to be verified by a run. */
export interface FoundStates {
  /** Tensors [batch, tokens, width], 0 to L. */
  readonly states: readonly string[];
  /** A state, and an output of the graph that must be equal to it, if the graph alone does not show that. */
  readonly unproven: readonly { readonly found: string; readonly output: string }[];
}

/**
 * Finds the hidden states of an encoder in its graph: tensors [batch, tokens, width], first the embedding output, then the output of each
 * layer; the same as `output_hidden_states` of the transformers library.
 *
 * Exports differ in names and in how they express norms, attention and weights, so these are not used. What every encoder has is one
 * attention per layer, and a residual stream to which the layers add: hidden state i is the source of the values of attention i, and the
 * tensor that its output is added to. Every layer adds the same number of times, and nothing is added before the first. The last state
 * follows the last sum, after the norm, if any, that the graph uses elsewhere too.
 */
export function findStates(model: OnnxModel, name: string): FoundStates {
  const noted = notedStates(model.proto);
  if (noted !== undefined) return { states: noted, unproven: [] };
  const topology = topologyOf(model.proto.graph!);
  const residuals = residualsOf(topology);
  const last = lastState({ topology, residuals: upToLast(residuals, topology) });
  const states = [...statesRead(topology, name)];
  if (last === undefined) throw noHiddenStates(name, whyNoLast(topology));
  const all = [...states, last.state];
  checkLayers({ all, residuals, topology, name });
  const unproven = last.found === undefined ? [] : [{ found: last.found, output: last.state }];
  return { states: all, unproven: [...unproven, ...numbered(all, topology, name)] };
}

/** Only the names of `findStates`. */
export function findHiddenStates(model: OnnxModel, name: string): string[] {
  return [...findStates(model, name).states];
}

/** For each layer the state that its attention reads; sparse attention consists of several products per layer, all of the same state. */
function statesRead(topology: Topology, name: string): ReadonlySet<string> {
  const named = namedLastState(topology);
  const above = named === undefined ? undefined : nodesAbove(named, topology);
  // What follows the last state, such as an attention-pooling head, is not a layer.
  const attentions = attentionsOf(topology).filter(({ node }) => above === undefined || above.has(node.output[0]!));
  if (attentions.length === 0) throw noHiddenStates(name, 'no attention over the tokens was found');
  const states = new Set<string>();
  for (const [i, attention] of attentions.entries()) {
    const state = stateReadBy(attention, topology);
    if (state === undefined) throw noHiddenStates(name, `attention ${i + 1} has no residual connection`);
    states.add(state);
  }
  return states;
}

/** Residuals that the named last state depends on; all if none is named. */
function upToLast(residuals: readonly Residual[], topology: Topology): readonly Residual[] {
  const named = namedLastState(topology);
  const above = named === undefined ? undefined : nodesAbove(named, topology);
  return above === undefined ? residuals : residuals.filter(({ sum, node }) => above.has(sum) || above.has(node.output[0]!));
}

/** Tensors that a tensor depends on, including itself. */
function nodesAbove(tensor: string, { producer }: Topology): ReadonlySet<string> {
  const seen = new Set<string>();
  const open = [tensor];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    if (seen.has(at)) continue;
    seen.add(at);
    open.push(...(producer.get(at)?.input ?? []));
  }
  return seen;
}

/** A layer that was missed, or counted twice, shows in how often the others add to the stream. */
function checkLayers({
  all,
  residuals,
  topology,
  name,
}: {
  all: readonly string[];
  residuals: readonly Residual[];
  topology: Topology;
  name: string;
}): void {
  const [before, ...each] = residualsBetween(all, residuals, topology);
  if (before !== 0) throw noHiddenStates(name, `${before} residual sums come before its first attention`);
  const odd = each.findIndex((count) => count === 0 || count !== each[0]);
  if (odd !== -1) throw noHiddenStates(name, `its layers differ (residual sums from each state to the next: ${each.join(', ')})`);
}

/** Hidden states that are numbered outputs of the graph and not obviously the ones found. */
function numbered(all: readonly string[], topology: Topology, name: string): FoundStates['unproven'] {
  const given = numberedStates(topology);
  const beyond = given.find(({ at }) => at >= all.length);
  if (beyond !== undefined) throw noHiddenStates(name, `it gives ${beyond.output}, but ${all.length - 1} layers were found`);
  return given.filter(({ output, at }) => !isSame(output, all[at]!, topology)).map(({ output, at }) => ({ found: all[at]!, output }));
}

function whyNoLast(topology: Topology): string {
  const named = namedLastState(topology);
  if (named !== undefined) return `its output ${named} is not the output of its last layer`;
  const outputs = topology.graph.output.map((output) => output.name).join(', ');
  return `no final norm was found after its last layer, and no output is [batch, tokens, width] (it gives ${outputs})`;
}

/** Metadata key for the names of hidden states in models written here. */
const NOTE = 'embedding-bench.hidden_states';

/**
 * Records the hidden states in the model's metadata, replacing an earlier record, so that readers of the file need not search for them.
 * Changes `proto`.
 */
export function noteStates(proto: ModelProto, states: readonly string[]): void {
  proto.metadataProps = [
    ...proto.metadataProps.filter(({ key }) => key !== NOTE),
    create(StringStringEntryProtoSchema, { key: NOTE, value: states.join('\n') }),
  ];
}

/** Whether `noteStates` has recorded any: a file of ours. */
export function isNoted({ metadataProps }: ModelProto): boolean {
  return metadataProps.some(({ key }) => key === NOTE);
}

/** What `noteStates` wrote; undefined if it did not, or if the graph no longer has them. */
export function notedStates({ metadataProps, graph }: ModelProto): string[] | undefined {
  const states = metadataProps.find(({ key }) => key === NOTE)?.value?.split('\n');
  const made = new Set(graph!.node.flatMap(({ output }) => output));
  return states?.every((state) => made.has(state)) === true ? states : undefined;
}

function noHiddenStates(name: string, why: string): HarnessError {
  return new HarnessError('GRAPH', {
    where: name,
    what: `The graph shows no hidden states: ${why}.`,
    hint: 'Export the encoder (BERT-like) as a plain ONNX graph with its last hidden state as output.',
  });
}
