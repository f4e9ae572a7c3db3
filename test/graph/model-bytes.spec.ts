import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { buildEncoder } from '../../src/encoders/families/build.ts';
import { modelBytes } from '../../src/graph/model-bytes.ts';
import { ModelProtoSchema } from '../../src/graph/onnx_pb.ts';
import { temporaryFolder } from '../temporary.ts';
import { writeTinyCheckpoint } from '../tiny-checkpoint.ts';

for (const dtype of ['fp32', 'q8'] as const) {
  test(`model bytes: a graph in ${dtype} is the message that the library writes`, async () => {
    const { proto } = (await buildEncoder({ folder: writeTinyCheckpoint(temporaryFolder()), dtype })).model;
    const bytes = modelBytes(proto);
    assert.equal(bytes.length, bytes.buffer.byteLength);
    assert.deepEqual(fromBinary(ModelProtoSchema, bytes), fromBinary(ModelProtoSchema, toBinary(ModelProtoSchema, proto)));
  });
}
