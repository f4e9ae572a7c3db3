import { HarnessError } from '../../src/errors.ts';
import type { FuzzReader, Input } from './reader.ts';

/** CPU time that a small input may take. */
export const MOST_MS = 2000;
/**
 * Memory that an input may take: a constant part (blocks of a megabyte; garbage, which is first collected when the young generation is
 * full, and that is 48 MB in Node), and a multiple of its size.
 */
export const FREE_BYTES = 64 << 20;
export const TIMES_INPUT = 64;
/** Maximum message length. One that quotes a file without a bound is as long as the file. */
const MOST_LETTERS = 2000;

/** A reader's result for an input. */
export interface Verdict {
  readonly outcome: 'read' | 'refused';
  /** The message of a refusal. */
  readonly message?: string;
  /** A violation. */
  readonly finding?: string;
  /** CPU time. */
  readonly ms: number;
  /** Growth of the memory held, if nothing was collected meanwhile, or of the peak of the whole process. */
  readonly bytes: number;
}

/** Number of times that an input is read before it counts as too expensive: garbage of others, or other processes, may affect it. */
const TRIES = 4;

/** Reads an input, and again if it seems to take too much memory or time. Its cost is the minimum of all tries. */
export async function judge(reader: FuzzReader, input: Input & { bytes: Uint8Array }): Promise<Verdict> {
  const most = FREE_BYTES + TIMES_INPUT * input.bytes.length;
  let best = await measure(reader, input);
  for (let tried = 1; tried < TRIES && best.finding === undefined && (best.bytes > most || best.ms > MOST_MS); tried++) {
    const again = await measure(reader, input);
    best = { ...again, bytes: Math.min(best.bytes, again.bytes), ms: Math.min(best.ms, again.ms) };
  }
  if (best.finding !== undefined) return best;
  if (best.bytes > most) return { ...best, finding: `takes ${megabytes(best.bytes)} MB for ${input.bytes.length} bytes` };
  if (best.ms > MOST_MS) return { ...best, finding: `takes ${Math.round(best.ms)} ms` };
  return best;
}

async function measure(reader: FuzzReader, input: Input): Promise<Verdict> {
  const before = usage();
  let thrown: { error: unknown } | undefined;
  try {
    await reader.read(input);
  } catch (error) {
    thrown = { error };
  }
  const after = usage();
  const spent = { ms: after.ms - before.ms, bytes: Math.max(after.held - before.held, after.peak - before.peak) };
  if (thrown === undefined) return { outcome: 'read', ...spent };
  const finding = faultOf(thrown.error);
  return {
    outcome: 'refused',
    message: thrown.error instanceof Error ? thrown.error.message : String(thrown.error),
    ...spent,
    ...(finding === undefined ? {} : { finding }),
  };
}

/** What is wrong with an error; undefined for a proper refusal. */
function faultOf(error: unknown): string | undefined {
  if (!(error instanceof HarnessError)) return `throws ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
  if (error.code === 'INTERNAL') return `refuses with INTERNAL: ${error.message}`;
  if (error.message.length > MOST_LETTERS) return `refuses in ${error.message.length} letters: ${error.message.slice(0, 400)}…`;
  if (/[\p{Cc}\p{Zl}\p{Zp}]/u.test(error.message)) return `refuses with control characters: ${JSON.stringify(error.message)}`;
  if (/^\s*at .*:\d+:\d+/m.test(error.message)) return `refuses with a stack: ${error.message}`;
  return undefined;
}

function usage(): { ms: number; held: number; peak: number } {
  const { heapUsed, external } = process.memoryUsage();
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  return { ms: (userCPUTime + systemCPUTime) / 1000, held: heapUsed + external, peak: maxRSS * 1024 };
}

export function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}
