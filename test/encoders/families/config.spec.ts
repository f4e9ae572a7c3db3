import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Config } from '../../../src/encoders/families/config.ts';

const layers = (values: Readonly<Record<string, unknown>>) => new Config('config.json', values).sizeOf('n_layers', 'num_hidden_layers');

test("config: a size under its family's name, the usual one, or both where they agree", () => {
  for (const values of [
    { n_layers: 3 },
    { num_hidden_layers: 3 },
    { n_layers: 3, num_hidden_layers: 3 },
    { n_layers: 3, num_hidden_layers: null },
  ])
    assert.equal(layers(values), 3);
});

test('config: sizes by two names that differ, or by none, are refused', () => {
  const hint = 'Check the checkpoint, or use an ONNX file of the encoder.';
  assert.throws(() => layers({ n_layers: 3, num_hidden_layers: 2 }), {
    code: 'FORMAT',
    message: `config.json: num_hidden_layers: Expected the value of n_layers, 3,, got 2. ${hint}`,
  });
  assert.throws(() => layers({}), {
    code: 'FORMAT',
    message: `config.json: n_layers: Expected a whole number from 1 to 16777216, got missing. ${hint}`,
  });
});
