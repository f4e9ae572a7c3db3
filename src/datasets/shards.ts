/** A file that is a part of a table: `train-00000-of-00002`, followed by a fingerprint in older hub files. */
export interface Shard {
  /** What precedes the number. */
  readonly stem: string;
  readonly number: number;
  readonly count: number;
}

/** The shard that a name without extension denotes; undefined if none. */
export function shardOf(stem: string): Shard | undefined {
  const [, before, number, count] = /^(.*?)[-_.]?(\d{3,})-of-(\d{3,})(?:-[0-9a-f]+)?$/i.exec(stem) ?? [];
  return before === undefined ? undefined : { stem: before, number: Number(number), count: Number(count) };
}

/** Why shards do not form one whole table, as a sentence; undefined if they do. Numbers may start at 0 or 1. */
export function shardsFault(shards: readonly Shard[]): string | undefined {
  const [first, ...others] = shards;
  if (first === undefined) return undefined;
  const { count } = first;
  const other = others.find((each) => each.count !== count);
  if (other !== undefined) return `It mixes files of ${count} and of ${other.count} shards.`;
  const numbers = new Set(shards.map(({ number }) => number));
  if (numbers.size < shards.length) {
    return `It has shard ${shards.find(({ number }, i) => shards.findIndex((each) => each.number === number) !== i)!.number} of ${count} twice.`;
  }
  const base = numbers.has(count) && !numbers.has(0) ? 1 : 0;
  const missing = Array.from({ length: Math.min(count, MOST_PARTS) }, (_, i) => i + base).filter((number) => !numbers.has(number));
  if (missing.length === 0 && shards.length === count) return undefined;
  const named = missing
    .slice(0, SHOWN)
    .map((number) => String(number).padStart(5, '0'))
    .join(', ');
  return `Of ${count} parts ${missing.length} ${missing.length === 1 ? 'is' : 'are'} missing: ${named}${missing.length > SHOWN ? ', …' : ''}.`;
}

/** More than any table has. */
const MOST_PARTS = 100_000;
/** Maximum numbers listed. */
const SHOWN = 5;
