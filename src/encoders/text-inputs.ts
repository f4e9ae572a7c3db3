import { HarnessError } from '../errors.ts';
import { TensorProto_DataType, type GraphProto, type ValueInfoProto } from '../graph/onnx_pb.ts';

/** An input of a graph that can be computed from a text, [texts, tokens]. */
export interface TextInput {
  readonly name: string;
  readonly type: 'int64' | 'int32';
}

/** Supported inputs: token ids, ones, zeros (the first sentence), and positions. */
const TEXT_INPUTS: ReadonlySet<string> = new Set(['input_ids', 'attention_mask', 'token_type_ids', 'position_ids']);

const INTEGERS: ReadonlyMap<number, TextInput['type']> = new Map([
  [TensorProto_DataType.INT64, 'int64'],
  [TensorProto_DataType.INT32, 'int32'],
]);

/**
 * The inputs of a graph. Throws GRAPH, naming it, for one that texts do not provide (a key cache, boxes, images, a task number), and for
 * one of another form: not integers, not two-dimensional, a fixed number of tokens.
 */
export function textInputs(graph: GraphProto, file: string): TextInput[] {
  const weights = new Set(graph.initializer.map(({ name }) => name));
  return graph.input.filter(({ name }) => !weights.has(name)).map((input) => textInput(input, file));
}

function textInput({ name, type }: ValueInfoProto, file: string): TextInput {
  const refuse = (what: string) =>
    new HarnessError('GRAPH', {
      where: file,
      what,
      hint: `Export the encoder with ${[...TEXT_INPUTS].join(', ')} alone, [batch, sequence] of int64.`,
    });
  if (!TEXT_INPUTS.has(name)) throw refuse(`It needs an input "${name}", which texts do not provide.`);
  if (type?.value.case !== 'tensorType') return { name, type: 'int64' };
  const { elemType, shape } = type.value.value;
  const integer = INTEGERS.get(elemType);
  if (integer === undefined) {
    throw refuse(`Its input "${name}" is of type ${TensorProto_DataType[elemType]?.toLowerCase() ?? elemType}, expected int64 or int32.`);
  }
  const dims = shape?.dim;
  if (dims === undefined) return { name, type: integer };
  if (dims.length !== 2) throw refuse(`Its input "${name}" has ${dims.length} dimensions, expected 2 (texts, tokens).`);
  const [texts, tokens] = dims.map(({ value }) => (value.case === 'dimValue' ? Number(value.value) : undefined));
  if (tokens !== undefined && tokens > 0) throw refuse(`Its input "${name}" takes texts of exactly ${tokens} tokens.`);
  if (texts !== undefined && texts > 0) {
    throw refuse(`Its input "${name}" takes exactly ${texts} ${texts === 1 ? 'text' : 'texts'} at a time.`);
  }
  return { name, type: integer };
}
