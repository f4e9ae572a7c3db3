import { byCodePoint } from './code-points.ts';

export interface ClassCount {
  readonly name: string;
  readonly texts: number;
  readonly train: number;
  readonly dev: number;
  readonly test: number;
}

/** Settings of the neighbour search to come. */
export interface RequestedNeighbours {
  /** Largest k. */
  readonly k: number;
  /** Each text is classified by all others: a class needs one text more than k. */
  readonly amongAll: boolean;
  /** Texts are classified by those of train. */
  readonly byTrain: boolean;
}

export interface ClassFindings {
  /** Groups of names that differ only in case, width and white space. */
  readonly alike: readonly (readonly string[])[];
  /** Classes of test, and of dev, that are missing from train. */
  readonly unseen: readonly { readonly split: 'dev' | 'test'; readonly classes: readonly NameCount[] }[];
  /** Classes with fewer texts than votes, rarest first. */
  readonly rare: readonly { readonly where: 'all' | 'train'; readonly needed: number; readonly classes: readonly NameCount[] }[];
  /** The class of nearly all texts. */
  readonly dominant: NameCount | undefined;
  readonly oneClass: boolean;
  /** All texts are equal after trimming. */
  readonly oneText: boolean;
}

export interface NameCount {
  readonly name: string;
  readonly texts: number;
}

/** Above this share of one class, accuracy says little. */
const DOMINANT = 0.95;

interface FindParams {
  readonly classes: readonly ClassCount[];
  readonly texts: number;
  /** Number of distinct texts. */
  readonly distinct: number;
  readonly asked: RequestedNeighbours;
}

/** Findings about the classes of a dataset. */
export function classFindings({ classes, texts, distinct, asked: { k, amongAll, byTrain } }: FindParams): ClassFindings {
  const trained = classes.some(({ train }) => train > 0);
  const rare = [
    ...(amongAll ? [{ where: 'all' as const, needed: k + 1, classes: rarest(classes, k + 1) }] : []),
    ...(byTrain && trained
      ? [
          {
            where: 'train' as const,
            needed: k,
            classes: rarest(
              classes.map(({ name, train }) => ({ name, texts: train })),
              k,
            ),
          },
        ]
      : []),
  ];
  const unseen = (['test', 'dev'] as const).map((split) => ({
    split,
    classes: trained
      ? classes.filter((each) => each[split] > 0 && each.train === 0).map((each) => ({ name: each.name, texts: each[split] }))
      : [],
  }));
  const oneClass = classes.length === 1;
  const dominant = oneClass ? undefined : classes.find((each) => each.texts > DOMINANT * texts);
  return {
    alike: alikeNames(classes.map(({ name }) => name)),
    unseen: unseen.filter((each) => each.classes.length > 0),
    rare: rare.filter((each) => each.classes.length > 0),
    dominant: dominant && { name: dominant.name, texts: dominant.texts },
    oneClass,
    oneText: texts > 1 && distinct === 1,
  };
}

/** Classes with some texts, but fewer than needed. */
function rarest(counts: readonly NameCount[], needed: number): NameCount[] {
  return counts
    .filter(({ texts }) => texts > 0 && texts < needed)
    .map(({ name, texts }) => ({ name, texts }))
    .toSorted((a, b) => a.texts - b.texts);
}

function alikeNames(names: readonly string[]): string[][] {
  const groups = new Map<string, string[]>();
  for (const name of names) {
    const key = folded(name);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [name]);
    else group.push(name);
  }
  return [...groups.values()].filter((group) => group.length > 1).map((group) => group.toSorted(byCodePoint));
}

/**
 * A name without differences that readers overlook: case (upper first, so that ß is ss), compatibility forms, white space and invisible
 * marks.
 */
function folded(name: string): string {
  return name
    .normalize('NFKC')
    .toUpperCase()
    .toLowerCase()
    .normalize('NFKC')
    .replaceAll(/\p{Cf}/gu, '')
    .replaceAll(/\s+/gu, ' ')
    .trim();
}
