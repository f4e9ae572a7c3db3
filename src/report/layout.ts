import { groupBy } from '../group-by.ts';
import { compareHeadings, compareSettings, settingsKey } from './heading.ts';
import { linesOf, type Page, type Section } from './pivot.ts';

/**
 * What the rows of a table are: `encoders` of one pooling, as scores are published, or `poolings` x encoders, which
 * answers in one table which encoder under which pooling is best; of fine-tuned encoders, encoders x `objectives`.
 */
export type Layout = 'encoders' | 'poolings' | 'objectives';

/** The sections that make one table, and its layout. */
export interface Sheet {
  readonly layout: Layout;
  readonly sections: readonly Section[];
}

/** A page of so many tables can still be read at a glance: they stay as they are. */
const FEW_TABLES = 4;

/**
 * The rule: on a page that would have more than four tables, those that differ in pooling alone become one table where
 * they are more than the encoders of the longest of them (many short tables). Such tables stand first.
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
