import '../../src/graph/telemetry.ts';
import { bytesPerToken } from '../../src/embed/card-tokens.ts';
import { openRunner } from '../../src/embed/open-runner.ts';
import { openEncoder } from '../../src/encoders/encoder.ts';
import { encoderShape } from '../../src/encoders/encoder-shape.ts';
import { chunkBytes } from '../../src/training/card/chunk-memory.ts';
import { OBJECTIVES } from '../../src/training/objectives.ts';
import { TrainerCore } from '../../src/training/trainer-core.ts';
import { PLAIN_TRAINING } from '../card/plain-training.ts';

export interface TokenMemoryJob {
  readonly kind: 'embedding' | 'training';
  readonly device: 'cpu' | 'webgpu';
  readonly folder: string;
  readonly layers: number;
  readonly length: number;
  readonly texts: number;
}

/** Bytes per token. */
export interface TokenMemory {
  readonly measured: number;
  readonly estimated: number;
}

const THREADS = 2;

/** Measures one thing in a process of its own, whose memory is that of the passes. */
const job = JSON.parse(process.argv[2]!) as TokenMemoryJob;
const encoder = await openEncoder({ ...filesOf(job), revision: '', device: job.device, sha256: () => Promise.resolve('') });
const run = job.kind === 'embedding' ? await embedding(job) : await training(job);
await run(1);
const before = process.memoryUsage.rss();
await run(job.texts);
const measured = (process.memoryUsage.rss() - before) / ((job.texts - 1) * job.length);
const sizes = { batch: 1, tokens: job.length, rows: job.length };
const shape = encoderShape(encoder)!;
const estimated = job.kind === 'embedding' ? bytesPerToken(shape, job.length) : chunkBytes(shape, sizes) / job.length;
console.log(`RESULT ${JSON.stringify({ measured, estimated } satisfies TokenMemory)}`);
// The driver's end may crash, or the thread of a card keep the process.
process.kill(process.pid, 'SIGKILL');

function filesOf({ folder }: TokenMemoryJob) {
  return { name: 'encoder', folder, onnx: undefined };
}

/** A pass over this many texts. */
async function embedding({ layers, length }: TokenMemoryJob): Promise<(texts: number) => Promise<void>> {
  const runner = await openRunner({ encoder, specs: [{ token: 'mean', layers: [layers], combine: 'one' }], threads: THREADS });
  return async (texts) => {
    await runner.run({ ids: new Int32Array(texts * length).fill(7), count: texts, length });
  };
}

/** A step over this many texts, dropout as published. */
async function training({ device, layers, length, ...given }: TokenMemoryJob): Promise<(texts: number) => Promise<void>> {
  const { core } = await TrainerCore.open({
    files: filesOf({ device, layers, length, ...given }),
    spec: { token: 'mean', layers: [layers], combine: 'one' },
    ...PLAIN_TRAINING,
    classes: 2,
    threads: THREADS,
    device,
  });
  let step = 0;
  return async (texts) => {
    const labels = Int32Array.from({ length: texts }, (_, i) => i % 2);
    const { objective: name, objectiveOptions: options, seed } = PLAIN_TRAINING;
    const objective = OBJECTIVES[name].start({ width: core.width, classes: 2, options, labels, seed });
    const rows = [...labels.keys()];
    await core.step({
      texts: rows.map(() => ({ ids: new Int32Array(length).fill(7) })),
      feeds: objective.feeds({ epoch: 1, step, rows, batch: texts }),
      step: step++,
      update: { lr: 1e-5, clip: 5 },
    });
  };
}
