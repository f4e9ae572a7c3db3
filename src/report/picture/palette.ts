/** Colours distinguishable with any kind of colour blindness, on white (Paul Tol, "Colour schemes", 2021: bright, muted). */
const BRIGHT = ['#4477AA', '#EE6677', '#228833', '#CCBB44', '#66CCEE', '#AA3377'] as const;
const MUTED = ['#332288', '#CC6677', '#117733', '#DDCC77', '#88CCEE', '#882255', '#44AA99', '#999933', '#AA4499'] as const;
/** For all further classes. */
const REST = '#C4C4C4';

/** Classes that share a colour: one, or all those without a colour of their own. */
export interface ColouredClass {
  readonly colour: string;
  /** Label in the legend. */
  readonly name: string;
  /** Indices into the names. */
  readonly classes: ReadonlySet<number>;
}

export interface ColouringParams {
  /** Class of each text, an index into `names`. */
  readonly labels: Int32Array;
  readonly names: readonly string[];
}

/** A colour for each class that has texts, largest first; with many classes, for the largest, and one for the rest together. */
export function coloured({ labels, names }: ColouringParams): ColouredClass[] {
  const counts = new Map<number, number>();
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
  const present = [...counts.keys()].toSorted((a, b) => counts.get(b)! - counts.get(a)! || a - b);
  const colours: readonly string[] = present.length <= BRIGHT.length ? BRIGHT : MUTED;
  // A single further class takes the place of "and 1 more".
  const own = present.slice(0, colours.length).map((label, i) => ({ colour: colours[i]!, name: names[label]!, classes: new Set([label]) }));
  const rest = present.slice(colours.length);
  if (rest.length === 0) return own;
  return [...own, { colour: REST, name: rest.length === 1 ? names[rest[0]!]! : `and ${rest.length} more`, classes: new Set(rest) }];
}
