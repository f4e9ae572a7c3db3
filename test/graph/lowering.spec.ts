import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toBinary } from '@bufbuild/protobuf';
import { CONTRIB, type Value } from '../../src/graph/builder.ts';
import { toHalf } from '../../src/tensors/small-floats.ts';
import { ModelProtoSchema, TensorProto_DataType } from '../../src/graph/onnx_pb.ts';
import { lower } from '../../src/graph/lowering.ts';
import { tinyModel } from '../tiny-encoder.ts';
import { check, Small } from './small-graph.ts';

const { FLOAT, FLOAT16, INT4, INT8, INT32 } = TensorProto_DataType;

const FOUR_BITS = '4-bit weights are dequantised to fp32 for training.';
const EIGHT_BITS = '8-bit weights are dequantised to fp32 for training.';
const DROPPED = 'Activations are no longer quantised to 8 bits: vectors differ slightly from those of the quantised file.';

const input = (s: Small) => s.input('x', [2, 3, 8]);
const multiply = (s: Small, weight: Value) => s.builder.op('MatMul', [input(s), weight]);
const operands = (s: Small) => ['q', 'k', 'v'].map((name) => s.input(name, [2, 3, 8]));
const two = (s: Small) => [input(s), s.input('skip', [2, 3, 8])];
const erfPlusOne = (s: Small, x: Value) =>
  s.builder.op('Add', [s.builder.op('Erf', [s.builder.op('Div', [x, s.builder.float(Math.SQRT2)])]), s.builder.float(1)]);
const projecting =
  (...more: ((s: Small) => Value)[]) =>
  (s: Small) =>
    s.contrib('Attention', [input(s), s.weight('w', 8, 24), s.weight('b', 24), ...more.map((make) => make(s))], { num_heads: 2 });

for (const bits of [4, 8]) {
  for (const block of [16, 32]) {
    for (const zeros of [false, true]) {
      test(`lowering: a product by ${bits}-bit weights in blocks of ${block}${zeros ? ', with zero points' : ''}`, async () => {
        const [k, n] = [48, 5];
        const blocks = Math.ceil(k / block);
        const plain = await check(
          (s) => {
            const inputs = [
              s.input('x', [2, 3, k]),
              s.bytes('w_Q4', [n, blocks, (block * bits) / 8]),
              s.scales('scales', n * blocks),
              zeros ? s.bytes('zeros', [n * Math.ceil((blocks * bits) / 8)]) : '',
            ];
            return s.contrib('MatMulNBits', inputs, { K: k, N: n, bits, block_size: block });
          },
          { notes: [bits === 4 ? FOUR_BITS : EIGHT_BITS], ops: ['MatMul', 'Identity'] },
        );
        assert.deepEqual(
          plain.model.proto.graph!.initializer.map(({ name, dims }) => [name, dims]),
          [['w', [BigInt(k), BigInt(n)]]],
        );
      });
    }
  }
}

test('lowering: a product by 4-bit weights, with float zero points and a bias', async () => {
  await check(
    (s) =>
      s.contrib(
        'MatMulNBits',
        [
          s.input('x', [2, 3, 32]),
          s.bytes('w', [4, 2, 8]),
          s.scales('scales', 8),
          s.builder.tensor('zeros', { dataType: FLOAT, dims: [8], raw: s.random([8]).map((value) => 8 + value) }),
          '',
          s.weight('bias', 4),
        ],
        { K: 32, N: 4, bits: 4, block_size: 16 },
      ),
    { notes: [FOUR_BITS] },
  );
});

test('lowering: a product that rounds its activations does so no more', async () => {
  await check(
    (s) =>
      s.contrib('MatMulNBits', [s.input('x', [2, 3, 32]), s.bytes('w', [4, 1, 16]), s.scales('scales', 4)], {
        K: 32,
        N: 4,
        bits: 4,
        block_size: 32,
        accuracy_level: 4,
      }),
    { notes: [FOUR_BITS, DROPPED], tolerance: ROUNDED },
  );
});

