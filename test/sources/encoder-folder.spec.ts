import assert from 'node:assert/strict';
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { ownEncoder } from '../../src/opening/encoder-ref.ts';
import { open, temporary } from './server.ts';
import { writeSnapshot } from './snapshot.ts';

const CHECKPOINT = {
  'config.json': '{}',
  'tokenizer.json': '{"a":1}',
  'vocab.txt': 'x',
  'tokenizer_config.json': '{}',
  'model.safetensors': 'w',
  'modules.json': '[]',
  'sentence_bert_config.json': '{}',
  '1_Pooling/config.json': '{}',
  '2_Dense/config.json': '{}',
  '2_Dense/pytorch_model.bin': 'w',
};
const INNER = {
  'modules.json': '[{"path":"0_Transformer","type":"sentence_transformers.models.Transformer"}]',
  '0_Transformer/config.json': '{}',
  '0_Transformer/vocab.txt': 'x',
  '0_Transformer/pytorch_model.bin': 'w',
};
const EXPORTED = {
  'onnx/model.onnx': 'graph',
  'onnx/model.onnx_data': 'w',
  'tokenizer.json': '{"a":1}',
  'vocab.txt': 'x',
  'config.json': '{}',
  'model.safetensors': 'w',
};
const HINT = 'Replace it with the actual file, or download the encoder again.';

function write(t: TestContext, files: Readonly<Record<string, string>>): string {
  const folder = temporary(t);
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    writeFileSync(path.join(folder, file), text);
  }
  return folder;
}

for (const [files, names] of [
  [CHECKPOINT, Object.keys(CHECKPOINT)],
  [INNER, ['0_Transformer/vocab.txt', '0_Transformer/pytorch_model.bin']],
  [EXPORTED, ['onnx/model.onnx', 'onnx/model.onnx_data', 'tokenizer.json', 'config.json']],
] as const) {
  for (const file of names) {
    test(`folder: ${file} that exists by name only is an error, as --model and as an entry, never a way to another file`, async (t) => {
      const folder = write(t, files);
      const place = path.join(folder, file);
      const complaints: [() => void, string][] = [
        [() => symlinkSync('../blobs/gone', place), 'It is a link to ../blobs/gone, which does not exist.'],
        [() => writeFileSync(place, ''), 'It is empty.'],
        [
          () => writeFileSync(place, `../../blobs/${'a'.repeat(40)}`),
          `It holds the text of a link (../../blobs/${'a'.repeat(40)}): links were not followed when it was copied.`,
        ],
        [() => writeFileSync(place, 'version https://git-lfs.github.com/spec/v1\n'), 'It is a Git LFS pointer, not the file.'],
        [() => mkdirSync(place), 'It is a directory.'],
      ];
      for (const [spoil, said] of complaints) {
        rmSync(place, { recursive: true, force: true });
        spoil();
        const message = `${place}: ${said} ${HINT}`;
        assert.throws(() => ownEncoder({ value: folder, firstLayers: undefined, dtype: undefined }), { code: 'SOURCE', message });
        const entry = {
          key: 'mine',
          aliases: [],
          variants: [
            { dtype: 'fp32' as const, from: `file:${folder}`, files: {}, ...(files === EXPORTED ? { onnx: 'onnx/model.onnx' } : {}) },
          ],
        };
        await assert.rejects(open(t).sources.fetchModel(entry), { code: 'SOURCE', message: `mine from ${message}` });
      }
    });
  }
}

test('folder: what is not taken may be what it likes', (t) => {
  const folder = write(t, { ...EXPORTED, 'README.md': '' });
  symlinkSync('gone', path.join(folder, 'pytorch_model.bin'));
  symlinkSync('gone', path.join(folder, 'onnx', 'model_fp16.onnx'));
  assert.equal(ownEncoder({ value: folder, firstLayers: undefined, dtype: undefined }).kind, 'folder');
});

test('folder: --model that is itself a link to nowhere is said to be that', (t) => {
  const link = path.join(temporary(t), 'model');
  symlinkSync('gone', link);
  assert.throws(() => ownEncoder({ value: link, firstLayers: undefined, dtype: undefined }), {
    code: 'SOURCE',
    message: `${link}: It is a link to gone, which does not exist. Give a folder, or the file itself.`,
  });
});

test('folder: weights that a download left unfinished are said, in a folder of `hf download` and in a snapshot', (t) => {
  const folder = write(t, { 'config.json': '{}', 'tokenizer.json': '{"a":1}', '.cache/huggingface/download/q1w2.abc.incomplete': 'half' });
  const snapshot = writeSnapshot(temporary(t), { 'config.json': '{}', 'tokenizer.json': '{"a":1}' });
  snapshot.put('blobs/abc.incomplete', 'half');
  for (const [place, left] of [
    [folder, 'q1w2.abc.incomplete'],
    [snapshot.folder, 'abc.incomplete'],
  ] as const) {
    assert.throws(() => ownEncoder({ value: place, firstLayers: undefined, dtype: undefined }), {
      code: 'OPTION',
      message: `\`model\`: ${place} has neither model.onnx (also searched in onnx/) nor checkpoint weights (model.safetensors, model.safetensors.index.json, pytorch_model.bin, pytorch_model.bin.index.json); a download was interrupted (${left}, 4 bytes). Give the folder that has them, or the .onnx file itself.`,
    });
  }
});
