import { cholesky } from '../numeric/cholesky.ts';
import { randomNormals } from '../numeric/normals.ts';
import { expectations, type Component, type ExpectationParams } from './expectations.ts';

/** Half a point: what a choice may miss and be as good as right. */
export const MARGIN = 0.005;

/** A probability of a tenth to half a percent. */
const DRAWS = 4000;

export interface Claim {
  /** How probable it is that another candidate, trained on all of train, is expected to score better by more than the margin. */
  readonly chance: number;
  readonly margin: number;
  /** How probable it is of each candidate by itself; of the winner 0. */
  readonly each: Readonly<Record<string, number>>;
}

/** What is known of a choice, by joint draws from what the candidates are expected to score. Of one candidate the chance is 0. */
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

/** Rounding may leave a variance of next to nothing below 0. */
function withRidge(covariance: Float64Array, n: number): Float64Array {
  return covariance.map((value, at) => (at % (n + 1) === 0 ? value + 1e-10 : value));
}
