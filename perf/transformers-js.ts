import { readFileSync } from 'node:fs';
import path from 'node:path';
import '../src/graph/telemetry.ts'; // transformers.js loads onnxruntime
import { env, pipeline } from '@huggingface/transformers';

/** transformers.js's own feature-extraction pipeline: one pooling, batches of 32, in file order or sorted by hand. */
const [folder, threads, order, ...files] = process.argv.slice(2) as [string, string, 'as-is' | 'sorted', ...string[]];
const texts = files.flatMap((file) =>
  readFileSync(file, 'latin1')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.slice(line.indexOf(' ') + 1)),
);
if (order === 'sorted') texts.sort((a, b) => b.length - a.length);

env.allowRemoteModels = false;
env.localModelPath = path.dirname(folder);
const extract = await pipeline('feature-extraction', path.basename(folder), {
  dtype: 'fp32',
  session_options: { intraOpNumThreads: Number(threads) },
});
let checksum = 0;
for (let at = 0; at < texts.length; at += 32) {
  const vectors = await extract(texts.slice(at, at + 32), { pooling: 'mean' });
  checksum += (vectors.data as Float32Array)[0]!;
}
console.log(
  `RESULT transformers.js ${order} (1 pooling, no KNN) peak_mb=${Math.round(process.resourceUsage().maxRSS / 1024)} checksum=${checksum.toFixed(3)}`,
);
