import { CARD_TOKEN_BUDGET } from '../../src/embed/batches.ts';
import type { CardDevice } from './arguments.ts';
import type { AttentionResult } from './jobs.ts';

/** A line of the table. */
export interface Measurement {
  readonly encoder: string;
  readonly what: 'embedding' | 'padded' | 'long texts' | 'training';
  /** cpu, webgpu, cuda, webgpu fp16 (mixed precision); torch fp32, torch tf32, torch bf16. */
  readonly on: string;
  /** Tokens per batch; of torch texts per batch. */
  readonly batch?: number | undefined;
  readonly texts?: number | undefined;
  readonly textsPerSecond?: number | undefined;
  /** Padding is not counted. */
  readonly tokensPerSecond?: number | undefined;
  /** Tokens of padding per token. */
  readonly padding?: number | undefined;
  readonly batches?: number | undefined;
  readonly seconds?: number | undefined;
  /** Seconds of the first pass, or step. */
  readonly first?: number | undefined;
  /** Texts per second from the text on, tokenised. */
  readonly wholePerSecond?: number | undefined;
  readonly firstLoss?: number | undefined;
  readonly lastLoss?: number | undefined;
  /** MiB in use on the card. */
  readonly cardMemory?: number | undefined;
  /** MiB of the process at most. */
  readonly rss?: number | undefined;
  /** Why there are no numbers. */
  readonly failed?: string | undefined;
}

/** A largest difference between two of the same numbers. */
export interface Agreement {
  readonly encoder: string;
  readonly what: string;
  readonly difference: number;
  readonly bound: number;
}

export interface Attention extends AttentionResult {
  readonly heads: number;
  readonly size: number;
}

export interface CardReport {
  readonly machine: Readonly<Record<string, string | number>>;
  readonly device: CardDevice;
  readonly measurements: readonly Measurement[];
  readonly agreements: readonly Agreement[];
  readonly attention: readonly Attention[];
  readonly attentionFailed?: string | undefined;
  readonly goals: readonly Goal[];
}

export interface Goal {
  readonly encoder: string;
  readonly what: keyof typeof GOALS;
  readonly on: string;
  /** Texts per second, and those of torch. */
  readonly ours: number;
  readonly torch: number;
  readonly precision: string;
  readonly ratio: number;
  readonly goal: number;
}

const GOALS = { embedding: 0.9, 'long texts': 0.9, training: 0.8 } as const;
/** Attention that differs by more is wrong; what cards round differently is below 1e-5. */
const ATTENTION_BOUND = 1e-3;

/**
 * Ratios to torch in the same precision: float32, without TF32; mixed precision in fp16 is compared with that in bf16. The fastest batches
 * of each.
 */
export function goalsOf(measurements: readonly Measurement[], device: CardDevice): Goal[] {
  const fastest = (encoder: string, what: Measurement['what'], on: string): number | undefined =>
    measurements
      .filter((each) => each.encoder === encoder && each.what === what && each.on === on)
      .flatMap(({ textsPerSecond }) => textsPerSecond ?? [])
      .toSorted((a, b) => b - a)[0];
  const compared = [
    { on: device, precision: 'fp32' },
    { on: `${device} fp16`, precision: 'bf16' },
  ];
  const goals: Goal[] = [];
  for (const encoder of new Set(measurements.map((each) => each.encoder))) {
    for (const what of ['embedding', 'long texts', 'training'] as const) {
      for (const { on, precision } of compared) {
        const [ours, torch] = [fastest(encoder, what, on), fastest(encoder, what, `torch ${precision}`)];
        if (ours === undefined || torch === undefined) continue;
        goals.push({ encoder, what, on, ours, torch, precision, ratio: ours / torch, goal: GOALS[what] });
      }
    }
  }
  return goals;
}

