import type { Device } from '../../src/devices/device.ts';
import { buildFedEncoder } from '../../src/encoders/families/build.ts';
import { InferenceSession, type Tensor } from '../../src/graph/runtime.ts';
import { OBJECTIVES } from '../../src/training/objectives.ts';
import { objectiveOptions } from '../../src/training/options.ts';
import { learningRate } from '../../src/training/schedule.ts';
import { TrainerCore } from '../../src/training/trainer-core.ts';
import type { CardChunks, TrainerParams } from '../../src/training/trainer-params.ts';

/** A short run. */
export interface FewSteps {
  /** Of the encoder. */
  readonly folder: string;
  readonly steps: number;
  readonly params?: Partial<TrainerParams> | undefined;
  /** After this step the run is saved, and goes on in another trainer. */
  readonly resumeAfter?: number | undefined;
  /** Number of a run over texts, from 0, that fails for want of memory on the card. */
  readonly failing?: number | undefined;
}

export interface FewStepsResult {
  readonly losses: readonly number[];
  readonly norms: readonly number[];
  /** Weights and moments afterwards. */
  readonly files: { readonly weights: string; readonly moments: string };
  /** Bytes that all runs of a step got from the machine's memory, and gave to it: the most of any step. */
  readonly sent: number;
  readonly received: number;
  /** Maximum tokens per run, where memory ran out. */
  readonly chunkTokens?: number | undefined;
  /** What was said of chunks that suit a card. */
  readonly forCard: readonly CardChunks[];
}

const [device, out, json] = process.argv.slice(2) as [Device, string, string];
const labels = Int32Array.of(0, 1, 0, 1, 2, 2);
const traffic = { sent: 0, received: 0 };
let untilFailure = Infinity;

const bytesIn = (tensors: Readonly<Record<string, Tensor>>) =>
  Object.values(tensors).reduce(
    (sum, tensor) => sum + (tensor.location === 'cpu' ? tensor.size * (tensor.type === 'int64' ? 8 : 4) : 0),
    0,
  );

// What crosses between the machine and the card is counted where sessions are made.
const { create } = InferenceSession;
InferenceSession.create = async (...given) => {
  const session = await create(...given);
  const run = session.run.bind(session) as (...args: unknown[]) => Promise<Record<string, Tensor>>;
  session.run = (async (feeds: Record<string, Tensor>, ...rest: unknown[]) => {
    if (Object.hasOwn(feeds, 'input_ids') && untilFailure-- === 0) {
      throw new Error('WebGPU validation failed. Buffer size (2202009600) exceeds the max buffer size limit (1073741824).');
    }
    const outputs = await run(feeds, ...rest);
    traffic.sent += bytesIn(feeds);
    traffic.received += bytesIn(outputs);
    return outputs;
  }) as typeof session.run;
  return session;
};

/** Runs on a device, one after the other; prints their results as JSON. */
const results: FewStepsResult[] = [];
/** Closed at the end: with its last session the runtime drops the shaders that it compiled. */
const cores: TrainerCore[] = [];
for (const [i, few] of (JSON.parse(json) as FewSteps[]).entries()) results.push(await fewSteps(few, `${out}.${i}`));
for (const core of cores) await core.close();
console.log(JSON.stringify(results));
process.exit(0);

async function fewSteps({ folder, steps, params, resumeAfter, failing = Infinity }: FewSteps, at: string): Promise<FewStepsResult> {
  const { states } = await buildFedEncoder({ folder });
  const made: TrainerParams = {
    files: { name: 'encoder', folder, onnx: undefined },
    spec: { token: 'mean', layers: [states.length - 1], combine: 'one' },
    objective: 'cea-all-negatives',
    objectiveOptions: objectiveOptions(),
    classes: 3,
    seed: 1,
    freeze: [],
    weightDecay: 0.01,
    decayMatricesOnly: false,
    denseEmbeddings: false,
    dropout: 0.1,
    accumulate: 1,
    chunkTokens: 1 << 20,
    padId: 0,
    threads: 2,
    device,
    ...params,
  };
  let { core } = await TrainerCore.open(made);
  untilFailure = failing;
  const run = OBJECTIVES[made.objective].start({ width: core.width, classes: 3, options: made.objectiveOptions, labels, seed: 1 });
  // The first token is in all texts, and the padding token in one.
  const texts = [9, 4, 14, 7, 11, 5].map((length, text) => ({
    ids: Int32Array.from({ length }, (_, i) => (i === 0 ? 3 : text === 2 && i === 5 ? 0 : 10 + ((i * 37 + length * 11) % 25))),
  }));
  const files = { weights: `${at}.weights`, moments: `${at}.moments` };
  const [losses, norms, forCard]: [number[], number[], CardChunks[]] = [[], [], []];
  let [sent, received, chunkTokens]: [number, number, number | undefined] = [0, 0, undefined];
  for (let step = 0; step < steps; step++) {
    if (step === resumeAfter) {
      await core.save(files);
      cores.push(core);
      ({ core } = await TrainerCore.open(made));
      await core.restore(files);
    }
    traffic.sent = traffic.received = 0;
    const updates = (step + 1) % made.accumulate === 0;
    const result = await core.step({
      texts,
      feeds: run.feeds({ epoch: 1, step, rows: [...labels.keys()], batch: labels.length }),
      step,
      update: updates
        ? { lr: learningRate({ schedule: 'linear', peak: 1e-3, step: step + 1, total: steps + 1, warmup: 0.25 }), clip: 5 }
        : undefined,
    });
    losses.push(result.loss);
    if (result.gradientNorm !== undefined) norms.push(result.gradientNorm);
    sent = Math.max(sent, traffic.sent);
    received = Math.max(received, traffic.received);
    chunkTokens ??= result.chunkTokens;
    if (result.forCard !== undefined) forCard.push(result.forCard);
  }
  await core.save(files);
  cores.push(core);
  return { losses, norms, files, sent, received, chunkTokens, forCard };
}
