import { mersenne } from 'pure-rand/generator/mersenne';
import { HarnessError } from '../../errors.ts';

/** Lengths in tokens, rounded up to whole blocks, at which the reference uses the paper's own plan. */
export const PAPER_LENGTHS: readonly number[] = [1024, 3072, 4096];
/** Random blocks of the paper's plan are among this many first tokens. */
const PAPER_REACH = 1024;

export interface RandomBlocksParams {
  /** Seed of numpy's generator: the reference uses the layer's index, from 0. */
  readonly seed: number;
  readonly heads: number;
  /** Tokens per block. */
  readonly block: number;
  /** Number of random blocks that a block attends to. */
  readonly random: number;
  /** Maximum length in tokens. */
  readonly positions: number;
}

/** As `RandomBlocksParams`, with the number of blocks of the longest text. */
interface Plan extends RandomBlocksParams {
  readonly blocks: number;
  readonly permute: (items: readonly number[]) => number[];
}

/**
 * The random blocks that BigBird's reference draws in training, as int32 [2, blocks - 2, heads, random] for the blocks of the longest text:
 * what each block but the first and the last attends to in each head, at [1] in a text of one of the `PAPER_LENGTHS`, at [0] in any other.
 * A text of n blocks has the first n - 2 rows.
 *
 * Source: transformers' modeling_big_bird.py. [1] is `_bigbird_block_rand_mask`; [0] is `_bigbird_block_rand_mask_with_head` with the plan
 * of `_get_rand_attn_plan` for all texts long enough for sparse attention.
 *
 * Throws FORMAT if there are fewer blocks than are to be drawn.
 */
export function trainedRandomBlocks(params: RandomBlocksParams): Int32Array<ArrayBuffer> {
  const { seed, heads, block, random, positions } = params;
  const blocks = Math.ceil(positions / block);
  const plan = (): Plan => ({ ...params, blocks, permute: permutation(seed) });
  const rows = [...drawnEvenly(plan()), ...(positions < PAPER_LENGTHS[0]! ? [] : drawnAsInPaper(plan()))];
  if (rows.some((row) => row.length !== random)) {
    throw new HarnessError('FORMAT', {
      what: `Blocks of ${block} tokens are too large to draw ${random} at random.`,
      hint: 'Use the random blocks of evaluation.',
    });
  }
  const table = new Int32Array(2 * (blocks - 2) * heads * random);
  table.set(rows.flat());
  return table;
}

/** From the first 5 + 2 * random blocks; [blocks - 2] by [heads] rows. */
function drawnEvenly({ blocks, heads, random, permute }: Plan): number[][] {
  const end = 2 * random + 5;
  const from = Array.from({ length: end }, (_, i) => i);
  return Array.from({ length: (blocks - 2) * heads }, (_, i) => {
    const own = 1 + Math.floor(i / heads);
    const seen = new Set([0, own - 1, own, own + 1, end - 1, ...(own === 1 ? [end - 2] : []), ...(own === end - 2 ? [1] : [])]);
    return permute(from)
      .filter((each) => !seen.has(each))
      .slice(0, random);
  });
}

/** Per head, from the blocks of the first `PAPER_REACH` tokens; also in the order [blocks - 2] by [heads]. */
function drawnAsInPaper({ blocks, heads, block, random, permute }: Plan): number[][] {
  const middle = Array.from({ length: blocks - 2 }, (_, i) => i + 1);
  const last = PAPER_REACH > 2 * block ? Math.floor(PAPER_REACH / block) - 1 : blocks - 1;
  const candidates = (own: number): number[] => {
    if (own === 1) return middle.slice(2, last);
    if (own === 2) return middle.slice(3, last);
    if (own >= blocks - 3) return middle.slice(0, last);
    const start = own - 2;
    if (start > last) return middle.slice(0, last);
    return own + 1 === last ? middle.slice(0, start) : [...middle.slice(0, start), ...middle.slice(own + 1, last)];
  };
  const ofHead = Array.from({ length: heads }, () => middle.map((own) => permute(candidates(own)).slice(0, random)));
  return middle.flatMap((_, row) => ofHead.map((rows) => rows[row]!));
}

/**
 * numpy's `np.random.seed(seed)`, then repeated `np.random.permutation`: the MT19937 of Matsumoto & Nishimura (1998), and Fisher-Yates from
 * the back with rejection sampling (numpy/random/mtrand.pyx `shuffle`, distributions.c `random_interval`).
 */
export function permutation(seed: number): (items: readonly number[]) => number[] {
  const generator = mersenne(seed);
  const upTo = (most: number): number => {
    const mask = 2 ** (32 - Math.clz32(most)) - 1;
    for (;;) {
      const drawn = generator.next() & mask;
      if (drawn <= most) return drawn;
    }
  };
  return (items) => {
    const permuted = [...items];
    for (let i = permuted.length - 1; i > 0; i--) {
      const j = upTo(i);
      [permuted[i], permuted[j]] = [permuted[j]!, permuted[i]!];
    }
    return permuted;
  };
}
