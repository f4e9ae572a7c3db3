import { cardMemory } from '../devices/card-memory.ts';
import type { Encoder } from '../encoders/encoder.ts';
import { gigabytes } from '../encoders/memory.ts';
import { CARD_TOKEN_BUDGET, tokenBudgetOf } from '../embed/batches.ts';

/** Lengths of texts that stand for short and long ones. */
const LENGTHS = [32, 512] as const;

/** Reports, for --verbose, how many tokens a batch has on a graphics card, and why. Silent on the CPU, or if the user has said how many. */
export function sayTokenBudget(
  encoder: Pick<Encoder, 'name' | 'device' | 'shape'>,
  { tokenBudget, say }: { readonly tokenBudget: number | undefined; readonly say: (line: string) => void },
): void {
  if (encoder.device === 'cpu' || tokenBudget !== undefined) return;
  const budget = tokenBudgetOf(encoder);
  const memory = cardMemory(encoder.device);
  if (typeof budget === 'number' || memory === undefined) {
    const why = memory === undefined ? "the card's memory is unknown" : 'its graph does not show its width';
    say(`${encoder.name}: batches of up to ${CARD_TOKEN_BUDGET} tokens, as ${why}.`);
    return;
  }
  const [short, long] = LENGTHS.map((length) => `${budget(length)} tokens in texts of ${length}`);
  say(
    `${encoder.name}: batches of up to ${short}, ${long}, for ${gigabytes(memory.free)} that are free of the card's ${gigabytes(memory.total)}.`,
  );
}