test('lowering: rows of a table of 4-bit blocks', async () => {
  await check(
    (s) =>
      s.contrib(
        'GatherBlockQuantized',
        [s.bytes('table_quant', [6, 16]), s.whole('ids', [2, 3], [0, 5, 2, 1, 1, 4]), s.scales('scales', 6, 2)],
        { gather_axis: 0, quantize_axis: 1, block_size: 16, bits: 4 },
      ),
    { notes: [FOUR_BITS], ops: ['Gather', 'Identity'] },
  );
});

test('lowering: weights with a scale for all, for each column, for each block', async () => {
  await check((s) => multiply(s, s.builder.op('DequantizeLinear', [s.bytes('q', [8, 4]), s.scales('s'), s.bytes('z', [])])), {
    notes: [EIGHT_BITS],
  });
  await check((s) => multiply(s, s.builder.op('DequantizeLinear', [s.bytes('q', [8, 4], INT8), s.scales('s', 4)], { axis: -1 })), {
    notes: [EIGHT_BITS],
  });
  await check(
    (s) => multiply(s, s.builder.op('DequantizeLinear', [s.bytes('q', [8, 4]), s.scales('s', 8), s.bytes('z', [8])], { axis: 0 })),
    { notes: [EIGHT_BITS] },
  );
  await check(
    (s) =>
      multiply(
        s,
        s.builder.op(
          'DequantizeLinear',
          [
            s.builder.tensor('q', { dataType: INT4, dims: [8, 4], raw: Uint8Array.from({ length: 16 }, (_, i) => (i * 37) % 256) }),
            s.scales('s', 2, 4),
          ],
          { axis: 0, block_size: 4 },
        ),
      ),
    { notes: [FOUR_BITS], version: 21n },
  );
});

test('lowering: rows that are looked up as bytes and dequantised then', async () => {
  await check(
    (s) =>
      s.builder.op('DequantizeLinear', [
        s.builder.op('Gather', [s.bytes('table_quantized', [6, 4]), s.whole('ids', [2, 2], [0, 5, 2, 2])]),
        s.scales('s'),
        s.bytes('z', []),
      ]),
    { notes: [EIGHT_BITS], ops: ['Gather', 'Identity'] },
  );
});

/** Activations between -1 and 1 in 255 steps: an error of half a step each, times weights up to 1.3, summed randomly over 8. */
const ROUNDED = 0.02;

function quantised(s: Small, x: Value): [Value, Value, Value] {
  return s.builder.ops('DynamicQuantizeLinear', [x], {}, 3) as [Value, Value, Value];
}

test('lowering: activations that were rounded to 8 bits are not, and weights are dequantised', async () => {
  const plain = await check(
    (s) => {
      const [q, scale, zero] = quantised(s, input(s));
      const product = s.builder.op('MatMulInteger', [q, s.bytes('w_quantized', [8, 4]), zero, s.bytes('z', [])]);
      const scales = s.builder.op('Mul', [scale, s.scales('s')]);
      return s.builder.op('Mul', [s.builder.op('Cast', [product], { to: FLOAT }), scales]);
    },
    { notes: [EIGHT_BITS, DROPPED], tolerance: ROUNDED, ops: ['MatMul', 'Identity'] },
  );
  assert.deepEqual(
    plain.model.proto.graph!.initializer.map(({ name }) => name),
    ['w'],
  );
});

test('lowering: the same with a scale for each column, and in one operator', async () => {
  const expected = { notes: [EIGHT_BITS, DROPPED], tolerance: ROUNDED };
  await check((s) => {
    const [q, scale, zero] = quantised(s, input(s));
    const product = s.builder.op('MatMulInteger', [
      q,
      s.bytes('w', [8, 4], INT8),
      zero,
      s.builder.tensor('z', { dataType: INT8, dims: [4], raw: new Int8Array(4) }),
    ]);
    return s.builder.op('Mul', [s.builder.op('Mul', [s.scales('s', 4), scale]), s.builder.op('Cast', [product], { to: FLOAT })]);
  }, expected);
  await check(
    (s) => s.contrib('DynamicQuantizeMatMul', [input(s), s.bytes('w', [8, 4]), s.scales('s'), s.bytes('z', []), s.weight('bias', 4)]),
    expected,
  );
  await check((s) => {
    const [q, scale, zero] = quantised(s, input(s));
    return s.contrib('MatMulIntegerToFloat', [q, s.bytes('w', [8, 4]), scale, s.scales('s'), zero, s.bytes('z', []), s.weight('bias', 4)]);
  }, expected);
});

