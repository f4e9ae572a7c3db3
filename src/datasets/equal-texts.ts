/** The form in which two texts are compared: without the white space around them, of whatever kind Unicode knows. */
export function comparable(text: string): string {
  return text.trim();
}

/**
 * The texts of rows, to be compared: of a pair both in one, with a character between them that no text has. Pairs in another order differ.
 */
export function rowTexts(texts: readonly string[], seconds: readonly (string | undefined)[] | undefined): readonly string[] {
  if (seconds === undefined) return texts;
  return texts.map((text, row) => (seconds[row] === undefined ? text : `${comparable(text)}\0${comparable(seconds[row])}`));
}

/** Row of the first text that equals each one after trimming [n]: rows of one number are copies of one text. */
export function firstEqual(texts: readonly string[]): Int32Array {
  const first = new Map<string, number>();
  return Int32Array.from(texts, (text, row) => {
    const key = comparable(text);
    const found = first.get(key);
    if (found === undefined) first.set(key, row);
    return found ?? row;
  });
}
