import type { RunsOn } from '../../src/experiment/resolve/experiment.ts';
import { decideDevice, trainsInHalves, type OnDevice } from '../../src/experiment/device/decide-device.ts';
import { deviceWord } from '../flags/inputs.ts';
import type { Arguments } from '../command-module.ts';

/** The request with the device that it runs on, instead of `auto`, whose choice is printed by `log`. Throws OPTION. */
export async function onDevice<R extends OnDevice>(request: R, log: (line: string) => void, runsOn?: RunsOn): Promise<R> {
  const { device, why } = await decideDevice({ word: request.device, runsOn, halves: trainsInHalves(request) });
  if (why !== undefined) log(why);
  return { ...request, device };
}

/** The same for flags. */
export async function flagsOnDevice(argv: Arguments, log: (line: string) => void): Promise<Arguments> {
  const { device } = await onDevice({ device: deviceWord(argv) }, log);
  return { ...argv, device };
}
