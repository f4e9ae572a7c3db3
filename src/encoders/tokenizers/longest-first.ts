/**
 * Tokens that stay of two texts that are cut together: the longer one is cut down to the other, then both alike, the odd token to the
 * longer one, of equals to the second. As `longest_first` of the tokenizers library 0.23 (tokenizers/src/utils/truncation.rs), which is not
 * what taking tokens one by one comes to. `room`: tokens that the two may have together.
 */
export function longestFirst(lengths: readonly [first: number, second: number], room: number): [first: number, second: number] {
  const [first, second] = lengths;
  if (first + second <= room) return [first, second];
  let short = Math.min(first, second);
  let long = short > room ? short : Math.max(short, room - short);
  if (short + long > room) {
    short = Math.floor(room / 2);
    long = short + (room % 2);
  }
  return first > second ? [long, short] : [short, long];
}
