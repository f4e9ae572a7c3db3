import { groupBy } from '../../group-by.ts';
import type { Draw } from '../seeds.ts';

/** Where partners are looked for. */
export type Place = 'batch' | 'memory';

/** A text of the batch with another. */
export interface Pair {
  /** Position in the batch. */
  readonly text: number;
  readonly place: Place;
  /** Position in the batch, or the class whose memory is the partner. */
  readonly partner: number;
  /** The cosine that the pair shall have. */
  readonly target: number;
}

/** Which pairs are compared. */
export interface PairRule {
  /** Places in the order in which they are asked: the next one where a place has no partner. */
  readonly places: readonly Place[];
  /** One partner drawn at random, and the pair counts as often as it is drawn; or all partners, and an unordered pair counts once. */
  readonly take: 'one' | 'all';
  /** The cosine for texts of the same class; left out: they are not compared. */
  readonly same?: number;
  /** The cosine for texts of different classes; left out: they are not compared. */
  readonly different?: number;
}

export interface PairParams {
  readonly rule: PairRule;
  /** Corpus rows of the batch. */
  readonly rows: readonly number[];
  /** Class of each corpus row. */
  readonly labels: Int32Array;
  /** Corpus row of the text that is remembered, by class; -1 for none. */
  readonly memories: Int32Array;
  readonly draw: Draw;
}

/**
 * Visits the pairs of a batch. A text is no partner of itself, nor is a memory of it; a text without a partner in any place is in no pair. Texts
 * come in order, and for each first those of its class, then the others: draws follow this order. With `take: 'all'` a pair of the batch is visited from
 * both sides.
 */
export function visitPairs({ rule, rows, labels, memories, draw }: PairParams, visit: (pair: Pair) => void): void {
  const classOf = (position: number) => labels[rows[position]!]!;
  const positions = [...rows.keys()];
  const byClass = groupBy(positions, classOf);
  const others = new Map([...byClass.keys()].map((own) => [own, positions.filter((position) => classOf(position) !== own)]));
  const remembered = [...memories.keys()].filter((kept) => memories[kept] !== -1);

  const partners = (text: number, place: Place, alike: boolean): readonly number[] => {
    const own = classOf(text);
    if (place === 'memory') return remembered.filter((kept) => (kept === own) === alike && memories[kept] !== rows[text]);
    return alike ? byClass.get(own)!.filter((position) => rows[position] !== rows[text]) : others.get(own)!;
  };

  /** The first place that has partners, and those. */
  const reach = (text: number, alike: boolean): readonly [Place, readonly number[]] => {
    for (const place of rule.places) {
      const found = partners(text, place, alike);
      if (found.length > 0) return [place, found];
    }
    return ['batch', []];
  };

  for (const text of positions) {
    for (const [alike, target] of [[true, rule.same], [false, rule.different]] as const) {
      if (target === undefined) continue;
      const [place, found] = reach(text, alike);
      if (found.length === 0) continue;
      const taken = rule.take === 'all' ? found : [found[draw(0, found.length - 1)]!];
      for (const partner of taken) visit({ text, place, partner, target });
    }
  }
}
