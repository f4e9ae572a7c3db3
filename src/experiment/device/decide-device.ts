import { absentDevice, checkDevice, deviceOf, withoutHalves, withoutSource, type Device } from '../../devices/device.ts';
import { chooseCard, withoutTf32 } from '../../devices/card.ts';
import { askCardMemory } from '../../devices/card-memory.ts';
import { HarnessError, option } from '../../errors.ts';
import type { RunsOn } from '../resolve/experiment.ts';
import { PRODUCTS, SIZE, type Probed } from '../../graph/probe/probed.ts';
import { probeDevice, type ProbeOptions } from './probe.ts';

/** A card must be this many times as fast as the processor to be chosen: nearly equal ones would change places from run to run. */
const FASTER = 2;

export interface Decided {
  readonly device: Device;
  /** For `auto`: what was chosen and why, a sentence. */
  readonly why?: string | undefined;
}

export interface DecideParams {
  /** Value of the option. */
  readonly word: string;
  readonly runsOn?: RunsOn | undefined;
  /** Training will be in mixed precision. */
  readonly halves?: boolean | undefined;
  /** For specs. */
  readonly probe?: ((device: Device, how?: ProbeOptions) => Promise<Probed>) | undefined;
  readonly askMemory?: ((device: Device) => Promise<void>) | undefined;
}

/** A request that names a device. */
export interface OnDevice {
  readonly device: string;
  readonly mixedPrecision?: string | undefined;
  readonly finetune?: { readonly mixedPrecision?: string | undefined } | undefined;
}

export function trainsInHalves({ mixedPrecision, finetune }: OnDevice): boolean {
  return (mixedPrecision ?? finetune?.mixedPrecision) !== undefined;
}

/**
 * The device that graphs will run on. A named one is tried with a small graph, so that a missing driver is reported before anything is
 * fetched. `auto` is the card on which products of matrices are at least twice as fast as on the processor: of cuda and webgpu the first
 * that runs; else the CPU. If workers run the jobs, a named device is left to them. Of a card it is asked how much memory it has. Throws
 * OPTION.
 */
export async function decideDevice({ halves = false, ...params }: DecideParams): Promise<Decided> {
  const decided = await deviceFor(params);
  const { runsOn, probe = probeDevice, askMemory = askCardMemory } = params;
  if (runsOn === 'workers' || decided.device === 'cpu') return decided;
  const { failed } = halves ? await probe(decided.device, { halves }) : {};
  if (failed !== undefined) throw withoutHalves(failed);
  await askMemory(decided.device);
  return decided;
}

async function deviceFor({ word, runsOn = 'this machine', probe = probeDevice }: Omit<DecideParams, 'halves'>): Promise<Decided> {
  if (runsOn === 'workers') return ofWorkers(word);
  if (word === 'auto') return automatic(probe);
  const { device, card } = deviceOf(word);
  if (device === 'cpu') return { device };
  checkDevice(device);
  if (card !== undefined) chooseCard(card);
  if (device === 'cuda') withoutTf32();
  const { failed } = await probe(device);
  if (failed !== undefined) throw absentDevice(device, failed);
  return { device };
}

function ofWorkers(word: string): Decided {
  const { device, card } = deviceOf(word);
  if (word !== 'auto' && card === undefined) return { device };
  throw new HarnessError('OPTION', {
    where: option('device'),
    what: `With a queue it takes the name of a device, got ${word}.`,
    hint:
      word === 'auto'
        ? 'Results depend on the device, and workers may have others.'
        : 'Each worker has its own card: bench worker takes it.',
  });
}

async function automatic(probe: NonNullable<DecideParams['probe']>): Promise<Decided> {
  const without: string[] = [];
  withoutTf32();
  for (const device of ['cuda', 'webgpu'] as const) {
    const { failed, ms } = await timed(device, probe);
    if (ms === undefined) {
      without.push(`${device}: ${withoutSource(failed ?? 'unknown')}`);
      continue;
    }
    const cpu = (await probe('cpu', { timed: true })).ms ?? Infinity;
    const times = `${PRODUCTS} products of ${SIZE} x ${SIZE} numbers took ${milliseconds(ms)} there, ${milliseconds(cpu)} on the CPU`;
    if (ms * FASTER <= cpu) return { device, why: `Device: ${device} (${times}).` };
    without.push(`${device}: not ${FASTER} times as fast, ${times}`);
  }
  return { device: 'cpu', why: `Device: cpu (${without.join('; ')}).` };
}

async function timed(device: 'cuda' | 'webgpu', probe: NonNullable<DecideParams['probe']>): Promise<Probed> {
  try {
    checkDevice(device);
  } catch (error) {
    if (!(error instanceof HarnessError)) throw error;
    return { failed: error.complaint.what.replace(/^.* is unavailable: /, '') };
  }
  return probe(device, { timed: true });
}

function milliseconds(ms: number): string {
  return `${ms < 10 ? ms.toFixed(1) : ms.toFixed(0)} ms`;
}
