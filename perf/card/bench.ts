import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import path from 'node:path';
import { randomInts } from '../../src/numeric/random.ts';
import { openTokenizer } from '../../src/encoders/tokenizers/open-tokenizer.ts';
import { CARD_GROUP } from '../../src/embed/batches.ts';
import { keepsTensors } from '../../src/graph/device-graph.ts';
import { onnxruntimeVersion, packageRoot } from '../../src/home.ts';
import { cardArguments, type CardArguments, type CardDevice } from './arguments.ts';
import { distinct } from './embedding.ts';
import type { AttentionJob, AttentionResult, CardJob, EmbeddingResult, Inputs, TrainingResult } from './jobs.ts';
import { cardName, Processes, type Ended } from './processes.ts';
import { readQuestions, type Questions } from './questions.ts';
import { writeRandomEncoder } from './random-encoder.ts';
import { goalsOf, written, type Agreement, type Attention, type Measurement } from './report.ts';
import { QUICK, WHOLE, type EncoderShape, type Plan } from './shapes.ts';

const CLASSES = 6;
const MAX_LENGTH = 512;
const PASSES = 2;
/** Seconds that one process gets at most. */
const MOST_SECONDS = 60;
const PEER_SECONDS = 90;
const LOSS_BOUND = 1e-3;
const VECTOR_BOUND = 1e-4;

/**
 * What a graphics card does with encoders of published shapes and random weights, next to the CPU of the machine and torch on the same
 * card: see expected.md. Arguments: see `cardArguments`.
 */
export async function bench(words: readonly string[]): Promise<void> {
  const args = cardArguments(words);
  if (args.pack) {
    const { pack } = await import('./pack.ts');
    return pack();
  }
  const scratch = mkdtempSync(path.join(tmpdir(), 'perf-card-'));
  const processes = new Processes(args.limit);
  try {
    await new CardBench(args, { scratch, processes }).run();
  } finally {
    processes.close();
    rmSync(scratch, { recursive: true, force: true });
  }
}

interface Places {
  readonly scratch: string;
  readonly processes: Processes;
}

interface OpenedEncoder {
  readonly shape: EncoderShape;
  readonly folder: string;
  /** The distinct texts. */
  readonly rows: readonly number[];
}

class CardBench {
  readonly #args: CardArguments;
  readonly #plan: Plan;
  readonly #scratch: string;
  readonly #processes: Processes;
  readonly #measurements: Measurement[] = [];
  readonly #agreements: Agreement[] = [];
  readonly #attention: Attention[] = [];
  #attentionFailed: string | undefined;
  #jobs = 0;

  constructor(args: CardArguments, { scratch, processes }: Places) {
    this.#args = args;
    this.#plan = args.quick ? QUICK : WHOLE;
    this.#scratch = scratch;
    this.#processes = processes;
  }

