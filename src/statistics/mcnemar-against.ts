import { mcnemarExact } from './mcnemar.ts';

/** Which of n texts are correct: bit t % 32 of word t / 32. */
export type CorrectTexts = Uint32Array;

/**
 * McNemar's exact test of each of k against one of them, all on the same texts: [k], 1 for that one. Texts are counted 32 at a time, so
 * that a table of hundreds of scores costs milliseconds.
 */
export function mcnemarAgainst(all: readonly CorrectTexts[], best: number): number[] {
  const first = all[best]!;
  return all.map((second) => {
    let [onlyFirst, onlySecond] = [0, 0];
    for (let w = 0; w < first.length; w++) {
      onlyFirst += ones(first[w]! & ~second[w]!);
      onlySecond += ones(second[w]! & ~first[w]!);
    }
    return mcnemarExact({ onlyFirst, onlySecond });
  });
}

/** Bits that are set (Warren 2013, 5-1). */
export function ones(word: number): number {
  let x = word - ((word >>> 1) & 0x55555555);
  x = (x & 0x33333333) + ((x >>> 2) & 0x33333333);
  return Math.imul((x + (x >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
