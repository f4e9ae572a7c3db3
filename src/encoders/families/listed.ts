import { FAMILIES } from './families.ts';
import type { FamilyTitle } from './family.ts';

/** A family as listed in documentation. */
export interface ListedFamily extends FamilyTitle {
  readonly opened: boolean;
  readonly trained: boolean;
  readonly exported: boolean;
}

/** Every supported family, by title. */
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

/** The family for a `model_type`, if nothing else of config.json is known; undefined if unsupported. */
export function listedFamily(type: string): ListedFamily | undefined {
  const [usual] = listedFamilies(FAMILIES.filter(({ types, means }) => types.includes(type) && means === undefined));
  return usual ?? listedFamilies().find(({ types }) => types.includes(type));
}

/** The text between `<!-- families -->` and `<!-- end -->` in docs/encoders.md. */
const PLACE = /(<!-- families -->\n)[^]*?(<!-- end -->)/;

/** The text of docs/encoders.md with its table of families regenerated. */
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
