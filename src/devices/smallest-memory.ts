/** Memory of a graphics card, in bytes. */
export interface CardMemory {
  readonly total: number;
  /** When it was asked for. */
  readonly free: number;
  /** Total of the largest card that it may be: more than `total` if it is unknown which of several is used. */
  readonly atMost: number;
}

/** The smallest of several cards of which any may be the one. undefined if one of them is unknown, or there is none. */
export function smallestMemory(memories: readonly (CardMemory | undefined)[]): CardMemory | undefined {
  if (memories.length === 0 || !memories.every((memory) => memory !== undefined)) return undefined;
  return {
    total: Math.min(...memories.map(({ total }) => total)),
    free: Math.min(...memories.map(({ free }) => free)),
    atMost: Math.max(...memories.map(({ atMost }) => atMost)),
  };
}

/** Of one card. */
export function memoryOf({ total, free }: Pick<CardMemory, 'total' | 'free'>): CardMemory {
  return { total, free, atMost: total };
}
