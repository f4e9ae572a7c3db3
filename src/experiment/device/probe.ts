import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Device } from '../../devices/device.ts';
import { reason } from '../../errors.ts';
import type { Probed } from '../../graph/probe/probed.ts';

/** Time after which a device counts as one that does not answer: a driver compiles its programs first. */
const MOST_MS = 120_000;

export interface ProbeOptions {
  /** Measures it too. */
  readonly timed?: boolean | undefined;
  /** With products in float16. */
  readonly halves?: boolean | undefined;
}

/**
 * Runs a small graph on a device, in a process of its own: a driver may print, crash, or keep memory. Never fails.
 */
export async function probeDevice(device: Device, { timed = false, halves = false }: ProbeOptions = {}): Promise<Probed> {
  const main = fileURLToPath(new URL('../../graph/probe/probe-main.js', import.meta.url));
  const child = spawn(process.execPath, [main, device, timed ? 'timed' : halves ? 'halves' : 'once'], {
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: MOST_MS,
    windowsHide: true,
  });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (part: string) => (said += part));
  const ended = await new Promise<string>((resolve) => {
    child.on('error', (error) => resolve(reason(error)));
    child.on('close', (code, signal) => resolve(signal === null ? `status ${code}` : signal));
  });
  try {
    return JSON.parse(said) as Probed;
  } catch {
    return { failed: ended === 'SIGTERM' ? 'it did not answer' : `its driver ended the process (${ended})` };
  }
}
