import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { encoderParameters, parameterCount } from '../../src/encoders/cost.ts';
import { openEncoder, type Encoder } from '../../src/encoders/encoder.ts';
import { temporaryFolder } from '../temporary.ts';
import { writeTinyEncoder } from '../tiny-encoder.ts';

const root = temporaryFolder();

function open(layers: number, firstLayers?: number): Promise<Encoder> {
  const folder = writeTinyEncoder(path.join(root, String(layers)), { layers });
  return openEncoder({ name: 'tiny', folder, onnx: path.join(folder, 'model.onnx'), revision: '', firstLayers });
}

test('cost: an encoder that is cut has the parameters of one that ends there', async () => {
  const [one, three] = [await open(1), await open(3)];
  assert.equal(encoderParameters(three), parameterCount(three.model.proto.graph!));
  const cut = await open(3, 1);
  assert.equal(encoderParameters(cut), encoderParameters(one));
  // It can still be run: counting does not modify it.
  assert.equal(parameterCount(cut.model.proto.graph!), parameterCount(three.model.proto.graph!));
});
