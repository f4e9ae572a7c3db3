import { bounded } from '../../errors.ts';

/** Characters of a text shown on a page. */
const TEXT_LETTERS = 400;
/** Maximum characters of all texts of a page: it is one file that a browser loads whole. */
const MOST_LETTERS = 8_000_000;

/** The texts of a page, each once and truncated, up to the total limit. */
export class PageTexts {
  #letters = 0;
  /** Texts over the total limit. */
  left = 0;
  /** Number of truncated texts. */
  cut = 0;

  /** Adds the texts of rows that a page shows to `known`. */
  take(rows: Iterable<number>, texts: readonly string[], known: Record<number, string>): void {
    for (const row of rows) {
      if (Object.hasOwn(known, row)) continue;
      const text = texts[row]!;
      const shown = bounded(text, TEXT_LETTERS);
      if (this.#letters + shown.length > MOST_LETTERS) {
        this.left++;
        continue;
      }
      if (text.length > TEXT_LETTERS) this.cut++;
      this.#letters += shown.length;
      known[row] = shown;
    }
  }

  /** Note on what was left out; empty if nothing was. */
  get notes(): string[] {
    return [
      ...(this.cut > 0
        ? [`${this.cut.toLocaleString('en')} long ${this.cut === 1 ? 'text' : 'texts'} truncated to ${TEXT_LETTERS} characters.`]
        : []),
      ...(this.left > 0
        ? [
            `${this.left.toLocaleString('en')} ${this.left === 1 ? 'text' : 'texts'} left out: the page holds at most ${MOST_LETTERS / 1e6} million characters of text.`,
          ]
        : []),
    ];
  }
}
