import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { HarnessError, option } from '../errors.ts';

export const DEVICES = ['cpu', 'webgpu', 'cuda'] as const;
export type Device = (typeof DEVICES)[number];

const REMEDIES: Readonly<Record<Exclude<Device, 'cpu'>, string>> = {
  webgpu: `It needs a graphics driver (Vulkan, Metal or Direct3D 12); ${option('device')} cpu runs everywhere.`,
  cuda: `Its libraries come with onnxruntime-node's install script, which was skipped (docs/fine-tuning.md, "Graphics cards"); ${option('device')} cpu runs everywhere.`,
};

/** Throws OPTION if the runtime lacks the libraries of a device: checked before it is loaded, as it would print its own messages. */
export function checkDevice(device: Device): void {
  if (device !== 'cuda') return;
  const folder = path.join(
    path.dirname(createRequire(import.meta.url).resolve('onnxruntime-node/package.json')),
    'bin',
    'napi-v6',
    process.platform,
    process.arch,
  );
  const library = process.platform === 'win32' ? 'onnxruntime_providers_cuda.dll' : 'libonnxruntime_providers_cuda.so';
  if (!existsSync(path.join(folder, library))) throw absentDevice(device, `there is no ${library}`);
}

/** The error for a device that the runtime fails to use, without the place in its sources that it names. */
export function absentDevice(device: Exclude<Device, 'cpu'>, why: string, cause?: unknown): HarnessError {
  return new HarnessError(
    'OPTION',
    {
      where: option('device'),
      what: `${device} is unavailable: ${why.replace(/^.* was false\. /s, '').replace(/\.$/, '')}.`,
      hint: REMEDIES[device],
    },
    { cause },
  );
}
