/** The time that a segmenter takes for a cluster grows with the text that it was given, so it is given little at a time. */
const WINDOW = 64;
/** Made when it is first needed: that takes longer than all else when a tokenizer is opened, and most never need it. */
let segmenter: Intl.Segmenter | undefined;

/** Extended grapheme clusters of a text, in order: a character with the marks, joiners and modifiers that belong to it. */
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
      // In a wide window, made for one long cluster, the others would take long.
      if (width > WINDOW) break;
    }
    if (at + cluster.length === text.length) {
      yield cluster;
      return;
    }
    // The last one may go on behind the window: it is read again, alone in a wider one if need be.
    width = at === begun ? width * 2 : WINDOW;
  }
}

/** Where the character ends that a place is in. */
export function endOfCharacter(text: string, at: number): number {
  return Math.min(text.length, at + (text.codePointAt(at)! > 0xffff ? 2 : 1));
}

/** Where the character begins that a place is in. */
export function startOfCharacter(text: string, at: number): number {
  return text.codePointAt(at - 1)! > 0xffff ? at - 1 : at;
}
