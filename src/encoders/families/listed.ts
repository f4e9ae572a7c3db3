import { FAMILIES } from './families.ts';
import type { FamilyTitle } from './family.ts';

/** A family as lists and documents have it. */
export interface ListedFamily extends FamilyTitle {
  readonly opened: boolean;
  readonly trained: boolean;
  readonly exported: boolean;
}

/** Every family whose checkpoints can be opened, by title. */
export function listedFamilies(families: readonly FamilyTitle[] = FAMILIES): ListedFamily[] {
  return families
    .map(({ title, types, of, cannot = [] }) => ({
      title,
      types,
      of,
      opened: true,
      trained: !cannot.includes('train'),
      exported: !cannot.includes('export'),
    }))
    .toSorted((a, b) => (a.title.toLowerCase() < b.title.toLowerCase() ? -1 : 1));
}

/**
 * The family that checkpoints of a `model_type` belong to, where nothing else of their config.json is known; undefined where none can be
 * opened.
 */
export function listedFamily(type: string): ListedFamily | undefined {
  const [usual] = listedFamilies(FAMILIES.filter(({ types, means }) => types.includes(type) && means === undefined));
  return usual ?? listedFamilies().find(({ types }) => types.includes(type));
}

/** What stands between `<!-- families -->` and `<!-- end -->` in docs/encoders.md. */
const PLACE = /(<!-- families -->\n)[^]*?(<!-- end -->)/;

/** The text of docs/encoders.md with its table of families made anew. */
export function withFamilyTable(text: string, families: readonly ListedFamily[] = listedFamilies()): string {
  return text.replace(PLACE, (_all, begin: string, end: string) => `${begin}${familyTable(families)}\n${end}`);
}

function familyTable(families: readonly ListedFamily[]): string {
  const rows = families.map(({ title, types, of, opened, trained, exported }) => {
    const words = types.map((type) => `\`${type}\``).join(', ');
    return `| ${title} | ${words} | ${of.join(', ')} | ${[opened, trained, exported].map((can) => (can ? 'yes' : 'no')).join(' | ')} |`;
  });
  return ['| family | `model_type` | for example | opened | trained | exported |', '|---|---|---|---|---|---|', ...rows].join('\n');
}
