import { readFileSync } from 'node:fs';
import path from 'node:path';
import { toBinary } from '@bufbuild/protobuf';
import { Tokenizer } from '@huggingface/tokenizers';
import { InferenceSession, Tensor } from '../src/graph/runtime.ts';
import { findHiddenStates } from '../src/graph/hidden-states.ts';
import { ModelProtoSchema } from '../src/graph/onnx_pb.ts';
import { addPoolings, POOL } from '../src/graph/poolings.ts';
import { readModel } from '../src/graph/read.ts';

/** A lower bound: a loop around the runtime with the poolings in the graph, padded batches sorted by length, no KNN. */
const [folder, threads, ...files] = process.argv.slice(2) as [string, string, ...string[]];
const texts = files.flatMap((file) =>
  readFileSync(file, 'latin1')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.slice(line.indexOf(' ') + 1)),
);
const tokenizer = new Tokenizer(JSON.parse(readFileSync(path.join(folder, 'tokenizer.json'), 'utf8')) as object, {});
const encoded: number[][] = texts.map((text) => tokenizer.encode(text).ids as number[]).toSorted((a, b) => b.length - a.length);
const model = await readModel(path.join(folder, 'model.onnx'));
const edited = addPoolings({ proto: model.proto, states: findHiddenStates(model, folder), max: false });
const session = await InferenceSession.create(toBinary(ModelProtoSchema, edited), {
  intraOpNumThreads: Number(threads),
  enableMemPattern: false,
  extra: { session: { model_external_initializers_file_folder_path: model.folder } },
});
let checksum = 0;
for (let at = 0; at < encoded.length;) {
  const length = encoded[at]!.length;
  const rows = encoded.slice(at, at + Math.max(1, Math.floor(1024 / length)));
  at += rows.length;
  const ids = new BigInt64Array(rows.length * length);
  const mask = new BigInt64Array(ids.length);
  const weights = new Float32Array(rows.length * 5 * length);
  for (const [i, row] of rows.entries()) {
    for (const [j, id] of row.entries()) {
      ids[i * length + j] = BigInt(id);
      mask[i * length + j] = 1n;
    }
    weights[i * 5 * length] = 1;
    weights.fill(1 / row.length, (i * 5 + 1) * length, (i * 5 + 1) * length + row.length);
  }
  const integers = (data: BigInt64Array) => new Tensor('int64', data, [rows.length, length]);
  const out = await session.run({
    input_ids: integers(ids),
    attention_mask: integers(mask),
    token_type_ids: integers(new BigInt64Array(ids.length)),
    [POOL.weights]: new Tensor('float32', weights, [rows.length, 5, length]),
  });
  checksum += (out[POOL.pooled]!.data as Float32Array)[0]!;
}
console.log(
  `RESULT bare loop (4 poolings, no KNN) peak_mb=${Math.round(process.resourceUsage().maxRSS / 1024)} checksum=${checksum.toFixed(3)}`,
);
