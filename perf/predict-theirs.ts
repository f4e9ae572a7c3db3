import { readFileSync } from 'node:fs';
import path from 'node:path';
import '../src/graph/telemetry.ts'; // transformers.js loads onnxruntime
import { env, pipeline } from '@huggingface/transformers';

/** transformers.js's own pipeline on the same texts in the same folder, with the given batch size. */
const [folder, file, threads, batch] = process.argv.slice(2) as [string, string, string, string];
const texts = JSON.parse(readFileSync(file, 'utf8')) as string[];
env.allowRemoteModels = false;
env.localModelPath = path.dirname(folder);
const classify = await pipeline('text-classification', path.basename(folder), {
  dtype: 'fp32',
  session_options: { intraOpNumThreads: Number(threads), interOpNumThreads: 1 },
});
await classify(texts.slice(0, Number(batch)));
const [started, used] = [performance.now(), process.cpuUsage()];
const labels: string[] = [];
for (let at = 0; at < texts.length; at += Number(batch)) {
  const found = (await classify(texts.slice(at, at + Number(batch)))) as { readonly label: string }[];
  labels.push(...found.map(({ label }) => label));
}
const seconds = (performance.now() - started) / 1000;
const { user, system } = process.cpuUsage(used);
console.log(JSON.stringify({ rate: texts.length / seconds, cpu: (user + system) / 1000 / texts.length, labels }));
