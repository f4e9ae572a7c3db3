import { groupBy } from '../../group-by.ts';
import type { Draw } from '../seeds.ts';

/** Where partners are drawn from: the batch, or the memory of earlier ones. */
export type PartnerPool = 'batch' | 'memory';

/** A text of the batch with another. */
export interface Pair {
  /** Index in the batch. */
  readonly text: number;
  readonly pool: PartnerPool;
  /** Index in the batch, or the class whose memory is the partner. */
  readonly partner: number;
  /** Target cosine of the pair. */
  readonly target: number;
}

/** Which pairs are compared. */
export interface PairRule {
  /** Pools in order of preference: the next one is used if a pool has no partner. */
  readonly pools: readonly PartnerPool[];
  /** One partner drawn at random, and the pair counts as often as it is drawn; or all partners, and an unordered pair counts once. */
  readonly take: 'one' | 'all';
  /** Target cosine for texts of the same class. Default: not compared. */
  readonly same?: number;
  /** Target cosine for texts of different classes. Default: not compared. */
  readonly different?: number;
}

export interface PairParams {
  readonly rule: PairRule;
  /** Dataset rows of the batch. */
  readonly rows: readonly number[];
  /** Class of each dataset row. */
  readonly labels: Int32Array;
  /** Dataset row of the remembered text, by class; -1 for none. */
  readonly memories: Int32Array;
  readonly draw: Draw;
}

/**
 * Visits the pairs of a batch. A text is not a partner of itself, nor is a memory of it; a text without a partner in any pool is in no
 * pair. Texts are visited in order, and for each first those of its class, then the others: draws follow this order. With `take: 'all'` a
 * pair of the batch is visited from both sides.
 */
export function visitPairs({ rule, rows, labels, memories, draw }: PairParams, visit: (pair: Pair) => void): void {
  const classOf = (position: number) => labels[rows[position]!]!;
  const positions = [...rows.keys()];
  const byClass = groupBy(positions, classOf);
  const others = new Map([...byClass.keys()].map((own) => [own, positions.filter((position) => classOf(position) !== own)]));
  const remembered = [...memories.keys()].filter((kept) => memories[kept] !== -1);

  const partners = (text: number, pool: PartnerPool, alike: boolean): readonly number[] => {
    const own = classOf(text);
    if (pool === 'memory') return remembered.filter((kept) => (kept === own) === alike && memories[kept] !== rows[text]);
    return alike ? byClass.get(own)!.filter((position) => rows[position] !== rows[text]) : others.get(own)!;
  };

  /** The first pool that has partners, with these partners. */
  const reach = (text: number, alike: boolean): readonly [PartnerPool, readonly number[]] => {
    for (const pool of rule.pools) {
      const found = partners(text, pool, alike);
      if (found.length > 0) return [pool, found];
    }
    return ['batch', []];
  };

  for (const text of positions) {
    for (const [alike, target] of [
      [true, rule.same],
      [false, rule.different],
    ] as const) {
      if (target === undefined) continue;
      const [pool, found] = reach(text, alike);
      if (found.length === 0) continue;
      const taken = rule.take === 'all' ? found : [found[draw(0, found.length - 1)]!];
      for (const partner of taken) visit({ text, pool, partner, target });
    }
  }
}
