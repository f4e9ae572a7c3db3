import { create } from '@bufbuild/protobuf';
import { HarnessError } from '../errors.ts';
import { StringStringEntryProtoSchema, type ModelProto } from './onnx_pb.ts';
import type { OnnxModel } from './read.ts';
import { attentionsOf } from './states/attentions.ts';
import { isSame, lastState, namedLastState, numberedStates } from './states/last-state.ts';
import { residualsBetween, residualsOf, stateReadBy, type Residual } from './states/residuals.ts';
import { topologyOf, type Topology } from './topology.ts';

/** Hidden states of a graph, and what a run has to show before they are relied on. */
export interface FoundStates {
  /** Tensors [batch, tokens, width], 0 to L. */
  readonly states: readonly string[];
  /** A state as it was found, and an output of the graph that must be it, where the graph alone does not show it. */
  readonly unproven: readonly { readonly found: string; readonly output: string }[];
}

/**
 * Finds the hidden states of an encoder in its graph: tensors [batch, tokens, width], first the embedding output, then
 * the output of each layer; the same that `output_hidden_states` of the transformers library gives.
 *
 * Exports differ in names and in how they spell norms, attention and weights, so nothing is read from those. What every
 * encoder has is one attention a layer, and a residual stream to which the layers add: hidden state i is where the values of
 * attention i come from and to which what it makes is added. Every layer adds as often as the others, none before the first.
 * The last state stands behind the last sum, by way of the norm, if any, that the graph has elsewhere too.
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

/** The names of `findStates` alone. */
export function findHiddenStates(model: OnnxModel, name: string): string[] {
  return [...findStates(model, name).states];
}

/** Of each layer the state that its attention reads; sparse attention spells several products a layer, all of the same state. */
function statesRead(topology: Topology, name: string): ReadonlySet<string> {
  const named = namedLastState(topology);
  const above = named === undefined ? undefined : nodesAbove(named, topology);
  // What comes behind the last state, as a head that pools by attention, is no layer.
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

/** Residuals that the named last state is made of; all where none is named. */
function upToLast(residuals: readonly Residual[], topology: Topology): readonly Residual[] {
  const named = namedLastState(topology);
  const above = named === undefined ? undefined : nodesAbove(named, topology);
  return above === undefined ? residuals : residuals.filter(({ sum, node }) => above.has(sum) || above.has(node.output[0]!));
}

/** Tensors that a tensor is made of, itself among them. */
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

/** A layer that was overlooked, or taken for two, shows in how often the others add to the stream. */
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

/** Hidden states that the graph gives by number and that it does not show to be those found. */
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

/** Under which the models that are written here note the names of their hidden states. */
const NOTE = 'embedding-bench.hidden_states';

/**
 * Notes the hidden states in the model, in place of an earlier note, so that whoever reads the file need not look for them. Changes
 * `proto`.
 */
export function noteStates(proto: ModelProto, states: readonly string[]): void {
  proto.metadataProps = [
    ...proto.metadataProps.filter(({ key }) => key !== NOTE),
    create(StringStringEntryProtoSchema, { key: NOTE, value: states.join('\n') }),
  ];
}

/** Whether `noteStates` has noted any: a file of ours. */
export function isNoted({ metadataProps }: ModelProto): boolean {
  return metadataProps.some(({ key }) => key === NOTE);
}

/** What `noteStates` wrote; undefined where it did not, or where the graph has them no more. */
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
