import { z } from 'zod';

/** Content type of a table column: it determines the schema of its JSON, how its CSV is validated, and its name in the documentation. */
export type Kind = 'name' | 'text' | 'count' | 'counts' | 'number' | 'percent' | 'points' | 'fraction' | 'flag' | 'time' | 'names' | 'list';

export interface Column {
  readonly kind: Kind;
  /** Its meaning, as a phrase. */
  readonly about: string;
  /** It may be empty: null in JSON. */
  readonly empty?: boolean | undefined;
  /** Of a name: all possible values. */
  readonly words?: readonly string[] | undefined;
  /** Of a list: the fields of its items. */
  readonly items?: Table | undefined;
}

/** The columns of a table by name, in order. */
export type Table = Readonly<Record<string, Column>>;

/** A kind with a single text in a CSV. */
export type TextKind = Exclude<Kind, 'names' | 'list'>;

interface KindRule {
  readonly schema: z.ZodType;
  /** Its name in the documentation, and in errors about invalid values. */
  readonly title: string;
  /** Parses the text in a CSV; undefined if it is not of this kind. */
  readonly parse: (text: string) => unknown;
}

const DECIMAL = /^-?\d+(\.\d+)?(e[-+]?\d+)?$/;
/** Format of percentages. */
const FIXED = /^\d+(\.\d+)?$/;

function decimal({
  low,
  high,
  like = DECIMAL,
}: {
  readonly low: number;
  readonly high: number;
  readonly like?: RegExp;
}): (text: string) => number | undefined {
  return (text) =>
    like.test(text) && Number.isFinite(Number(text)) && Number(text) >= low && Number(text) <= high ? Number(text) : undefined;
}

function whole(text: string): number | undefined {
  return /^\d+$/.test(text) && Number.isSafeInteger(Number(text)) ? Number(text) : undefined;
}

/** A number, or several separated by semicolons. */
function wholes(text: string): number | number[] | undefined {
  const all = text.split(';').map(whole);
  if (all.includes(undefined)) return undefined;
  return all.length === 1 ? all[0] : (all as number[]);
}

const count = z.int().nonnegative();
const asText = (text: string): string => text;

export const KINDS: Readonly<Record<TextKind, KindRule>> = {
  name: { schema: z.string().min(1), title: 'name', parse: asText },
  text: { schema: z.string().min(1), title: 'text', parse: asText },
  count: { schema: count, title: 'whole number', parse: whole },
  counts: { schema: z.union([count, z.array(count)]), title: 'whole number, or several', parse: wholes },
  number: { schema: z.number(), title: 'number', parse: decimal({ low: -Infinity, high: Infinity }) },
  percent: { schema: z.number().min(0).max(100), title: 'percentage', parse: decimal({ low: 0, high: 100, like: FIXED }) },
  points: { schema: z.number().min(-100).max(100), title: 'percentage points', parse: decimal({ low: -100, high: 100 }) },
  fraction: { schema: z.number().min(0).max(1), title: 'number from 0 to 1', parse: decimal({ low: 0, high: 1 }) },
  flag: { schema: z.boolean(), title: 'true or false', parse: (text) => (text === 'true' ? true : text === 'false' ? false : undefined) },
  time: { schema: z.iso.datetime(), title: 'time, UTC', parse: (text) => (z.iso.datetime().safeParse(text).success ? text : undefined) },
};
