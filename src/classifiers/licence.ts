import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parseDocument } from 'yaml';

/** Number of characters examined at the beginning of a file. */
const LOOKED_AT = 20_000;
const LICENCE_FILES = ['LICENSE', 'LICENSE.txt', 'LICENSE.md', 'LICENCE', 'COPYING'];

/** Licences by the beginning of their texts, with the hub's names. */
const TEXTS: readonly (readonly [RegExp, string])[] = [
  [/\bApache License\s+Version 2\.0\b/, 'apache-2.0'],
  [/\bMIT License\b|Permission is hereby granted, free of charge, to any person obtaining a copy/, 'mit'],
  [/\bBSD 3-Clause\b/, 'bsd-3-clause'],
  [/\bBSD 2-Clause\b/, 'bsd-2-clause'],
  [/\bCreative Commons Attribution-NonCommercial-ShareAlike 4\.0\b/i, 'cc-by-nc-sa-4.0'],
  [/\bCreative Commons Attribution-NonCommercial 4\.0\b/i, 'cc-by-nc-4.0'],
  [/\bCreative Commons Attribution-ShareAlike 4\.0\b/i, 'cc-by-sa-4.0'],
  [/\bCreative Commons Attribution 4\.0\b/i, 'cc-by-4.0'],
  [/\bGNU AFFERO GENERAL PUBLIC LICENSE\s+Version 3\b/, 'agpl-3.0'],
  [/\bGNU GENERAL PUBLIC LICENSE\s+Version 3\b/, 'gpl-3.0'],
];

/** A licence, and where it is stated. */
export interface Licence {
  /** The hub's name; `other` for an unknown text. */
  readonly name: string;
  readonly where: string;
}

/** The licence stated in an encoder's files: in its model card, else a licence text; undefined if there is none. */
export async function licenceIn(folder: string): Promise<Licence | undefined> {
  const named = licenceOfCard(await beginning(path.join(folder, 'README.md')));
  if (named !== undefined) return { name: named, where: 'its README.md' };
  for (const file of LICENCE_FILES) {
    const text = await beginning(path.join(folder, file));
    if (text.trim() === '') continue;
    return { name: TEXTS.find(([pattern]) => pattern.test(text))?.[1] ?? 'other', where: `its ${file}` };
  }
  return undefined;
}

/** The hub's licence names consist of letters, digits, dots and dashes. */
const WORD = /^[\w.+-]{1,60}$/;

/** `license` in the front matter of a model card. */
function licenceOfCard(card: string): string | undefined {
  const [, front] = /^\uFEFF?---\r?\n([\s\S]*?)\r?\n---(?:\r?\n|$)/.exec(card) ?? [];
  if (front === undefined) return undefined;
  const values: unknown = parseDocument(front).toJS({ maxAliasCount: 0 });
  const licence = typeof values === 'object' && values !== null ? (values as { license?: unknown }).license : undefined;
  const [first] = [licence].flat() as unknown[];
  return typeof first === 'string' && WORD.test(first) ? first.toLowerCase() : undefined;
}

async function beginning(file: string): Promise<string> {
  return readFile(file, 'utf8').then(
    (text) => text.slice(0, LOOKED_AT),
    () => '',
  );
}
