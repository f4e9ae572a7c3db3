/** Scales a vector to length 1, as torch's normalize does: what is shorter than 1e-12 is divided by that. */
export function scaleToUnit(vector: Float32Array): void {
  let sum = 0;
  for (const value of vector) sum += value * value;
  const length = Math.max(Math.sqrt(sum), 1e-12);
  for (let i = 0; i < vector.length; i++) vector[i]! /= length;
}
