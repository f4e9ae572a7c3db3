import { existsSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { temporaryFolder } from './temporary.ts';

/** A Vulkan driver in software, as Debian's chromium brings it: right, and slow. */
const DRIVER = '/usr/lib/chromium/vk_swiftshader_icd.json';
/** What looks for drivers: Debian's, or chromium's own. */
const LOADERS = [
  '/usr/lib/x86_64-linux-gnu/libvulkan.so.1',
  '/usr/lib/aarch64-linux-gnu/libvulkan.so.1',
  '/usr/lib/chromium/libvulkan.so.1',
];

/** Why WebGPU cannot be tried here; false where it can. */
export const noWebgpu: string | false =
  process.env['VK_ICD_FILENAMES'] !== undefined || (existsSync(DRIVER) && LOADERS.some((file) => existsSync(file)))
    ? false
    : 'needs a Vulkan driver (Debian: chromium for its software driver)';

// Made where the specs begin, for what one spec makes is removed with it.
const folder = temporaryFolder();

/** What a process that is to find a driver has in its environment: it is read when the process starts. */
export function driverVariables(): Record<string, string> {
  const { VK_ICD_FILENAMES: own, LD_LIBRARY_PATH: libraries } = process.env;
  const loader = LOADERS.find((file) => existsSync(file));
  if (own !== undefined || loader === undefined) return {};
  // Chromium's folder has more libraries than the loader, which are for chromium alone.
  const link = path.join(folder, 'libvulkan.so.1');
  if (!existsSync(link)) symlinkSync(loader, link);
  return { VK_ICD_FILENAMES: DRIVER, LD_LIBRARY_PATH: [folder, libraries].filter(Boolean).join(':') };
}

/** The whole environment of such a process. */
export function webgpuEnvironment(): NodeJS.ProcessEnv {
  return { ...process.env, ...driverVariables() };
}
