/** The concatenation of all encoders of the run. */
export const CONCAT_ALL = 'concat-all';

/** `KEY@N` is KEY truncated after layer N. */
export function splitCut(key: string): { readonly base: string; readonly cut: string } {
  const match = /^(.+)@(\d+)$/.exec(key);
  return match === null ? { base: key, cut: '' } : { base: match[1]!, cut: match[2]! };
}
