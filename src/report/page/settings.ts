/** Settings that distinguish rows of the same name, in words. */

type Cell = Readonly<Record<string, string>>;

/** Settings of the search and of the estimator: with others, scores are not comparable. */
export const MEASURED_BY = ['k', 'metric', 'votes', 'index', 'seed', 'source_field'] as const;
/** Settings of the encoder: with others it is a different encoder of the same name. */
export const ENCODED_BY = ['prompt', 'dtype', 'attention', 'max_length', 'device'] as const;
/** Those that are not among the choices of a run: an encoder with others was run twice. */
export const VARIED_BY = ['dtype', 'attention', 'max_length', 'device'] as const;
type Setting = (typeof MEASURED_BY)[number] | (typeof ENCODED_BY)[number];

/** Prefix of a value that is not self-explanatory. */
const BEFORE: Readonly<Partial<Record<Setting, string>>> = {
  k: 'k ',
  votes: 'votes ',
  index: 'index ',
  seed: 'seed ',
  source_field: 'of ',
  attention: 'attention ',
  prompt: 'prompt ',
  max_length: 'max length ',
  device: 'on ',
};

/** A function that describes a row by its values of the columns in which these rows differ. */
export function distinguishingSettings(rows: readonly Cell[], columns: readonly Setting[]): (row: Cell) => string[] {
  const telling = columns.filter((column) => new Set(rows.map((row) => row[column] ?? '')).size > 1);
  return (row) => telling.filter((column) => (row[column] ?? '') !== '').map((column) => `${BEFORE[column] ?? ''}${row[column]}`);
}
