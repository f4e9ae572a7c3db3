import { cholesky } from '../numeric/cholesky.ts';
import { randomNormals } from '../numeric/normals.ts';
import { expectations, type Component, type ExpectationParams } from './expectations.ts';

/** Half a percentage point: a loss small enough that the choice still counts as right. */
export const MARGIN = 0.005;

/** Enough for a standard error of half a percentage point at a probability of 0.1. */
const DRAWS = 4000;

export interface Claim {
  /** Probability that some other candidate, trained on the full training set, has an expected score better by more than the margin. */
  readonly chance: number;
  readonly margin: number;
  /** The same probability for each candidate separately; 0 for the winner. */
  readonly each: Readonly<Record<string, number>>;
}

/** How certain a choice is, by joint draws from the distribution of the candidates' expected scores. With one candidate the chance is 0. */
export function claimOf({
  winner,
  margin = MARGIN,
  ...params
}: ExpectationParams & { readonly winner: string; readonly margin?: number | undefined }): Claim {
  const at = params.candidates.findIndex(({ name }) => name === winner);
  const n = params.candidates.length;
  const better = params.candidates.map(() => 0);
  let any = 0;
  eachDraw(expectations(params), n, (drawn) => {
    let found = 0;
    for (let c = 0; c < n; c++) {
      if (c === at || !(drawn[c]! > drawn[at]! + margin)) continue;
      better[c]!++;
      found = 1;
    }
    any += found;
  });
  return { chance: any / DRAWS, margin, each: Object.fromEntries(params.candidates.map(({ name }, c) => [name, better[c]! / DRAWS])) };
}

function eachDraw(components: readonly Component[], n: number, visit: (drawn: Float64Array) => void): void {
  const normal = randomNormals(1);
  const drawn = new Float64Array(n);
  const z = new Float64Array(n);
  let [taken, share] = [0, 0];
  for (const { weight, mean, covariance } of components) {
    share += weight;
    const end = Math.round(share * DRAWS);
    if (end === taken) continue;
    const l = cholesky(withRidge(covariance, n), n);
    for (; taken < end; taken++) {
      for (let c = 0; c < n; c++) z[c] = normal();
      for (let c = 0; c < n; c++) {
        let sum = mean[c]!;
        for (let k = 0; k <= c; k++) sum += l[c * n + k]! * z[k]!;
        drawn[c] = sum;
      }
      visit(drawn);
    }
  }
}

/** Rounding may make a near-zero variance negative. */
function withRidge(covariance: Float64Array, n: number): Float64Array {
  return covariance.map((value, at) => (at % (n + 1) === 0 ? value + 1e-10 : value));
}
