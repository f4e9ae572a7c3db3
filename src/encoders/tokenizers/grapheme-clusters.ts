/** The time per cluster of a segmenter grows with its input, so it gets small pieces. */
const WINDOW = 64;
/** Created on first use: that takes longer than everything else in opening a tokenizer, and most never need it. */
let segmenter: Intl.Segmenter | undefined;

/** Extended grapheme clusters of a text, in order: a character with its combining marks, joiners and modifiers. */
export function* graphemeClusters(text: string): Generator<string> {
  segmenter ??= new Intl.Segmenter('und', { granularity: 'grapheme' });
  let width = WINDOW;
  for (let at = 0; at < text.length;) {
    const end = endOfCharacter(text, at + width - 1);
    const clusters = segmenter.segment(text.slice(at, end))[Symbol.iterator]();
    let cluster = clusters.next().value!.segment;
    const begun = at;
    for (let next = clusters.next(); next.done !== true; next = clusters.next()) {
      yield cluster;
      at += cluster.length;
      cluster = next.value.segment;
      // In a window widened for one long cluster, the others would take long.
      if (width > WINDOW) break;
    }
    if (at + cluster.length === text.length) {
      yield cluster;
      return;
    }
    // The last one may continue after the window: it is read again, in a wider window if needed.
    width = at === begun ? width * 2 : WINDOW;
  }
}

/** End of the character at an index. */
export function endOfCharacter(text: string, at: number): number {
  return Math.min(text.length, at + (text.codePointAt(at)! > 0xffff ? 2 : 1));
}

/** Start of the character at an index. */
export function startOfCharacter(text: string, at: number): number {
  return text.codePointAt(at - 1)! > 0xffff ? at - 1 : at;
}
