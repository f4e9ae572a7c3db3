import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Inputs } from './inputs.ts';
import { READERS } from './readers.ts';
import { judge, type Verdict } from './verdict.ts';

/**
 * A process that reads inputs: one that hangs or dies does not affect the parent. It announces each input before it reads it, so that the
 * parent knows which one it was.
 */

export interface Task {
  readonly reader: string;
  readonly seed: number;
  readonly from: number;
  readonly to: number;
}

export type Message =
  | { readonly kind: 'at'; readonly number: number }
  | { readonly kind: 'found'; readonly number: number; readonly finding: string; readonly base64: string }
  | { readonly kind: 'done'; readonly tally: Tally };

export interface Tally {
  readonly read: number;
  readonly refused: number;
  readonly slowest: { readonly ms: number; readonly number: number };
  readonly largest: { readonly bytes: number; readonly size: number; readonly number: number };
  /** Memory relative to the input's size, for inputs of at least a megabyte: for smaller ones garbage dominates. */
  readonly multiple: number;
  /** Refusals, without numbers and quotations. */
  readonly messages: readonly string[];
}

const LARGE_INPUT = 1 << 20;
/** Maximum findings reported per reader. */
const MOST_FOUND = 10;

/** Resolves when the message is sent: an input that ends the process must not lose it. */
const send = (message: Message): Promise<void> =>
  new Promise((resolve) => void process.send!(message, undefined, undefined, () => resolve()));

async function work({ reader: name, seed, from, to }: Task): Promise<Tally> {
  const reader = READERS[name]!;
  const root = mkdtempSync(path.join(tmpdir(), 'embedding-bench-fuzz-'));
  const messages = new Set<string>();
  const found = new Set<string>();
  const counts = { read: 0, refused: 0 };
  let [slowest, largest, multiple] = [{ ms: 0, number: 0 }, { bytes: 0, size: 0, number: 0 }, 0];
  try {
    const inputs = await Inputs.open(reader, root);
    for (let at = 0; at < inputs.seeds; at++) await reader.read(inputs.unchanged(at));
    globalThis.gc?.();
    for (let number = from; number < to; number++) {
      await send({ kind: 'at', number });
      const input = inputs.changed(seed, number);
      const verdict = await judge(reader, input);
      counts[verdict.outcome]++;
      if (verdict.ms > slowest.ms) slowest = { ms: verdict.ms, number };
      if (verdict.bytes > largest.bytes) largest = { bytes: verdict.bytes, size: input.bytes.length, number };
      if (input.bytes.length >= LARGE_INPUT) multiple = Math.max(multiple, verdict.bytes / input.bytes.length);
      if (verdict.message !== undefined) messages.add(kindOf(verdict.message, root));
      await report(verdict, { number, bytes: input.bytes, found });
    }
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
  return { ...counts, slowest, largest, multiple, messages: [...messages] };
}

/** Findings that only differ in numbers and quotations are reported once. */
async function report(
  { finding }: Verdict,
  { number, bytes, found }: { number: number; bytes: Uint8Array; found: Set<string> },
): Promise<void> {
  if (finding === undefined) return;
  const kind = kindOf(finding.split('\n').slice(0, 4).join(' '), tmpdir());
  if (found.has(kind) || found.size === MOST_FOUND) return;
  found.add(kind);
  await send({ kind: 'found', number, finding, base64: Buffer.from(bytes).toString('base64') });
}

function kindOf(message: string, folder: string): string {
  return message
    .replaceAll(folder, '')
    .replace(/"[^"]*"?/g, '"…"')
    .replace(/\d+/g, '0')
    .slice(0, 160);
}

const [task] = process.argv.slice(2);
if (task !== undefined && process.send !== undefined) {
  try {
    await send({ kind: 'done', tally: await work(JSON.parse(task) as Task) });
  } catch (error) {
    writeFileSync(process.stderr.fd, `${error instanceof Error ? error.stack : String(error)}\n`);
    process.exitCode = 1;
  }
  process.disconnect();
}
