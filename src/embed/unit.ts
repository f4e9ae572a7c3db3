/** Normalises a vector to length 1, as torch's normalize does: shorter ones than 1e-12 are divided by that. */
export function scaleToUnit(vector: Float32Array): void {
  let sum = 0;
  // No iterator: for static encoders this loop is a relevant share of the time.
  for (let i = 0; i < vector.length; i++) sum += vector[i]! * vector[i]!;
  const length = Math.max(Math.sqrt(sum), 1e-12);
  for (let i = 0; i < vector.length; i++) vector[i]! /= length;
}
