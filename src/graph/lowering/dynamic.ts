import type { Value } from '../builder.ts';
import type { NodeProto } from '../onnx_pb.ts';
import { floatTensor, numbersOf } from './numbers.ts';
import { changed, inputOf, refuse, type NodeRule, type Rewrite } from './rewrite.ts';
import { constant, DROPPED, note, scaleAlong, weightName } from './weights.ts';

/**
 * Products of activations quantised to 8 bits at run time (dynamic quantisation), rewritten as products of the original activations with
 * the dequantised weights. The rounding is removed, so vectors differ from the file's by the rounding error.
 */
export const dynamic: NodeRule = (node, r) => {
  switch (node.opType) {
    case 'Mul':
      return scaledProduct(node, r);
    case 'DynamicQuantizeMatMul':
      product(node, r, { x: node.input[0]!, weight: weightOf(node, r, { weight: 1, scale: 2, zero: 3 }), bias: inputOf(node, 4) });
      return true;
    case 'MatMulIntegerToFloat':
      product(node, r, {
        x: rounded(node, r, node.input[0]!),
        weight: weightOf(node, r, { weight: 1, scale: 3, zero: 5 }),
        bias: inputOf(node, 6),
      });
      return true;
    case 'QAttention': {
      const [x, , bias, , , mask = '', , , past = ''] = node.input as [Value, Value, Value, Value, Value, Value?, Value?, Value?, Value?];
      r.builder.add(
        changed(node, {
          opType: 'Attention',
          input: [rounded(node, r, x), weightOf(node, r, { weight: 1, scale: 4, zero: 7 }), bias, mask, past],
        }),
      );
      return true;
    }
    default:
      return false;
  }
};

/** MatMulInteger -> Cast -> Mul by the product of both scales: matched from that last Mul. */
function scaledProduct(node: NodeProto, r: Rewrite): boolean {
  const makers = node.input.map((input) => r.producer.get(input));
  const cast = makers.findIndex((maker) => maker?.opType === 'Cast' && r.producer.get(maker.input[0]!)?.opType === 'MatMulInteger');
  const integer = cast === -1 ? undefined : r.producer.get(makers[cast]!.input[0]!);
  const scales = makers[1 - cast];
  if (integer === undefined) return false;
  const source = r.producer.get(integer.input[0]!);
  const scale = scales?.opType === 'Mul' ? scales.input.find((input) => r.weights.has(input)) : undefined;
  if (source?.opType !== 'DynamicQuantizeLinear' || scale === undefined || !scales!.input.includes(source.output[1]!)) {
    throw refuse(integer, 'without its scales behind it');
  }
  const [, weight, , zero] = integer.input as [Value, Value, Value?, Value?];
  product(node, r, { x: source.input[0]!, weight: dequantised(integer, r, { weight, scale, zero }), bias: undefined });
  return true;
}

/** The activations before quantisation. */
function rounded(node: NodeProto, r: Rewrite, x: Value): Value {
  const maker = r.producer.get(x);
  if (maker?.opType !== 'DynamicQuantizeLinear' && maker?.opType !== 'QuantizeLinear') {
    throw refuse(node, 'of whole numbers that come from elsewhere');
  }
  return maker.input[0]!;
}

function weightOf(node: NodeProto, r: Rewrite, places: { weight: number; scale: number; zero: number }): Value {
  return dequantised(node, r, { weight: node.input[places.weight]!, scale: node.input[places.scale]!, zero: inputOf(node, places.zero) });
}

/** Scales and zero points are per tensor, or per column. */
function dequantised(
  node: NodeProto,
  r: Rewrite,
  { weight, scale, zero }: { weight: Value; scale: Value; zero: Value | undefined },
): Value {
  const tensor = r.weights.get(weight);
  if (tensor === undefined) throw refuse(node, 'of two activations');
  const name = weightName(weight, r);
  const dims = tensor.dims.map(Number);
  const values = numbersOf(tensor, r.folder);
  const of = (input: Value) => constant(r, changed(node, { input: [input] }), 0);
  scaleAlong(values, {
    dims,
    axis: dims.length - 1,
    block: 0,
    scales: of(scale),
    zeros: zero === undefined || zero === '' ? undefined : of(zero),
  });
  r.weights.set(name, floatTensor(name, dims, values));
  note(r, 8);
  r.notes.add(DROPPED);
  return name;
}

function product(node: NodeProto, r: Rewrite, { x, weight, bias }: { x: Value; weight: Value; bias: Value | undefined }): void {
  const [y] = node.output as [Value];
  if (bias === undefined) r.as(y, 'MatMul', [x, weight]);
  else r.as(y, 'Add', [r.op('MatMul', [x, weight]), bias]);
}