const MASK = [1, 1, 1, 1, 0, 0];
const mask = (s: Small) => s.builder.op('Cast', [s.whole('attention_mask', [2, 3], MASK)], { to: INT32 });
const lengths = (s: Small) =>
  s.builder.op('Cast', [s.builder.op('ReduceSum', [s.whole('attention_mask', [2, 3], MASK), s.builder.ints([1])], { keepdims: 0 })], {
    to: INT32,
  });

test('lowering: attention that projects inside', async () => {
  await check(projecting());
  await check(projecting(mask));
  await check(projecting(lengths));
  await check(
    projecting(
      mask,
      () => '',
      (s) => s.weight('bias', 1, 2, 3, 3),
    ),
  );
  await check((s) =>
    s.contrib('Attention', [input(s), s.weight('w', 8, 20), s.weight('b', 20)], {
      num_heads: 2,
      qkv_hidden_sizes: [8, 8, 4],
      scale: { float: 0.3 },
    }),
  );
});

test('lowering: attention that projects inside, in 8 bits', async () => {
  await check(
    (s) => {
      const [q, scale, zero] = quantised(s, input(s));
      return s.contrib(
        'QAttention',
        [q, s.bytes('w_quantized', [8, 24]), s.weight('b', 24), scale, s.scales('s'), mask(s), zero, s.bytes('z', [])],
        { num_heads: 2 },
      );
    },
    { notes: [EIGHT_BITS, DROPPED], tolerance: ROUNDED },
  );
});

test('lowering: attention of three operands', async () => {
  await check((s) => s.contrib('MultiHeadAttention', operands(s), { num_heads: 2 }));
  await check((s) => s.contrib('MultiHeadAttention', [...operands(s), s.weight('b', 24), mask(s)], { num_heads: 2 }));
  await check((s) =>
    s.contrib('MultiHeadAttention', [...operands(s), '', '', s.weight('bias', 1, 2, 3, 3)], { num_heads: 2, scale: { float: 0.3 } }),
  );
});

test('lowering: norms with what is added before', async () => {
  await check((s) => s.contrib('SkipLayerNormalization', [...two(s), s.weight('g', 8), s.weight('b', 8)], { epsilon: { float: 1e-5 } }), {
    ops: ['Add', 'LayerNormalization', 'Identity'],
  });
  await check((s) => s.contrib('SkipLayerNormalization', [...two(s), s.weight('g', 8), '', s.weight('bias', 8)]));
  await check((s) => {
    s.node(
      'SkipLayerNormalization',
      [...two(s), s.weight('g', 8), s.weight('b', 8), s.weight('bias', 8)],
      ['normed', '', '', 'sum'],
      {},
      CONTRIB,
    );
    return s.builder.op('Add', ['normed', 'sum']);
  });
  await check((s) => s.contrib('SkipSimplifiedLayerNormalization', [...two(s), s.weight('g', 8)]));
  await check((s) =>
    s.builder.op('SimplifiedLayerNormalization', [input(s), s.weight('g', 8)], { axis: -1, epsilon: { float: 1e-5 }, stash_type: 1 }),
  );
});

test('lowering: embeddings that are summed and normed at once, and the lengths they give', async () => {
  await check((s) => {
    const [ids, types, absent] = [
      s.whole('ids', [2, 3], [0, 5, 2, 1, 1, 4]),
      s.whole('types', [2, 3], [0, 0, 1, 0, 1, 1]),
      s.whole('mask', [2, 3], MASK),
    ].map((value) => s.builder.op('Cast', [value], { to: INT32 })) as [Value, Value, Value];
    s.node(
      'EmbedLayerNormalization',
      [
        ids,
        types,
        s.weight('words', 6, 8),
        s.weight('positions', 5, 8),
        s.weight('types.weight', 2, 8),
        s.weight('g', 8),
        s.weight('b', 8),
        absent,
      ],
      ['embedded', 'lengths'],
      { epsilon: { float: 1e-5 } },
      CONTRIB,
    );
    return s.contrib('Attention', ['embedded', s.weight('w', 8, 24), s.weight('bias', 24), 'lengths'], { num_heads: 2 });
  });
});

