/**
 * Class probabilities. Both kinds of classifier compute logits first: a head directly, votes by conversion. So one temperature calibrates
 * either (Guo et al. 2017), and can be fitted on logits only.
 */

export interface VoteLogitsParams {
  /** [classes] Vote share of each class: they sum to 1, except for multi-label texts. */
  readonly shares: ArrayLike<number>;
  /** Number of neighbours that voted. */
  readonly k: number;
  readonly multiLabel: boolean;
}

/**
 * [classes] Votes as logits: log(s + 1 / (k * classes)), so that a class without a vote is not impossible; for multi-label texts, the
 * log-odds of (s * k + 0.5) / (k + 1). Both preserve the order of the shares.
 */
export function voteLogits({ shares, k, multiLabel }: VoteLogitsParams): Float64Array {
  const logits = new Float64Array(shares.length);
  for (let c = 0; c < logits.length; c++) {
    const share = Math.min(1, Math.max(0, shares[c]!)); // sums of weights may be off in their last digit
    const on = (share * k + 0.5) / (k + 1);
    logits[c] = multiLabel ? Math.log(on / (1 - on)) : Math.log(share + 1 / (k * logits.length));
  }
  return logits;
}

export interface ProbabilitiesParams {
  readonly temperature: number;
  /** Independent classes: sigmoids. Else a softmax. */
  readonly multiLabel: boolean;
}

/** [classes] Probabilities of logits divided by a temperature. Computed in float64. */
export function probabilities(logits: ArrayLike<number>, { temperature, multiLabel }: ProbabilitiesParams): Float64Array {
  const values = Float64Array.from(logits, (logit) => logit / temperature);
  if (multiLabel) return values.map((value) => 1 / (1 + Math.exp(-value)));
  let most = -Infinity;
  for (const value of values) most = Math.max(most, value);
  let sum = 0;
  for (let c = 0; c < values.length; c++) sum += values[c] = Math.exp(values[c]! - most);
  return values.map((value) => value / sum);
}
