export { shown } from '../../errors.ts';

/** An unvalidated node of a tokenizer.json. */
export type JsonNode = Readonly<Record<string, unknown>>;

/** Throws an Error with the sentence, to which a caller will add the location. */
export function must(condition: boolean, what: string): asserts condition {
  if (!condition) throw new Error(what);
}

export function isJsonNode(value: unknown): value is JsonNode {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A node of a tokenizer.json that must be an object. */
export function asJsonNode(value: unknown, name: string): JsonNode {
  must(isJsonNode(value), `${name} is not an object`);
  return value;
}

/** A list of nodes: `normalizers`, `pretokenizers` and `processors` of a Sequence. */
export function asJsonNodes(value: unknown, name: string): readonly JsonNode[] {
  must(Array.isArray(value), `${name} is not a list`);
  return value.map((node, i) => asJsonNode(node, `${name}[${i}]`));
}

/** A boolean, or its default. */
export function asFlag(value: unknown, fallback: boolean): boolean {
  return typeof value === 'boolean' ? value : fallback;
}

export function asString(value: unknown, name: string): string {
  must(typeof value === 'string', `${name} is not a string`);
  return value;
}

export function isId(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < 2 ** 31;
}

/** A token's id. */
export function asId(value: unknown, name: string): number {
  must(isId(value), `${name} is not a token id`);
  return value;
}
