import { firstEqual } from './equal-texts.ts';

export interface TogetherParams {
  readonly texts: readonly string[];
  /** Class of each text. */
  readonly classes: readonly string[];
  /** Rows drawn for the part that is held out. */
  readonly drawn: readonly number[];
}

export interface Together {
  /** Rows of the part, ascending: those drawn, if no text is on both sides. */
  readonly rows: readonly number[];
  /** Number of rows that changed sides. */
  readonly moved: number;
}

/**
 * Keeps copies of a text on one side of a split. Each group of copies that the draw separated goes where the part's share of its class
 * stays closest to what was drawn, then the part as a whole; if both sides are equally good, where its first row is. Neither side is
 * emptied.
 */
export function keepTogether({ texts, classes, drawn }: TogetherParams): Together {
  const first = firstEqual(texts);
  const part = new Set(drawn);
  const copies = new Map<number, number[]>();
  for (const [row, head] of first.entries()) {
    const rows = copies.get(head);
    if (rows !== undefined) rows.push(row);
    else if (head !== row) copies.set(head, [head, row]);
  }
  const surplus = new Map<string, number>();
  let whole = 0;
  let moved = 0;
  for (const [head, rows] of copies) {
    const inside = rows.filter((row) => part.has(row));
    const outside = rows.filter((row) => !part.has(row));
    if (inside.length === 0 || outside.length === 0) continue;
    const own = surplus.get(classes[head]!) ?? 0;
    const nearer =
      Math.abs(own + outside.length) - Math.abs(own - inside.length) || Math.abs(whole + outside.length) - Math.abs(whole - inside.length);
    const emptied = { part: inside.length === part.size, rest: outside.length === texts.length - part.size };
    const joins = emptied.part !== emptied.rest ? emptied.part : nearer < 0 || (nearer === 0 && part.has(head));
    const change = joins ? outside.length : -inside.length;
    for (const row of joins ? outside : inside) {
      if (joins) part.add(row);
      else part.delete(row);
    }
    surplus.set(classes[head]!, own + change);
    whole += change;
    moved += Math.abs(change);
  }
  return { rows: moved === 0 ? drawn : [...part].toSorted((a, b) => a - b), moved };
}
