import '../../src/graph/telemetry.ts';
import { readFileSync } from 'node:fs';
import { withoutTf32 } from '../../src/devices/card.ts';
import { checkDevice } from '../../src/devices/device.ts';
import { measureAttention } from './attention.ts';
import { measureEmbedding } from './embedding.ts';
import type { CardJob } from './jobs.ts';
import { measureTraining } from './training.ts';

/** Measures one thing in a process of its own: a driver may crash, and onnxruntime does if two threads of a process use WebGPU. */
const job = JSON.parse(readFileSync(process.argv[2]!, 'utf8')) as CardJob;
// Names a library of CUDA that is missing; the runtime would not.
checkDevice(job.device);
if (job.device === 'cuda') withoutTf32();
for await (const result of resultsOf(job)) {
  const rss = Math.round(process.resourceUsage().maxRSS / 1024);
  console.log(`RESULT ${JSON.stringify({ ...result, rss })}`);
}
// The thread of a card keeps the process.
process.exit(0);

function resultsOf(params: CardJob): AsyncIterable<object> {
  switch (params.kind) {
    case 'embedding':
      return measureEmbedding(params);
    case 'training':
      return one(measureTraining(params));
    case 'attention':
      return measureAttention(params);
    default:
      return params satisfies never;
  }
}

async function* one(result: Promise<object>): AsyncIterable<object> {
  yield await result;
}
