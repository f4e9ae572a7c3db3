import type { Outcomes } from '../../src/statistics/outcomes.ts';

/** Texts of one class, of which those are right whose sign is `1`. */
export function signs(text: string): Outcomes & { readonly kind: 'single' } {
  return {
    kind: 'single',
    truth: new Int32Array(text.length),
    predicted: Int32Array.from(text, (sign) => Number(sign === '0')),
    classes: 2,
  };
}

/** n texts, the first `right` of them correct, starting at `from`. */
export function share(n: number, right: number, from = 0): Outcomes & { readonly kind: 'single' } {
  return signs(Array.from({ length: n }, (_, text) => ((text - from + n) % n < right ? '1' : '0')).join(''));
}
