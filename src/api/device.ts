import { decideDevice, trainsInHalves, type OnDevice } from '../experiment/device/decide-device.ts';
import { DEVICE_TAKES, isDeviceWord } from '../devices/device.ts';
import { HarnessError, shown } from '../errors.ts';
import type { Opened } from './options.ts';

/** Throws OPTION unless it is a value of the option. */
export function checkDeviceWord(word: unknown): void {
  if (typeof word === 'string' && isDeviceWord(word)) return;
  throw new HarnessError('OPTION', { where: 'device', what: `It takes ${DEVICE_TAKES}, got ${shown(word)}.` });
}

/** The request with the device that it runs on, instead of `auto`, whose choice is an event. Throws OPTION. */
export async function onDevice<R extends OnDevice>(request: R, { progress }: Pick<Opened, 'progress'>): Promise<R> {
  const { device, why } = await decideDevice({ word: request.device, halves: trainsInHalves(request) });
  if (why !== undefined) progress.log(why);
  return { ...request, device };
}
