import { finiteFloats } from '../embed/finite-floats.ts';
import type { DenseStep } from '../encoders/published/dense.ts';
import type { Activation } from '../encoders/published/activations.ts';
import type { PublishedModules, PublishedStep } from '../encoders/published/modules.ts';
import type { GraphBuilder, Value } from '../graph/builder.ts';
import { TensorProto_DataType } from '../graph/onnx_pb.ts';
import type { StoredTensor } from '../tensors/stored-tensor.ts';
import { unit } from './unit.ts';

/** Adds published modules, applied to pooled vectors [batch, width], to a graph. */
export type GraphSteps = (builder: GraphBuilder, vectors: Value) => Value;

/**
 * The modules after the pooling as operators that have gradient rules. Their weights are constants: the encoder is trained through them,
 * and they stay as published. Throws SOURCE or FORMAT if weights cannot be read, or contain NaN or infinity.
 */
export async function graphSteps({ steps, truncateDim }: Pick<PublishedModules, 'steps' | 'truncateDim'>): Promise<GraphSteps> {
  const weights = new Map<StoredTensor, Float32Array>();
  for (const tensor of steps.flatMap(tensorsOf)) weights.set(tensor, await finiteFloats(tensor));
  return (builder, pooled) => {
    let vectors = pooled;
    for (const [i, step] of steps.entries()) {
      const constant: Constant = (part, tensor, dims = tensor.shape) =>
        builder.tensor(`training.module.${i}.${part}`, { dataType: TensorProto_DataType.FLOAT, dims, raw: weights.get(tensor)! });
      vectors = addStep(builder, vectors, step, constant);
    }
    if (truncateDim === undefined) return vectors;
    return builder.op('Slice', [vectors, builder.ints([0]), builder.ints([truncateDim]), builder.ints([1])]);
  };
}

type Constant = (part: string, tensor: StoredTensor, dims?: readonly number[]) => Value;

function tensorsOf(step: PublishedStep): StoredTensor[] {
  if (step.kind === 'normalize') return [];
  if (step.kind === 'layer-norm') return [step.weight, step.bias];
  return [step.weight, step.bias, step.residual].filter((each) => typeof each === 'object');
}

function addStep(builder: GraphBuilder, vectors: Value, step: PublishedStep, constant: Constant): Value {
  switch (step.kind) {
    case 'dense':
      return addDense(builder, vectors, step, constant);
    case 'layer-norm':
      return builder.op('LayerNormalization', [vectors, constant('weight', step.weight), constant('bias', step.bias)], {
        axis: -1,
        epsilon: { float: 1e-5 },
      });
    case 'normalize':
      return unit(builder, vectors);
    default:
      return step satisfies never;
  }
}

function addDense(builder: GraphBuilder, vectors: Value, step: DenseStep, constant: Constant): Value {
  const times = (part: string, tensor: StoredTensor): Value =>
    builder.op('MatMul', [vectors, builder.op('Transpose', [constant(part, tensor)], { perm: [1, 0] })]);
  const product = times('weight', step.weight);
  const out = activated(
    builder,
    step.bias === undefined ? product : builder.op('Add', [product, constant('bias', step.bias)]),
    step.activation,
  );
  if (step.residual === undefined) return out;
  return builder.op('Add', [out, step.residual === 'same' ? vectors : times('residual', step.residual)]);
}

function activated(builder: GraphBuilder, x: Value, activation: Activation): Value {
  switch (activation) {
    case 'identity':
      return x;
    case 'tanh':
      return builder.op('Tanh', [x]);
    case 'relu':
      return builder.op('Relu', [x]);
    case 'gelu':
      return builder.op('Gelu', [x]);
    case 'sigmoid':
      return builder.op('Sigmoid', [x]);
    case 'silu':
      return builder.op('Mul', [x, builder.op('Sigmoid', [x])]);
    case 'leaky-relu':
      return builder.op('LeakyRelu', [x], { alpha: { float: 0.01 } });
    case 'elu':
      return builder.op('Elu', [x], { alpha: { float: 1 } });
    case 'softplus':
      return builder.op('Softplus', [x]);
    case 'mish':
      return builder.op('Mul', [x, builder.op('Tanh', [builder.op('Softplus', [x])])]);
    default:
      return activation satisfies never;
  }
}