test('lowering: activations of the runtime', async () => {
  await check((s) => s.contrib('Gelu', [input(s)]), { ops: ['Gelu', 'Identity'] });
  await check((s) => s.contrib('BiasGelu', [input(s), s.weight('b', 8)]));
  await check((s) => s.contrib('FastGelu', [input(s)]));
  await check((s) => s.contrib('FastGelu', [input(s), s.weight('b', 8)]));
  await check((s) => s.contrib('QuickGelu', [input(s)], { alpha: { float: 1.7 } }));
});

test('lowering: products of turned operands', async () => {
  await check((s) => s.contrib('FusedMatMul', [s.input('a', [2, 3, 8]), s.input('b', [2, 3, 8])], { transB: 1, alpha: { float: 0.5 } }));
  await check((s) => s.contrib('FusedMatMul', [s.input('a', [2, 3, 8]), s.weight('b', 3, 8)], { transA: 1 }));
});

test('lowering: a product and its activation', async () => {
  await check(
    (s) => s.contrib('FusedGemm', [s.input('a', [2, 8]), s.weight('w', 4, 8), s.weight('b', 4)], { transB: 1, activation: 'Tanh' }),
    { ops: ['Gemm', 'Tanh', 'Identity'] },
  );
});

test('lowering: float16 weights that are cast where they are read have the name of what is read', async () => {
  const plain = await check(
    (s) => {
      const half = s.builder.tensor('w.float16', { dataType: FLOAT16, dims: [8, 4], raw: toHalf(s.random([8, 4]), 'w') });
      return s.builder.op('MatMul', [input(s), s.builder.node('Cast', [half], { to: FLOAT }, { name: 'w' })]);
    },
    { notes: ['16-bit weights are converted to fp32 for training.'], ops: ['MatMul', 'Identity'] },
  );
  assert.deepEqual(
    plain.model.proto.graph!.initializer.map(({ name, dataType }) => [name, dataType]),
    [['w', FLOAT]],
  );
});

test('lowering: float16 arithmetic becomes that of float32', async () => {
  await check(
    (s) => {
      const half = s.builder.tensor('w', { dataType: FLOAT16, dims: [8, 4], raw: toHalf(s.random([8, 4]), 'w') });
      const product = s.builder.op('MatMul', [s.builder.op('Cast', [input(s)], { to: FLOAT16 }), half]);
      return s.builder.op('Cast', [product], { to: FLOAT });
    },
    { notes: ['16-bit weights are converted to fp32 for training.'], tolerance: 2e-3 },
  );
});

test('lowering: attributes of older opsets are inputs', async () => {
  await check(
    (s) => {
      const { builder } = s;
      const mean = builder.op('ReduceMean', [s.input('x', [2, 4, 6])], { axes: [-1], keepdims: 0 });
      const [a, b] = builder.ops('Split', [builder.op('Unsqueeze', [mean], { axes: [1] })], { axis: 2, split: [1, 3] }, 2) as [
        Value,
        Value,
      ];
      const cut = builder.op('Slice', [b], { starts: [0], ends: [2], axes: [2] });
      const padded = builder.op('Pad', [builder.op('Add', [a, cut])], {
        pads: [0, 0, 1, 0, 0, 0],
        mode: 'constant',
        value: { float: 0.5 },
      });
      const clipped = builder.op('Clip', [padded], { min: { float: -0.2 }, max: { float: 0.3 } });
      return builder.op('Softmax', [builder.op('Squeeze', [builder.op('Dropout', [clipped], { ratio: { float: 0.1 } })], { axes: [1] })], {
        axis: 1,
      });
    },
    { version: 9n },
  );
  await check(
    (s) =>
      s.builder.op(
        'Concat',
        s.builder
          .ops('Split', [s.builder.op('ReduceSum', [s.input('x', [2, 4, 6])], { axes: [1], keepdims: 0 })], { axis: 1 }, 3)
          .toReversed(),
        { axis: 1 },
      ),
    { version: 11n },
  );
});

test('lowering: a softmax of an old opset over several axes is refused', async () => {
  const s = new Small();
  const proto = s.model(s.builder.op('Softmax', [s.input('x', [2, 3, 4])], { axis: 1 }), 11n);
  await assert.rejects(lower({ proto, folder: '.', files: [] }), {
    code: 'GRAPH',
    message:
      'node "Softmax": Softmax of opset 11 over axis 1 is not supported. The encoder cannot be fine-tuned from this file; use a checkpoint (config.json and weights).',
  });
});

