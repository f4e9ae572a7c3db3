/** `embeddings` (all that stands before the first layer) or the number of a layer, by the names that checkpoints give to weights. */
export function isFrozen(name: string, freeze: readonly (string | number)[]): boolean {
  const [, layer] = /(?:^|[./])(?:layer|layers|h|block)[./](\d+)[./]/.exec(name) ?? [];
  if (layer !== undefined) return freeze.includes(Number(layer));
  return freeze.includes('embeddings') && /embed/i.test(name);
}
