import { execFile } from 'node:child_process';
import { totalmem } from 'node:os';
import path from 'node:path';
import { amdMemories } from './amd-memory.ts';
import type { Device } from './device.ts';
import { NVIDIA_QUERY, nvidiaMemory } from './nvidia-memory.ts';
import { memoryOf, smallestMemory, type CardMemory } from './smallest-memory.ts';

/** Time after which nvidia-smi counts as one that does not answer: it wakes cards up first. */
const MOST_MS = 10_000;
/** Of a few lines of text. */
const MOST_CHARACTERS = 1 << 16;

/**
 * What of a Mac's memory its graphics may use. Metal recommends 2/3 of 16 and 32 GB (abetlen/llama-cpp-python#687: 10,922 MiB,
 * ollama/ollama#434: 21,845 MiB) and 3/4 of 64 GB (ggml-org/llama.cpp#1870: 49,152 MiB); the lower is taken of all.
 */
const SHARE_OF_A_MAC = 2 / 3;

/** Where to ask, for specs. */
export interface MemorySources {
  readonly platform: NodeJS.Platform;
  readonly arch: string;
  readonly env: Readonly<NodeJS.ProcessEnv>;
  /** What nvidia-smi prints; undefined if there is none, or it fails. */
  readonly nvidia: () => Promise<string | undefined>;
  readonly amd: () => readonly (CardMemory | undefined)[];
  /** Bytes of memory of the machine. */
  readonly machine: () => number;
}

/** By device: a process asks once. */
const asked = new Map<Device, Promise<CardMemory | undefined>>();
const known = new Map<Device, CardMemory | undefined>();

/**
 * Asks what memory the card of this process has, for `cardMemory`; once, after the card was chosen. Never fails, and takes ten seconds at
 * most.
 */
export async function askCardMemory(device: Device): Promise<void> {
  let asking = asked.get(device);
  if (asking === undefined) asked.set(device, (asking = findCardMemory(device)));
  known.set(device, await asking);
}

/** Memory of the card that a device is; undefined if it is unknown, or was not asked for. */
export function cardMemory(device: Device): CardMemory | undefined {
  return known.get(device);
}

/**
 * Memory of the card that a device is; undefined for the CPU, and where nothing tells: onnxruntime does not, and graphics that share the
 * machine's memory, except in Macs, have no fixed part of it. WebGPU takes a card by itself: of several the smallest counts.
 */
export async function findCardMemory(device: Device, sources: MemorySources = SOURCES): Promise<CardMemory | undefined> {
  const { platform, arch, env, nvidia, amd, machine } = sources;
  if (device === 'cpu') return undefined;
  if (platform === 'darwin') {
    // Macs with Intel's processors have cards of several kinds.
    if (arch !== 'arm64') return undefined;
    const total = Math.floor(machine() * SHARE_OF_A_MAC);
    return memoryOf({ total, free: total });
  }
  const answer = await nvidia();
  if (device === 'cuda') return answer === undefined ? undefined : nvidiaMemory(answer, env);
  const cards = platform === 'linux' ? amd() : [];
  return smallestMemory(answer === undefined ? cards : [nvidiaMemory(answer), ...cards]);
}

const SOURCES: MemorySources = {
  platform: process.platform,
  arch: process.arch,
  env: process.env,
  nvidia: () => outputOf(nvidiaSmi()),
  amd: amdMemories,
  machine: totalmem,
};

/** On Windows the driver's own: a program of this name in the current folder would come first. */
function nvidiaSmi(): string {
  if (process.platform !== 'win32') return 'nvidia-smi';
  return path.join(process.env['SystemRoot'] ?? String.raw`C:\Windows`, 'System32', 'nvidia-smi.exe');
}

/** Printed on stdout; undefined if the program is missing, fails or does not answer in time. */
export async function outputOf(program: string, { most = MOST_MS }: { readonly most?: number } = {}): Promise<string | undefined> {
  try {
    return await new Promise((resolve) => {
      const options = { encoding: 'utf8', maxBuffer: MOST_CHARACTERS, windowsHide: true, env: { ...process.env, LC_ALL: 'C' } } as const;
      const child = execFile(program, NVIDIA_QUERY, options, (error, stdout) => {
        clearTimeout(timer);
        resolve(error === null ? stdout : undefined);
      });
      const timer = setTimeout(() => {
        child.kill('SIGKILL');
        // A process that waits for a driver ends later, or never: nothing waits for it.
        child.stdout?.destroy();
        child.stderr?.destroy();
        child.unref();
        resolve(undefined);
      }, most);
    });
  } catch {
    return undefined;
  }
}