for (const square of ['Pow', 'Mul']) {
  test(`lowering: a spelled layer norm is one operator (squared by ${square})`, async () => {
    await check(
      (s) => {
        const { builder } = s;
        const x = input(s);
        const mean = (value: Value) => builder.op('ReduceMean', [value, builder.ints([-1])], { keepdims: 1 });
        const centred = builder.op('Sub', [x, mean(x)]);
        const squared = square === 'Pow' ? builder.op('Pow', [centred, builder.float(2)]) : builder.op('Mul', [centred, centred]);
        const normed = builder.op('Div', [centred, builder.op('Sqrt', [builder.op('Add', [mean(squared), builder.float(1e-5)])])]);
        return builder.op('Add', [builder.op('Mul', [normed, s.weight('g', 8)]), s.weight('b', 8)]);
      },
      { ops: ['LayerNormalization', 'Identity'] },
    );
  });
}

test('lowering: a spelled Gelu is one operator, in whatever order', async () => {
  const orders: readonly ((s: Small, x: Value) => Value)[] = [
    (s, x) => s.builder.op('Mul', [s.builder.op('Mul', [x, erfPlusOne(s, x)]), s.builder.float(0.5)]),
    (s, x) => s.builder.op('Mul', [x, s.builder.op('Mul', [s.builder.float(0.5), erfPlusOne(s, x)])]),
    (s, x) => s.builder.op('Mul', [s.builder.op('Mul', [x, s.builder.float(0.5)]), erfPlusOne(s, x)]),
    (s, x) =>
      s.builder.op('Mul', [
        s.builder.op('Mul', [x, s.builder.float(0.5)]),
        s.builder.op('Add', [s.builder.float(1), s.builder.op('Erf', [s.builder.op('Mul', [x, s.builder.float(Math.SQRT1_2)])])]),
      ]),
  ];
  for (const order of orders) await check((s) => order(s, input(s)), { ops: ['Gelu', 'Identity'] });
});

test('lowering: what is no Gelu stays', async () => {
  await check(
    (s) => {
      const x = input(s);
      const sum = s.builder.op('Add', [s.builder.op('Erf', [s.builder.op('Div', [x, s.builder.float(2)])]), s.builder.float(1)]);
      return s.builder.op('Mul', [s.builder.op('Mul', [x, sum]), s.builder.float(0.5)]);
    },
    { ops: ['Div', 'Erf', 'Add', 'Mul', 'Mul', 'Identity'] },
  );
});

test('lowering: the given model stays as it is', async () => {
  const s = new Small();
  const proto = s.model(s.contrib('BiasGelu', [input(s), s.weight('b', 8)]));
  const before = toBinary(ModelProtoSchema, proto);
  await lower({ proto, folder: '.', files: [] });
  assert.deepEqual(toBinary(ModelProtoSchema, proto), before);
});

test('lowering: whole numbers that are no weight are refused', async () => {
  const s = new Small();
  const [q, scale, zero] = quantised(s, input(s));
  const [other] = quantised(s, s.input('w', [8, 4]));
  const proto = s.model(
    s.builder.op('Mul', [
      s.builder.op('Cast', [s.builder.op('MatMulInteger', [q, other, zero])], { to: FLOAT }),
      s.builder.op('Mul', [scale, s.scales('s')]),
    ]),
  );
  await assert.rejects(lower({ proto, folder: '.', files: [] }), {
    code: 'GRAPH',
    message:
      'node "MatMulInteger": MatMulInteger of two activations is not supported. The encoder cannot be fine-tuned from this file; use a checkpoint (config.json and weights).',
  });
});

test('lowering: a weight whose numbers are in a field of their own is a whole message', async () => {
  const proto = tinyModel();
  assert.ok(proto.graph!.initializer.some(({ int64Data }) => int64Data.length > 0));
  const { model } = await lower({ proto, folder: '', files: [] });
  assert.ok(model.proto.graph!.initializer.every(({ rawData, docString }) => rawData instanceof Uint8Array && docString === ''));
});
