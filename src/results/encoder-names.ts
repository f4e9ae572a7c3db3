/** The encoder that is all encoders of the run side by side. */
export const CONCAT_ALL = 'concat-all';

/** `KEY@N` is KEY cut after layer N. */
export function splitCut(key: string): { readonly base: string; readonly cut: string } {
  const match = /^(.+)@(\d+)$/.exec(key);
  return match === null ? { base: key, cut: '' } : { base: match[1]!, cut: match[2]! };
}
