import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Processes } from '../card/processes.ts';
import { writeRandomEncoder } from '../card/random-encoder.ts';
import type { TokenMemory, TokenMemoryJob } from './measure.ts';

const SHAPE = { name: 'two layers of MiniLM', layers: 2, width: 384, heads: 12, inner: 1536, vocabulary: 2000 };
/** A driver in software takes a minute for a thousand tokens with their gradients. */
const TOKENS = { cpu: { embedding: 4096, training: 4096 }, webgpu: { embedding: 4096, training: 1024 } };
const LENGTHS = [32, 256];
const SECONDS = 240;

/**
 * How much a process grows per token of a pass, next to the estimates by which batches and chunks suit a card's memory. On a driver in
 * software what lies on the card lies in the process. `[cpu|webgpu]`.
 */
export async function bench(words: readonly string[]): Promise<void> {
  const device = words.includes('webgpu') ? 'webgpu' : 'cpu';
  const folder = mkdtempSync(path.join(tmpdir(), 'perf-token-memory-'));
  const processes = new Processes(4 * SECONDS);
  try {
    writeRandomEncoder(folder, { shape: SHAPE, texts: [] });
    for (const kind of ['embedding', 'training'] as const) {
      for (const length of LENGTHS) {
        const job: TokenMemoryJob = { kind, device, folder, layers: SHAPE.layers, length, texts: TOKENS[device][kind] / length };
        const main = path.join(import.meta.dirname, 'measure.js');
        const { results, failed } = await processes.run([process.execPath, main, JSON.stringify(job)], SECONDS);
        const found = results[0] as unknown as TokenMemory | undefined;
        const said = found === undefined ? `failed: ${failed}` : `${kib(found.measured)} per token, estimated ${kib(found.estimated)}`;
        console.log(`${kind} on ${device}, ${job.texts} texts of ${length} tokens: ${said}`);
      }
    }
  } finally {
    processes.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

function kib(bytes: number): string {
  return `${(bytes / 1024).toFixed(0)} KiB`;
}
