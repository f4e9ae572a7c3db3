/** Normal form for comparing texts: without surrounding white space of any kind in Unicode. */
export function comparable(text: string): string {
  return text.trim();
}

/** The texts of rows for comparison: both texts of a pair joined by a character that occurs in no text. The order within pairs matters. */
export function rowTexts(texts: readonly string[], seconds: readonly (string | undefined)[] | undefined): readonly string[] {
  if (seconds === undefined) return texts;
  return texts.map((text, row) => (seconds[row] === undefined ? text : `${comparable(text)}\0${comparable(seconds[row])}`));
}

/** Row of the first text that equals each one after trimming [n]: rows with the same number are copies of one text. */
export function firstEqual(texts: readonly string[]): Int32Array {
  const first = new Map<string, number>();
  return Int32Array.from(texts, (text, row) => {
    const key = comparable(text);
    const found = first.get(key);
    if (found === undefined) first.set(key, row);
    return found ?? row;
  });
}
