import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, renameSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { ModelProtoSchema, TensorProto_DataLocation } from '../../src/graph/onnx_pb.ts';
import { readModel } from '../../src/graph/read.ts';
import { temporaryFolder } from '../temporary.ts';
import { writeTinyEncoder } from '../tiny-encoder.ts';

const folder = temporaryFolder();
let count = 0;
const encoder = (external = false) => path.join(writeTinyEncoder(path.join(folder, `e${count++}`), { external }), 'model.onnx');

test('read: large weights stay in the file, named by offset and length; all else is read', async () => {
  const file = encoder();
  const bytes = readFileSync(file);
  const whole = fromBinary(ModelProtoSchema, bytes);
  const { proto, files } = await readModel(file);
  assert.deepEqual(files, [file]);
  let external = 0;
  for (const [i, tensor] of proto.graph!.initializer.entries()) {
    const original = whole.graph!.initializer[i]!;
    assert.equal(tensor.name, original.name);
    if (tensor.dataLocation !== TensorProto_DataLocation.EXTERNAL) {
      assert.deepEqual(tensor, original);
      continue;
    }
    external++;
    const entry = Object.fromEntries(tensor.externalData.map(({ key, value }) => [key, value]));
    assert.equal(entry['location'], 'model.onnx');
    const offset = Number(entry['offset']);
    assert.deepEqual(Buffer.from(bytes.subarray(offset, offset + Number(entry['length']))), Buffer.from(original.rawData));
  }
  assert.ok(external > 5);
  assert.deepEqual(proto.graph!.node, whole.graph!.node);
});

test('read: a link into a folder of blobs is followed, its external weights too', async () => {
  const file = encoder(true);
  const blobs = path.join(folder, 'blobs');
  const snapshot = path.join(folder, 'snapshot');
  mkdirSync(blobs);
  mkdirSync(snapshot);
  renameSync(file, path.join(blobs, 'aa'));
  renameSync(`${file}_data`, path.join(blobs, 'bb'));
  symlinkSync('../blobs/aa', path.join(snapshot, 'model.onnx'));
  symlinkSync('../blobs/bb', path.join(snapshot, 'model.onnx_data'));
  const model = await readModel(path.join(snapshot, 'model.onnx'));
  assert.equal(model.folder, blobs);
  assert.deepEqual(model.files, [path.join(blobs, 'aa'), path.join(blobs, 'bb')]);
});

test('read: truncated at any place, a file is refused in one line', async () => {
  const bytes = readFileSync(encoder());
  const file = path.join(folder, 'cut.onnx');
  for (const share of [0, 0.001, 0.1, 0.5, 0.9, 0.999]) {
    writeFileSync(file, bytes.subarray(0, Math.floor(bytes.length * share)));
    await assert.rejects(readModel(file), {
      code: 'FORMAT',
      message:
        /^\S+cut\.onnx: (The ONNX file .*: it is truncated or not an ONNX file\. Download it again\.|This is not an ONNX model: .*)$/,
    });
  }
});

test('read: truncated external weights are refused by name', async () => {
  const file = encoder(true);
  truncateSync(`${file}_data`, 3000);
  await assert.rejects(readModel(file), {
    code: 'FORMAT',
    message: new RegExp(
      `^${file}: Weight "w\\d+" ends at byte \\d+ of model.onnx_data, which has 3000: it is truncated\\. Download it again\\.$`,
    ),
  });
});

test('read: external data outside the folder is refused', async () => {
  const file = encoder(true);
  const proto = fromBinary(ModelProtoSchema, readFileSync(file));
  for (const tensor of proto.graph!.initializer)
    for (const entry of tensor.externalData) if (entry.key === 'location') entry.value = '../../../etc/passwd';
  writeFileSync(file, toBinary(ModelProtoSchema, proto));
  await assert.rejects(readModel(file), {
    code: 'FORMAT',
    message: `${file}: Its external weights "../../../etc/passwd" are outside its folder. Encrypted files are not supported.`,
  });
});

test('read: places of external weights that are not numbers of bytes, or no file, are refused', async () => {
  const file = encoder(true);
  const bytes = readFileSync(file);
  const written = async (key: string, value: string) => {
    const proto = fromBinary(ModelProtoSchema, bytes);
    const tensor = proto.graph!.initializer.find(({ externalData }) => externalData.length > 0)!;
    tensor.externalData.find((entry) => entry.key === key)!.value = value;
    writeFileSync(file, toBinary(ModelProtoSchema, proto));
    return tensor.name;
  };
  for (const [key, value] of [
    ['offset', 'x'],
    ['offset', '-4'],
    ['length', '1e3'],
    ['length', ''],
  ] as const) {
    const name = await written(key, value);
    await assert.rejects(readModel(file), {
      code: 'FORMAT',
      message: `${file}: This is not an ONNX model: weight "${name}" has the ${key} "${value}", which is not a number of bytes. Download or export it again.`,
    });
  }
  const nameless = fromBinary(ModelProtoSchema, bytes);
  const tensor = nameless.graph!.initializer.find(({ externalData }) => externalData.length > 0)!;
  tensor.externalData = tensor.externalData.filter(({ key }) => key !== 'location');
  writeFileSync(file, toBinary(ModelProtoSchema, nameless));
  await assert.rejects(readModel(file), {
    code: 'FORMAT',
    message: `${file}: This is not an ONNX model: weight "${tensor.name}" is in an external file that it does not name. Download or export it again.`,
  });
  for (const location of ['', '.']) {
    await written('location', location);
    await assert.rejects(readModel(file), {
      code: 'FORMAT',
      message: `${file}: Its external weights "${location}" are not a file. Download or export it again.`,
    });
  }
});

test('read: a folder in place of the file is refused', async () => {
  await assert.rejects(readModel(folder), { code: 'SOURCE', message: `${folder}: The ONNX file cannot be opened (it is not a file).` });
});

test('read: a missing file and other kinds of files are refused', async () => {
  const missing = path.join(folder, 'none.onnx');
  await assert.rejects(readModel(missing), {
    code: 'SOURCE',
    message: `${missing}: The ONNX file cannot be opened (ENOENT: no such file or directory, realpath '${missing}').`,
  });
  const text = path.join(folder, 'page.onnx');
  writeFileSync(text, '<!DOCTYPE html><html>not found</html>');
  await assert.rejects(readModel(text), { code: 'FORMAT' });
});
