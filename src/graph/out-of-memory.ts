import { reason } from '../errors.ts';

/**
 * Whether onnxruntime failed for lack of memory: of the machine (`bad allocation`, `Failed to allocate memory for requested buffer`), or of
 * a card. WebGPU says so when a buffer is too large for the device (`Buffer size (…) exceeds the max buffer size limit`), and uses a buffer
 * that it did not get as an invalid one; CUDA says `out of memory`. A session is usable afterwards.
 */
export function isOutOfMemory(error: unknown): boolean {
  return /bad.?alloc|allocat|out of memory|OUT_OF_DEVICE_MEMORY|max buffer size|\[Invalid Buffer/i.test(reason(error));
}
