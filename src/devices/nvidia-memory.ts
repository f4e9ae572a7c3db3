import { memoryOf, smallestMemory, type CardMemory } from './smallest-memory.ts';

const MIB = 2 ** 20;

/** What `nvidia-smi` is asked for; its answer is read by `nvidiaMemory`. */
export const NVIDIA_QUERY = ['--query-gpu=index,uuid,mig.mode.current,memory.total,memory.free', '--format=csv,noheader,nounits'] as const;

interface Card {
  readonly index: number;
  readonly uuid: string;
  /** undefined: unreadable, or the card is divided (MIG), so that a process has less than all of it. */
  readonly memory: CardMemory | undefined;
}

/**
 * The memory of a card in the answer of nvidia-smi, a line for each: of the one that CUDA takes by these variables, or without them, as for
 * WebGPU, of the smallest. undefined if a line is not understood: it might be that card's.
 */
export function nvidiaMemory(answer: string, visible?: Readonly<NodeJS.ProcessEnv>): CardMemory | undefined {
  const lines = answer.split('\n').filter((line) => line.trim() !== '');
  const cards = lines.map(cardIn);
  if (!cards.every((card) => card !== undefined)) return undefined;
  return smallestMemory((visible === undefined ? cards : taken(cards, visible)).map(({ memory }) => memory));
}

/**
 * The cards of which CUDA takes the first: those that the list names, by number or by the start of a UUID. Numbers are nvidia-smi's only if
 * cards are counted by their place on the bus; if not, CUDA counts from the fastest, and any may be meant.
 */
function taken(cards: readonly Card[], { CUDA_VISIBLE_DEVICES: list, CUDA_DEVICE_ORDER: order }: Readonly<NodeJS.ProcessEnv>): Card[] {
  const first = list === undefined ? '0' : list.split(',')[0]!.trim();
  if (/^\d+$/.test(first)) return order === 'PCI_BUS_ID' ? cards.filter(({ index }) => index === Number(first)) : [...cards];
  return /^GPU-/i.test(first) ? cards.filter(({ uuid }) => uuid.toLowerCase().startsWith(first.toLowerCase())) : [];
}

/** `0, GPU-5a…, Disabled, 24564, 23010`; what a card does not have is `[N/A]` or another word in brackets. */
function cardIn(line: string): Card | undefined {
  const fields = line.split(',').map((field) => field.trim());
  if (fields.length !== 5) return undefined;
  const [index, uuid, divided, total, free] = fields as [string, string, string, string, string];
  if (!/^\d{1,4}$/.test(index)) return undefined;
  const [all, left] = [bytesIn(total), bytesIn(free)];
  const isKnown = !/^enabled$/i.test(divided) && all !== undefined && left !== undefined && all > 0 && left <= all;
  return { index: Number(index), uuid, memory: isKnown ? memoryOf({ total: all, free: left }) : undefined };
}

/** Whole MiB, with or without the unit; a number with a point may be of thousands or a fraction. */
function bytesIn(field: string): number | undefined {
  const [, digits] = /^(\d{1,9})(?: MiB)?$/.exec(field) ?? [];
  return digits === undefined ? undefined : Number(digits) * MIB;
}
