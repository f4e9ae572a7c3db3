import { bounded } from '../../errors.ts';

/** Letters of a text that a page shows. */
const TEXT_LETTERS = 400;
/** Letters of all texts of a page: it is one file that a browser reads whole. */
const MOST_LETTERS = 8_000_000;

/** The texts of a page, each once and bounded, until there is no place left. */
export class PageTexts {
  #letters = 0;
  /** Texts without a place. */
  left = 0;
  /** Texts of which the beginning alone is shown. */
  cut = 0;

  /** Notes the texts of rows that a page shows in `known`. */
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

  /** What was left out, as a line; none where nothing was. */
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
