import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { generatedProtos } from '../../src/graph/write-protos.ts';
import { packageRoot } from '../../src/home.ts';

test('protos: onnx_pb.ts is what `npm run protos` makes of onnx.proto, byte for byte', () => {
  assert.equal(readFileSync(path.join(packageRoot(), 'src', 'graph', 'onnx_pb.ts'), 'utf8'), generatedProtos());
});
