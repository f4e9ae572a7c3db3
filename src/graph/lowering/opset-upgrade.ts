import { create } from '@bufbuild/protobuf';
import { attributeProto, type Value } from '../builder.ts';
import { TensorProto_DataType, TensorProtoSchema, type AttributeProto, type NodeProto, type TensorProto } from '../onnx_pb.ts';
import { floatTensor } from './numbers.ts';
import { attributeOf, changed, changedTensor, inputOf, int, refuse, type NodeRule, type Rewrite } from './rewrite.ts';
import { own } from '../../own.ts';

/** Constant nodes become initializers, so that all constants are in one place. */
export const constants: NodeRule = (node, { weights }) => {
  if (node.opType !== 'Constant') return false;
  const tensor = constantOf(node.attribute[0]);
  if (tensor === undefined) return false;
  const [name] = node.output as [Value];
  weights.set(name, changedTensor(tensor, { name }));
  return true;
};

function constantOf(attribute: AttributeProto | undefined): TensorProto | undefined {
  switch (attribute?.name) {
    case 'value':
      return attribute.t;
    case 'value_float':
      return floatTensor('', [], Float32Array.of(attribute.f));
    case 'value_floats':
      return floatTensor('', [attribute.floats.length], Float32Array.from(attribute.floats));
    case 'value_int':
      return create(TensorProtoSchema, {
        dataType: TensorProto_DataType.INT64,
        dims: [],
        rawData: new Uint8Array(BigInt64Array.of(attribute.i).buffer),
      });
    case 'value_ints':
      return create(TensorProtoSchema, {
        dataType: TensorProto_DataType.INT64,
        dims: [BigInt(attribute.ints.length)],
        rawData: new Uint8Array(BigInt64Array.from(attribute.ints).buffer),
      });
    default:
      return undefined;
  }
}

/** Operators of older opsets rewritten for opset 20: former attributes become inputs. */
export function upgradeOpset(version: number): NodeRule {
  return (node, r) => {
    if (node.domain === 'ai.onnx') node.domain = '';
    if (node.domain !== '') return false;
    const convert = own(CONVERSIONS, node.opType);
    const found = convert?.(node, r, version);
    if (found === undefined) return false;
    r.builder.add(found);
    return true;
  };
}

type Conversion = (node: NodeProto, r: Rewrite, version: number) => NodeProto | undefined;

/** Integer attributes that become inputs, starting with the second. */
const toInputs =
  (...names: readonly string[]): Conversion =>
  (node, r) => {
    if (!node.attribute.some(({ name }) => names.includes(name))) return undefined;
    const inputs = names.map((name) => {
      const found = attributeOf(node, name);
      return found === undefined ? '' : r.ints(found.ints.map(Number));
    });
    while (inputs.at(-1) === '') inputs.pop();
    return changed(node, { input: [node.input[0]!, ...inputs], attribute: node.attribute.filter(({ name }) => !names.includes(name)) });
  };

/** Before opset 13 all axes from `axis` on were flattened; if it is the last, that is the current behaviour. */
const softmax: Conversion = (node, r, version) => {
  if (version >= 13) return undefined;
  const axis = int(node, 'axis', 1);
  if (axis === -1 || axis + 1 === r.dims(node.input[0]!)?.length) {
    return changed(node, { attribute: [attributeProto('axis', -1)] });
  }
  throw refuse(node, `of opset ${version} over axis ${axis}`);
};

const CONVERSIONS: Readonly<Record<string, Conversion>> = {
  ...Object.fromEntries(
    [
      'ReduceSum',
      'ReduceMean',
      'ReduceMax',
      'ReduceMin',
      'ReduceL1',
      'ReduceL2',
      'ReduceSumSquare',
      'ReduceLogSumExp',
      'ReduceProd',
      'Squeeze',
      'Unsqueeze',
    ].map((op) => [op, toInputs('axes')]),
  ),
  Slice: toInputs('starts', 'ends', 'axes'),
  Split(node, r) {
    const byAttribute = toInputs('split')(node, r, 0);
    if (byAttribute !== undefined) return byAttribute;
    if (inputOf(node, 1) !== undefined || attributeOf(node, 'num_outputs') !== undefined) return undefined;
    return changed(node, { attribute: [...node.attribute, attributeProto('num_outputs', node.output.length)] });
  },
  Clip(node, r) {
    const [low, high] = [attributeOf(node, 'min'), attributeOf(node, 'max')];
    if (low === undefined && high === undefined) return undefined;
    return changed(node, {
      input: [node.input[0]!, low === undefined ? '' : r.float(low.f), ...(high === undefined ? [] : [r.float(high.f)])],
      attribute: [],
    });
  },
  Pad(node, r) {
    const pads = attributeOf(node, 'pads');
    if (pads === undefined) return undefined;
    const value = attributeOf(node, 'value');
    return changed(node, {
      input: [node.input[0]!, r.ints(pads.ints.map(Number)), ...(value === undefined ? [] : [r.float(value.f)])],
      attribute: node.attribute.filter(({ name }) => name === 'mode'),
    });
  },
  // Outside training it is the identity.
  Dropout: (node) =>
    inputOf(node, 2) === undefined
      ? changed(node, { opType: 'Identity', input: [node.input[0]!], output: [node.output[0]!], attribute: [] })
      : undefined,
  // Exporters give a norm without a bias one of zeros; it is not a weight.
  LayerNormalization(node, r) {
    const bias = inputOf(node, 2);
    const isMadeUp = bias !== undefined && r.producer.get(bias)?.opType === 'Constant' && r.numbers(bias)?.every((value) => value === 0);
    return isMadeUp === true ? changed(node, { input: node.input.slice(0, 2) }) : undefined;
  },
  Softmax: softmax,
  LogSoftmax: softmax,
  Scatter: (node) => changed(node, { opType: 'ScatterElements' }),
};
