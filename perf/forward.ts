import { readFileSync, writeFileSync } from 'node:fs';
import { toBinary } from '@bufbuild/protobuf';
import { batches, TOKEN_BUDGET } from '../src/embed/batches.ts';
import { InferenceSession, Tensor } from '../src/graph/runtime.ts';
import { buildEncoder } from '../src/encoders/families/build.ts';
import { ModelProtoSchema } from '../src/graph/onnx_pb.ts';

/**
 * Hidden states of given ids by a checkpoint that is built here, in the batches in which texts are embedded: seconds until ready, seconds
 * for all texts, peak memory, and the last states in a file.
 */
const [folder, texts, tokens, runs, threads, idsFile, out] = process.argv.slice(2) as [
  string,
  string,
  string,
  string,
  string,
  string,
  string,
];
const [count, length] = [Number(texts), Number(tokens)];
const bytes = readFileSync(idsFile);
const ids = BigInt64Array.from(new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4), BigInt);
const began = performance.now();
const { model } = await buildEncoder({ folder });
const session = await InferenceSession.create(toBinary(ModelProtoSchema, model.proto), {
  intraOpNumThreads: Number(threads),
  interOpNumThreads: 1,
  executionMode: 'sequential',
  graphOptimizationLevel: 'all',
  enableMemPattern: false,
  extra: { session: { model_external_initializers_file_folder_path: model.folder } },
});
const ready = (performance.now() - began) / 1000;
const parts = batches({ lengths: Array.from({ length: count }, () => length), tokenBudget: TOKEN_BUDGET });
let best = Infinity;
let states: Float32Array[] = [];
for (let run = 0; run < Number(runs); run++) {
  states = [];
  const started = performance.now();
  for (const { rows } of parts) {
    const own = ids.subarray(rows[0]! * length, (rows.at(-1)! + 1) * length);
    const outputs = await session.run({ input_ids: new Tensor('int64', own, [rows.length, length]) });
    states.push(outputs['last_hidden_state']!.data as Float32Array);
  }
  best = Math.min(best, (performance.now() - started) / 1000);
}
writeFileSync(out, Buffer.concat(states.map(({ buffer, byteOffset, byteLength }) => Buffer.from(buffer, byteOffset, byteLength))));
console.log(`RESULT seconds=${best.toFixed(3)} peak_mb=${Math.round(process.resourceUsage().maxRSS / 1024)} ready=${ready.toFixed(2)}`);
