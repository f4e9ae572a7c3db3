import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { HarnessError, option } from '../errors.ts';

/** What graphs run on: the processor, or a graphics card by way of one of onnxruntime's execution providers. */
export const DEVICES = ['cpu', 'webgpu', 'cuda', 'dml', 'coreml'] as const;
export type Device = (typeof DEVICES)[number];

/** As many cards as a machine may have. */
const CARDS = [
  'cuda:0',
  'cuda:1',
  'cuda:2',
  'cuda:3',
  'cuda:4',
  'cuda:5',
  'cuda:6',
  'cuda:7',
  'cuda:8',
  'cuda:9',
  'cuda:10',
  'cuda:11',
  'cuda:12',
  'cuda:13',
  'cuda:14',
  'cuda:15',
] as const;

/** Values of the option: a device, `cuda:N` for the card of that number, or `auto`. */
export const DEVICE_WORDS = ['auto', ...DEVICES, ...CARDS] as const;
export type DeviceWord = (typeof DEVICE_WORDS)[number];
/** The same in words. */
export const DEVICE_TAKES = 'auto, cpu, webgpu, cuda, cuda:N (card N, 0 to 15), dml, coreml';

const REMEDIES: Readonly<Record<Exclude<Device, 'cpu'>, string>> = {
  webgpu: `It needs a graphics driver (Vulkan, Metal or Direct3D 12); ${option('device')} cpu runs everywhere.`,
  cuda:
    'Its libraries come with onnxruntime-node\'s install script, which was skipped (docs/devices.md, "CUDA"); ' +
    `${option('device')} cpu runs everywhere.`,
  dml: `It is a part of Windows; ${option('device')} webgpu runs on cards of all vendors, ${option('device')} cpu everywhere.`,
  coreml: `It is a part of macOS; ${option('device')} webgpu runs on cards of all vendors, ${option('device')} cpu everywhere.`,
};

export function isDeviceWord(word: string): word is DeviceWord {
  return (DEVICE_WORDS as readonly string[]).includes(word);
}

/** The device of a value of the option, without the card's number, and that number. `auto` must have been decided. */
export function deviceOf(word: string): { readonly device: Device; readonly card: number | undefined } {
  const [device, card] = word.split(':') as [Device, string | undefined];
  return { device, card: card === undefined ? undefined : Number(card) };
}

/** onnxruntime's folder of libraries for this platform. */
export function runtimeFolder(): string {
  const home = path.dirname(createRequire(import.meta.url).resolve('onnxruntime-node/package.json'));
  return path.join(home, 'bin', 'napi-v6', process.platform, process.arch);
}

/** The library with CUDA's execution provider, which onnxruntime loads on first use. */
export function cudaLibrary(): string {
  return path.join(runtimeFolder(), process.platform === 'win32' ? 'onnxruntime_providers_cuda.dll' : 'libonnxruntime_providers_cuda.so');
}

/**
 * Throws OPTION if the runtime lacks a device's own library, or if that lacks one of CUDA's: checked before it is loaded, as the runtime
 * would print its own messages, which do not name what is missing.
 */
export function checkDevice(device: Device): void {
  if (device !== 'cuda') return;
  const library = cudaLibrary();
  if (!existsSync(library)) throw absentDevice(device, `there is no ${path.basename(library)}`);
  if (process.platform !== 'linux') return;
  try {
    process.dlopen({ exports: {} }, library);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    // The system's loader names the library that it misses. That this is no module of Node's is expected.
    const [missing] = /\S+: cannot open shared object file/.exec(why) ?? [];
    if (missing !== undefined) {
      const name = missing.split(':')[0]!;
      throw new HarnessError('OPTION', {
        where: option('device'),
        what: `cuda is unavailable: there is no ${name}, which ${path.basename(library)} needs.`,
        hint: `Install that version of CUDA and cuDNN, and name their folder in LD_LIBRARY_PATH (docs/devices.md, "CUDA").`,
      });
    }
  }
}

/** The error for a device that the runtime fails to use, without the place in its sources that it names. */
export function absentDevice(device: Exclude<Device, 'cpu'>, why: string, cause?: unknown): HarnessError {
  return new HarnessError(
    'OPTION',
    { where: option('device'), what: `${device} is unavailable: ${withoutSource(why)}.`, hint: REMEDIES[device] },
    { cause },
  );
}

/** The error for a card that cannot multiply numbers of float16. */
export function withoutHalves(why: string, cause?: unknown): HarnessError {
  // The runtime's message is of a program for the card that it could not make.
  const reason = /requires f16 but the device does not support it/.test(why) ? 'its driver has no shader-f16' : withoutSource(why);
  return new HarnessError(
    'OPTION',
    {
      where: option('mixedPrecision'),
      what: `The card cannot compute in float16: ${reason}.`,
      hint: `Omit it, or use ${option('device')} cpu, which emulates it.`,
    },
    { cause },
  );
}

/** A message of the runtime without the place in its sources, as half a sentence. */
export function withoutSource(why: string): string {
  return why
    .replace(/^.* was false\. /s, '')
    .replace(/^no available backend found\. ERR: \[\w+\] /, '')
    .replace(/\.$/, '');
}
