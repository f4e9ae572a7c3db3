import { holm } from './holm.ts';
import { mcnemarExact } from './mcnemar.ts';
import { isCorrect, type Outcomes } from './outcomes.ts';

/** p-values of each being as good as the first, text by text (McNemar's exact test), adjusted for their number (Holm); of the first 1. All of the same texts. */
export function againstFirst(all: readonly Outcomes[]): number[] {
  const [first, ...others] = all;
  if (first === undefined) return [];
  return [1, ...holm(others.map((other) => {
    let [onlyFirst, onlySecond] = [0, 0];
    for (let i = 0; i < first.truth.length; i++) {
      const [a, b] = [isCorrect(first, i), isCorrect(other, i)];
      onlyFirst += Number(a && !b);
      onlySecond += Number(b && !a);
    }
    return mcnemarExact({ onlyFirst, onlySecond });
  }))];
}
