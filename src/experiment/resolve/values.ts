export function unique<T>(values: readonly T[]): T[] {
  return [...new Set(values)];
}

export function ascending(values: readonly number[]): number[] {
  return unique(values).toSorted((a, b) => a - b);
}
