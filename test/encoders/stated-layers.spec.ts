import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { toBinary } from '@bufbuild/protobuf';
import { openEncoder, type Encoder } from '../../src/encoders/encoder.ts';
import { statedLayers } from '../../src/encoders/stated-layers.ts';
import { ModelProtoSchema } from '../../src/graph/onnx_pb.ts';
import { encoderGraph, type GraphOptions } from '../graph/states/encoder-graph.ts';
import { temporaryFolder } from '../temporary.ts';
import { tinyTokenizer } from '../tiny-encoder.ts';

const STATED: readonly (readonly [Record<string, unknown>, ReturnType<typeof statedLayers>])[] = [
  [{ num_hidden_layers: 12 }, { key: 'num_hidden_layers', layers: 12 }],
  [{ n_layers: 6 }, { key: 'n_layers', layers: 6 }],
  [
    { n_layer: 12, n_embd: 768 },
    { key: 'n_layer', layers: 12 },
  ],
  [
    { num_layers: 6, num_decoder_layers: 4 },
    { key: 'num_layers', layers: 6 },
  ],
  [
    { encoder_layers: 6, decoder_layers: 2, num_hidden_layers: 2 },
    { key: 'encoder_layers', layers: 6 },
  ],
  [
    { text_config: { num_hidden_layers: 3 }, vision_config: { num_hidden_layers: 9 } },
    { key: 'text_config.num_hidden_layers', layers: 3 },
  ],
  [{ encoder: { text_config: { num_hidden_layers: 3 } } }, { key: 'encoder.text_config.num_hidden_layers', layers: 3 }],
  [
    { model_type: 'albert', num_hidden_layers: 3, inner_group_num: 2 },
    { key: 'num_hidden_layers times inner_group_num', layers: 6 },
  ],
  [
    { model_type: 'albert', num_hidden_layers: 12, inner_group_num: 1 },
    { key: 'num_hidden_layers', layers: 12 },
  ],
  [{ num_hidden_layers: '12' }, undefined],
  [{ num_hidden_layers: 0 }, undefined],
  [{ model_type: 'bert' }, undefined],
];

for (const [config, wanted] of STATED) {
  test(`stated layers: ${JSON.stringify(config)}`, () => assert.deepEqual(statedLayers(config), wanted));
}

function written(graph: GraphOptions, config: object | undefined): string {
  const folder = temporaryFolder();
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'model.onnx'), toBinary(ModelProtoSchema, encoderGraph(graph)));
  writeFileSync(path.join(folder, 'tokenizer.json'), JSON.stringify(tinyTokenizer()));
  if (config !== undefined) writeFileSync(path.join(folder, 'config.json'), JSON.stringify(config));
  return folder;
}

function opened(folder: string): Promise<Encoder> {
  return openEncoder({ name: 'tiny', folder, onnx: path.join(folder, 'model.onnx'), revision: '' });
}

test('states: as many layers as config.json says', async () => {
  for (const config of [undefined, { model_type: 'bert' }, { num_hidden_layers: 3 }, { n_layer: 3 }]) {
    assert.equal((await opened(written({}, config))).depth, 3, JSON.stringify(config));
  }
});

test('states: another number of layers than config.json says is refused', async () => {
  const folder = written({}, { num_hidden_layers: 4 });
  await assert.rejects(opened(folder), {
    name: 'HarnessError',
    code: 'GRAPH',
    message: `${path.join(folder, 'model.onnx')}: 3 layers were found in its graph, but ${path.join(folder, 'config.json')} says num_hidden_layers 4. Put its config.json next to the file, or export the encoder again with its last hidden state as output.`,
  });
});

test("states: a config.json of another width than the graph gives is another encoder's", async () => {
  const folder = written({}, { hidden_size: 768 });
  await assert.rejects(opened(folder), {
    code: 'GRAPH',
    message: new RegExp(
      `Its last_hidden_state has \\d+ dimensions, but ${path.join(folder, 'config.json')} says hidden_size 768\\. Put its ` +
        `config\\.json next to the file\\.$`,
    ),
  });
});

test('states: an output that is the last state, shown by a run, is taken', async () => {
  const { states } = await opened(written({ last: (b, x) => b.op('Neg', [b.op('Neg', [x])]) }, undefined));
  assert.deepEqual(states, ['h0', 'h1', 'h2', 'last_hidden_state']);
});

test('states: hidden states given by number are held against those found', async () => {
  assert.equal((await opened(written({ numbered: { 0: 'h0', 3: 'h3' } }, undefined))).depth, 3);
  const folder = written({ numbered: { 1: 'h2' } }, undefined);
  await assert.rejects(opened(folder), ({ message }: Error) =>
    message.startsWith(
      `${path.join(folder, 'model.onnx')}: Its output hidden_states.1 is not hidden state 1 as computed by its layers: on a few tokens ` +
        'they differ by ',
    ),
  );
});

for (const [what, last] of [
  ['a tanh of it', (b, x) => b.op('Tanh', [x])],
  ['twice it', (b, x) => b.op('Mul', [x, b.float(2)])],
  ['of unit length', (b, x) => b.op('LpNormalization', [x], { axis: -1, p: 2 })],
] as const satisfies readonly (readonly [string, GraphOptions['last']])[]) {
  test(`states: an output that is called the last state but is ${what} is refused`, async () => {
    const folder = written({ last }, undefined);
    await assert.rejects(opened(folder), ({ message }: Error) =>
      message.startsWith(
        `${path.join(folder, 'model.onnx')}: Its output last_hidden_state is not hidden state 3 as computed by its layers: on a few tokens ` +
          'they differ by ',
      ),
    );
  });
}
