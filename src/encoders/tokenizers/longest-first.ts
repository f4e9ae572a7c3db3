/**
 * Numbers of tokens kept of two texts truncated together: the longer one is truncated to the length of the other, then both equally, with
 * an odd token for the longer one, or for the second of equals. As `longest_first` of the tokenizers library 0.23
 * (tokenizers/src/utils/truncation.rs), which differs from removing tokens one by one. `room`: maximum tokens of both together.
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
