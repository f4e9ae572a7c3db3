/** Class names of a column with class numbers. */
export type ClassNames = readonly string[];

/**
 * Class names of a column from the `features` of the library datasets: a ClassLabel, or a list of them, in the forms of its versions 1 to 4
 * ([feature], Sequence, List, LargeList). Undefined if the column has none.
 */
export function classNamesOf(features: unknown, column: string): ClassNames | undefined {
  return namesOf(property(features, column), 0);
}

/** The same from a Parquet file's key-value metadata, where datasets and the hub store it. Throws if it is not JSON. */
export function parquetClassNames(metadata: unknown, column: string): ClassNames | undefined {
  const entries = Array.isArray(metadata) ? (metadata as unknown[]) : [];
  const found = entries.find((entry) => property(entry, 'key') === 'huggingface');
  const text = property(found, 'value');
  return typeof text === 'string' ? classNamesOf(property(property(JSON.parse(text), 'info'), 'features'), column) : undefined;
}

/** Maximum nesting of lists. */
const MOST_DEPTH = 4;

function namesOf(feature: unknown, depth: number): ClassNames | undefined {
  if (depth > MOST_DEPTH) return undefined;
  if (Array.isArray(feature)) return feature.length === 1 ? namesOf(feature[0], depth + 1) : undefined;
  if (property(feature, '_type') !== 'ClassLabel') {
    return property(feature, 'feature') === undefined ? undefined : namesOf(property(feature, 'feature'), depth + 1);
  }
  const names = property(feature, 'names');
  return Array.isArray(names) && names.every((name) => typeof name === 'string') ? names : undefined;
}

function property(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Readonly<Record<string, unknown>>)[name]
    : undefined;
}