  async run(): Promise<void> {
    const { device } = this.#args;
    const questions = readQuestions(this.#plan.texts);
    const encoders: OpenedEncoder[] = [];
    for (const shape of this.#plan.shapes) encoders.push(await this.#encoder(shape, questions));
    for (const [i, encoder] of encoders.entries()) {
      if (device !== 'cpu') {
        for (const budget of this.#plan.budgets) await this.#embed(encoder, device, budget);
        await this.#train(encoder, device);
        await this.#train(encoder, device, 'fp16');
      }
      await this.#embed(encoder, 'cpu', undefined);
      await this.#train(encoder, 'cpu');
      await this.#torch(encoder);
      this.#compare(encoder);
      // The first encoder's numbers matter more, if time runs out.
      if (i === 0 && device !== 'cpu') await this.#tryAttention(device);
    }
    const report = {
      machine: machineOf(this.#args),
      device,
      measurements: this.#measurements,
      agreements: this.#agreements,
      attention: this.#attention,
      attentionFailed: this.#attentionFailed,
      goals: goalsOf(this.#measurements, device),
    };
    console.log(`\n${written(report)}`);
    const out = process.env['OUT'];
    if (out !== undefined) writeFileSync(path.join(out, 'card.json'), `${JSON.stringify(report, undefined, 2)}\n`);
  }

  async #encoder(shape: EncoderShape, questions: Questions): Promise<OpenedEncoder> {
    const folder = writeRandomEncoder(path.join(this.#scratch, shape.name), { shape, texts: questions.texts });
    const tokenizer = await openTokenizer(folder);
    const ids = questions.texts.map((text) => [...tokenizer.encode(text, MAX_LENGTH).ids]);
    writeFileSync(path.join(folder, 'inputs.json'), JSON.stringify({ ...questions, ids, long: this.#long(shape) } satisfies Inputs));
    return { shape, folder, rows: distinct(questions.texts) };
  }

  /** Any ids do: the time depends on their number. */
  #long({ vocabulary }: EncoderShape): number[][] {
    const { texts, tokens } = this.#plan.long;
    const draw = randomInts(1);
    return Array.from({ length: texts }, () => Array.from({ length: tokens }, () => draw(0, vocabulary - 1)));
  }

  async #embed({ shape, folder, rows }: OpenedEncoder, device: CardDevice, budget: number | undefined): Promise<void> {
    const isOwn = budget === undefined || budget === this.#plan.budgets[0];
    const ended = await this.#job({
      kind: 'embedding',
      folder,
      layers: shape.layers,
      device,
      threads: availableParallelism(),
      tokenBudget: budget,
      texts: device === 'cpu' ? this.#plan.cpuTexts : rows.length,
      passes: device === 'cpu' ? 1 : PASSES,
      long: device !== 'cpu',
      // The product's own tokens per batch come first.
      padded: isOwn,
      whole: isOwn,
      vectors: path.join(folder, `${device}-${budget ?? ''}.bin`),
    });
    const [questions, padded, long, whole] = (['questions', 'padded', 'long', 'whole'] as const).map((part) =>
      ended.results.find((result) => result['part'] === part),
    ) as unknown as (EmbeddingResult | undefined)[];
    const of = { encoder: shape.name, on: device, batch: budget, ...memoryOf(ended) };
    this.#add({
      ...of,
      what: 'embedding',
      ...fromEmbedding(questions),
      wholePerSecond: whole === undefined ? undefined : whole.texts / whole.seconds,
      ...failureOf(ended, questions),
    });
    if (isOwn) this.#add({ ...of, what: 'padded', ...fromEmbedding(padded), ...failureOf(ended, padded) });
    if (device !== 'cpu') this.#add({ ...of, what: 'long texts', ...fromEmbedding(long), ...failureOf(ended, long) });
  }

  async #train({ shape, folder }: OpenedEncoder, device: CardDevice, mixedPrecision?: 'fp16'): Promise<void> {
    const on = [device, mixedPrecision].filter(Boolean).join(' ');
    const ended = await this.#job({
      kind: 'training',
      folder,
      layers: shape.layers,
      device,
      threads: availableParallelism(),
      batchSize: this.#plan.batchSize,
      classes: CLASSES,
      mixedPrecision,
      steps: device === 'cpu' ? this.#plan.compared : undefined,
    });
    const found = ended.results[0] as unknown as TrainingResult | undefined;
    if (found !== undefined) writeFileSync(path.join(folder, `${on}-losses.json`), JSON.stringify(found.losses));
    this.#add({
      encoder: shape.name,
      what: 'training',
      on,
      ...fromTraining(found),
      ...memoryOf(ended),
      ...failureOf(ended, found),
    });
  }

  async #torch({ shape, folder, rows }: OpenedEncoder): Promise<void> {
    const { quick, python } = this.#args;
    const job = path.join(folder, 'peer.json');
    const { peerBatches: batches, batchSize } = this.#plan;
    writeFileSync(
      job,
      JSON.stringify({
        folder,
        quick,
        rows,
        batches,
        batchSize,
        classes: CLASSES,
        passes: PASSES,
        vectors: path.join(folder, 'torch.bin'),
      }),
    );
    const ended = await this.#processes.run([python, path.join(packageRoot(), 'perf', 'peers', 'card_peer.py'), job], PEER_SECONDS);
    for (const result of ended.results) {
      const { what, precision, on, failed, batch } = result as {
        what: Measurement['what'];
        precision: string;
        on: string;
        failed?: string;
        batch?: number;
      };
      if (failed !== undefined) {
        this.#add({ encoder: shape.name, what, on: `torch ${precision}`, failed });
        continue;
      }
      this.#add({
        encoder: shape.name,
        what,
        // On the CPU it only shows that the script works, and is no goal.
        on: on === 'cuda' ? `torch ${precision}` : `torch ${precision} on the CPU`,
        batch,
        ...(what === 'training' ? fromTraining(result as unknown as TrainingResult) : fromEmbedding(result as unknown as EmbeddingResult)),
        cardMemory: result['allocated'] === null ? undefined : (result['allocated'] as number),
        rss: result['rss'] as number,
      });
    }
    if (ended.failed !== undefined) this.#add({ encoder: shape.name, what: 'embedding', on: 'torch', failed: ended.failed });
  }

  async #tryAttention(device: CardDevice): Promise<void> {
    const { heads, sizes, lengths, tokens } = this.#plan.attention;
    for (const size of sizes) {
      const job: AttentionJob = { kind: 'attention', device, heads, size, lengths, tokens };
      const ended = await this.#job(job);
      for (const found of ended.results) this.#attention.push({ heads, size, ...(found as unknown as AttentionResult) });
      this.#attentionFailed ??= ended.failed;
    }
  }

  /** Differences of the card's numbers from the CPU's and from torch's. */
  #compare({ shape: { name, width }, folder }: OpenedEncoder): void {
    const { device } = this.#args;
    const add = (what: string, difference: number | undefined, bound: number) => {
      if (difference !== undefined) this.#agreements.push({ encoder: name, what, difference, bound });
    };
    const vectors = (file: string) => floatsIn(path.join(folder, file));
    const cpu = vectors('cpu-.bin');
    const own = device === 'cpu' ? cpu : vectors(`${device}-${this.#plan.budgets[0]}.bin`);
    const torch = vectors('torch.bin');
    if (device !== 'cpu') {
      const few = own?.subarray(0, this.#plan.cpuTexts * width);
      add(`vectors on ${device} and on the CPU`, differenceOf(few, cpu), VECTOR_BOUND);
      const [lossesOwn, lossesCpu] = [device, 'cpu'].map((each) => lossesIn(path.join(folder, `${each}-losses.json`)));
      add(`losses of ${lossesCpu?.length ?? 0} steps on ${device} and on the CPU`, worstLoss(lossesOwn, lossesCpu), LOSS_BOUND);
    }
    add(`vectors on ${device} and by torch`, differenceOf(own, torch?.subarray(0, own?.length)), VECTOR_BOUND);
  }

  async #job(job: CardJob): Promise<Ended> {
    const file = path.join(this.#scratch, `job-${this.#jobs++}.json`);
    writeFileSync(file, JSON.stringify(job));
    return this.#processes.run([process.execPath, path.join(import.meta.dirname, 'measure.js'), file], MOST_SECONDS);
  }

  /** Shown at once: the table comes last, and a machine may be taken away before. */
  #add(measurement: Measurement): void {
    this.#measurements.push(measurement);
    const { encoder, what, on, batch, textsPerSecond, failed } = measurement;
    const rate = failed === undefined ? `${Math.round(textsPerSecond ?? 0).toLocaleString('en-US')} texts/s` : `failed: ${failed}`;
    console.log([encoder, what, on, batch ?? '', rate].join(' '));
  }
}

