import type { Device } from '../../src/devices/device.ts';

/** The device of specs that compare training with torch. Default: cpu; all of them hold on webgpu, too. */
export const TRIED_DEVICE = (process.env['DEVICE'] ?? 'cpu') as Device;
