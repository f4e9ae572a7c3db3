import type { Draw } from './mutations.ts';

/** Wrong values for a field. */
const STRANGE: readonly unknown[] = [
  null,
  true,
  -1,
  0,
  1.5,
  2 ** 31,
  1e308,
  '',
  'x',
  '(',
  '[z-a]',
  '\\',
  '\u0000',
  'AAAA',
  'a'.repeat(1000),
  [],
  {},
  [[]],
  [null],
  { type: 'Sequence' },
  { type: 'BPE' },
  { type: 'Unigram' },
  { type: 'WordPiece' },
  { type: '__proto__' },
  { type: 'constructor' },
  JSON.parse('{"__proto__": {"type": "Split"}}'),
  Array.from({ length: 500 }).reduce((inner) => [inner], []),
];

type Node = Record<string, unknown>;

/** A container in the tree, and one of its keys. Short containers are chosen as often as the vocabulary. */
function place(root: Node, draw: Draw): { at: Node; key: string } {
  let at = root;
  for (;;) {
    const keys = Object.keys(at);
    const key = keys[draw(0, keys.length - 1)]!;
    const child = at[key];
    if (typeof child !== 'object' || child === null || Object.keys(child).length === 0 || draw(0, 4) === 0) return { at, key };
    at = child as Node;
  }
}

/** The text with one to three of its values replaced, removed, repeated elsewhere or, for strings, changed by a character. */
export function changeValues(json: string, draw: Draw): string {
  const root = JSON.parse(json) as Node;
  for (let left = draw(1, 3); left > 0; left--) {
    if (Object.keys(root).length === 0) break;
    const { at, key } = place(root, draw);
    const value = at[key];
    const choice = draw(0, 3);
    if (choice === 0) delete at[key];
    else if (choice === 1) at[key] = structuredClone(place(root, draw).at);
    else if (choice === 2 && typeof value === 'string' && value.length > 0) {
      const letter = draw(0, value.length - 1);
      at[key] = value.slice(0, letter) + String.fromCharCode(value.charCodeAt(letter) ^ (1 << draw(0, 6))) + value.slice(letter + 1);
    } else at[key] = STRANGE[draw(0, STRANGE.length - 1)];
  }
  return JSON.stringify(root);
}
