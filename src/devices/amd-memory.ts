import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { memoryOf, type CardMemory } from './smallest-memory.ts';

/** What Linux says about graphics cards. */
export const SYSFS_CARDS = '/sys/class/drm';

/**
 * The memory of AMD's cards, from what the driver amdgpu says of them in a folder of sysfs; none where there are none. A processor's
 * integrated graphics, whose memory has no vendor, are left out: what the driver says of them is the part that the firmware keeps from the
 * machine's memory, and they use more.
 */
export function amdMemories(folder = SYSFS_CARDS): (CardMemory | undefined)[] {
  return cardsIn(folder).flatMap((card) => {
    const read = (name: string) => contentOf(path.join(folder, card, 'device', name));
    const total = read('mem_info_vram_total');
    // Another driver's.
    if (total === undefined) return [];
    const vendor = read('mem_info_vram_vendor');
    if (vendor === undefined || vendor === 'unknown') return [];
    const [all, used] = [bytesIn(total), bytesIn(read('mem_info_vram_used') ?? '')];
    return [all === undefined || used === undefined || all === 0 || used > all ? undefined : memoryOf({ total: all, free: all - used })];
  });
}

function cardsIn(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => /^card\d+$/.test(name))
      .toSorted();
  } catch {
    return [];
  }
}

function contentOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return undefined;
  }
}

function bytesIn(field: string): number | undefined {
  return /^\d{1,15}$/.test(field) ? Number(field) : undefined;
}
