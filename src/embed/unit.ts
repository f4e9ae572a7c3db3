/** Scales a vector to length 1, as torch's normalize does: what is shorter than 1e-12 is divided by that. */
export function scaleToUnit(vector: Float32Array): void {
  let sum = 0;
  // Not by an iterator: of static encoders this is a share of the time.
  for (let i = 0; i < vector.length; i++) sum += vector[i]! * vector[i]!;
  const length = Math.max(Math.sqrt(sum), 1e-12);
  for (let i = 0; i < vector.length; i++) vector[i]! /= length;
}
