import { groupBy } from '../group-by.ts';
import { compareHeadings, compareSettings, settingsKey } from './heading.ts';
import { linesOf, type Page, type Section } from './pivot.ts';

/**
 * What the rows of a table are: `encoders` of one pooling, as in published tables; `poolings` x encoders, a single table that shows the
 * best combination; or for fine-tuned encoders, encoders x `objectives`.
 */
export type Layout = 'encoders' | 'poolings' | 'objectives';

/** The sections that form one table, and its layout. */
export interface Sheet {
  readonly layout: Layout;
  readonly sections: readonly Section[];
}

/** With at most this many tables a page can be read at a glance: they are kept separate. */
const FEW_TABLES = 4;

/**
 * If a page would have more than four tables, those that differ only in pooling are merged into one if they outnumber the encoders of the
 * longest of them (many short tables). Merged tables come first.
 */
export function layOut(sections: readonly Section[], page: Page): Sheet[] {
  const sorted = sections.toSorted((a, b) => compareHeadings(a.heading, b.heading));
  const merged =
    sections.length > FEW_TABLES
      ? [...groupBy(sorted, (section) => settingsKey(section.heading)).values()].filter((group) => isManyShort(group, page))
      : [];
  const taken = new Set(merged.flat());
  return [
    ...merged
      .toSorted(([a], [b]) => compareSettings(a!.heading, b!.heading))
      .map((group): Sheet => ({ layout: 'poolings', sections: group })),
    ...sorted.filter((section) => !taken.has(section)).map((section): Sheet => ({ layout: 'encoders', sections: [section] })),
  ];
}

function isManyShort(group: readonly Section[], page: Page): boolean {
  return group.length > Math.max(...group.map((section) => linesOf(section, page).all.length));
}
