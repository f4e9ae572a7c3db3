import { workerData } from 'node:worker_threads';

/** Start data of the thread that several share. */
export interface SharedData {
  readonly shared: true;
}

/** Whether this is that thread. */
export function isShared(): boolean {
  return (workerData as Partial<SharedData> | null | undefined)?.shared === true;
}