function fromEmbedding(found: EmbeddingResult | undefined): Partial<Measurement> {
  if (found === undefined) return {};
  const { texts, tokens, padding, batches, seconds, first } = found;
  return {
    texts,
    seconds,
    first,
    textsPerSecond: texts / seconds,
    tokensPerSecond: tokens / seconds,
    padding: padding === undefined ? undefined : padding / tokens,
    batches,
  };
}

/** Texts per second without the first step, which compiles. */
function fromTraining(found: TrainingResult | undefined): Partial<Measurement> {
  if (found === undefined) return {};
  const { texts, steps, seconds, first, losses } = found;
  return {
    texts,
    seconds,
    first,
    textsPerSecond: steps > 1 ? (texts * (steps - 1)) / steps / (seconds - first) : texts / seconds,
    firstLoss: losses[0],
    lastLoss: losses.at(-1),
  };
}

function memoryOf({ results, cardMemory }: Ended): Partial<Measurement> {
  return { cardMemory, rss: results.at(-1)?.['rss'] as number | undefined };
}

/** What was measured before a crash counts. */
function failureOf({ failed }: Ended, found: object | undefined): Partial<Measurement> {
  return found === undefined ? { failed: failed ?? 'it printed nothing' } : {};
}

function machineOf({ device, quick }: CardArguments): Record<string, string | number> {
  return {
    device,
    card: cardName() ?? 'unknown (no nvidia-smi)',
    processor: `${cpus()[0]?.model ?? 'unknown'}, ${availableParallelism()} threads`,
    node: process.version,
    onnxruntime: onnxruntimeVersion(),
    'batches read together': keepsTensors(device) ? CARD_GROUP : 1,
    ...(quick ? { quick: 'tiny encoders, a check of the script: no figure here says anything about a card' } : {}),
  };
}

function floatsIn(file: string): Float32Array | undefined {
  const bytes = contentOf(file);
  return bytes === undefined ? undefined : new Float32Array(Uint8Array.from(bytes).buffer);
}

function lossesIn(file: string): number[] | undefined {
  const bytes = contentOf(file);
  return bytes === undefined ? undefined : (JSON.parse(bytes.toString()) as number[]);
}

/** undefined where a measurement failed and wrote nothing. */
function contentOf(file: string): Buffer | undefined {
  try {
    return readFileSync(file);
  } catch {
    return undefined;
  }
}

/** Largest difference relative to the largest number. NaN where the lengths differ. */
function differenceOf(found: Float32Array | undefined, expected: Float32Array | undefined): number | undefined {
  if (found === undefined || expected === undefined) return undefined;
  if (found.length !== expected.length) return NaN;
  let [worst, largest] = [0, 0];
  for (const [i, value] of expected.entries()) {
    const off = Math.abs(found[i]! - value);
    worst = off <= worst ? worst : off;
    largest = Math.max(largest, Math.abs(value));
  }
  return worst / largest;
}

function worstLoss(found: readonly number[] | undefined, expected: readonly number[] | undefined): number | undefined {
  if (found === undefined || expected === undefined) return undefined;
  return Math.max(...expected.map((loss, i) => Math.abs(found[i]! - loss) / Math.abs(loss)));
}