/** The report as text. */
export function written({ machine, device, measurements, agreements, attention, attentionFailed, goals }: CardReport): string {
  const parts = [
    Object.entries(machine)
      .map(([key, value]) => `${key}: ${value}`)
      .join('\n'),
    table([
      ['encoder', 'what', 'on', 'batch', 'texts', 'texts/s', 'tokens/s', 's', 'first s', 'from text/s', 'loss', 'card MiB', 'rss MiB'],
      ...measurements.map((each) => [
        each.encoder,
        each.what,
        each.on,
        whole(each.batch),
        whole(each.texts),
        ...(each.failed === undefined
          ? [whole(each.textsPerSecond), whole(each.tokensPerSecond), seconds(each.seconds), seconds(each.first)]
          : [`failed: ${each.failed}`]),
        ...(each.failed === undefined ? [whole(each.wholePerSecond), losses(each), whole(each.cardMemory), whole(each.rss)] : []),
      ]),
    ]),
    agreements
      .map(({ encoder, what, difference, bound }) => {
        const verdict = difference <= bound ? 'agree' : 'DIFFER';
        return `${encoder}: ${what}: ${verdict}, ${difference.toExponential(1)} (bound ${bound.toExponential(0)})`;
      })
      .join('\n'),
    attentionFailed === undefined ? '' : `Fused attention failed: ${attentionFailed}`,
    attention.length === 0
      ? ''
      : table([
          ['attention', 'texts x tokens', 'fused', 'differs by', 'plain', 'fused ms', 'plain ms', 'fused is faster by'],
          ...attention.map((each) => [
            `${each.heads} x ${each.size}`,
            `${each.texts} x ${each.tokens}`,
            each.fusedDifference <= ATTENTION_BOUND ? 'right' : 'WRONG',
            each.fusedDifference.toExponential(1),
            each.plainDifference <= ATTENTION_BOUND ? 'right' : 'WRONG',
            each.fused.toFixed(3),
            each.plain.toFixed(3),
            (each.plain / each.fused).toFixed(2),
          ]),
        ]),
    budgetLines(measurements, device),
    paddingLines(measurements),
    goals
      .map(({ encoder, what, on, ours, torch, precision, ratio, goal }) => {
        const verdict = ratio >= goal ? 'reached' : 'MISSED';
        return `${encoder} ${what}: ${whole(ours)} texts/s on ${on}, ${whole(torch)} by torch in ${precision}: ${ratio.toFixed(2)} (goal ${goal}: ${verdict})`;
      })
      .join('\n') || 'No ratio to torch: it needs a Python with torch and CUDA (--python, PYTHON).',
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}

/** Which tokens per batch are the fastest on the card, compared with those that the product takes. */
function budgetLines(measurements: readonly Measurement[], device: CardDevice): string {
  const lines: string[] = [];
  for (const own of measurements) {
    if (own.on !== device || own.batch !== CARD_TOKEN_BUDGET || own.textsPerSecond === undefined) continue;
    const same = measurements.filter(({ encoder, what, on }) => encoder === own.encoder && what === own.what && on === device);
    const best = same.reduce((most, each) => ((each.textsPerSecond ?? 0) > (most.textsPerSecond ?? 0) ? each : most), own);
    const times = (best.textsPerSecond! / own.textsPerSecond).toFixed(2);
    lines.push(`${own.encoder} ${own.what}: fastest with ${whole(best.batch)} tokens a batch, ${times} times ${whole(CARD_TOKEN_BUDGET)}`);
  }
  return lines.join('\n');
}

/** What batches of equal lengths cost or save, compared with padded ones. */
function paddingLines(measurements: readonly Measurement[]): string {
  const lines: string[] = [];
  for (const padded of measurements) {
    const { encoder, on, batch, what } = padded;
    if (what !== 'padded' || padded.textsPerSecond === undefined) continue;
    const equal = measurements.find(
      (each) => each.encoder === encoder && each.on === on && each.batch === batch && each.what === 'embedding',
    );
    if (equal?.textsPerSecond === undefined) continue;
    const of = (each: Measurement) => `${whole(each.textsPerSecond)} texts/s in ${counted(each.batches)}`;
    const times = (equal.textsPerSecond / padded.textsPerSecond).toFixed(2);
    const percent = (100 * (padded.padding ?? 0)).toFixed(1);
    lines.push(
      `${encoder} on ${on}, ${whole(padded.texts)} texts: equal lengths: ${of(equal)}; padded: ${of(padded)}, ${percent}% padding: equal lengths are ${times} times as fast`,
    );
  }
  return lines.join('\n');
}

function counted(batches: number | undefined): string {
  return batches === 1 ? '1 batch' : `${whole(batches)} batches`;
}

function whole(number: number | undefined): string {
  return number === undefined ? '' : Math.round(number).toLocaleString('en-US');
}

function seconds(number: number | undefined): string {
  return number === undefined ? '' : number.toFixed(2);
}

function losses({ firstLoss, lastLoss }: Measurement): string {
  return firstLoss === undefined || lastLoss === undefined ? '' : `${firstLoss.toFixed(4)} to ${lastLoss.toFixed(4)}`;
}

/** Columns as wide as their cells; the last cell of a shorter row takes what room it needs. */
function table(rows: readonly (readonly string[])[]): string {
  const size = rows[0]!.length;
  const widths = rows[0]!.map((_, column) =>
    Math.max(...rows.map((row) => (column < row.length - 1 || row.length === size ? row[column]!.length : 0))),
  );
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
