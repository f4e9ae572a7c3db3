import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { packageRoot } from '../../src/home.ts';

/** Parses the README and the pages of docs. */

export interface Page {
  /** From the project's root, with slashes. */
  readonly file: string;
  readonly lines: readonly string[];
  readonly fences: readonly Fence[];
  /** Headings and the text below each, without fences. */
  readonly sections: readonly Section[];
  /** Lines outside of fences, numbered from 1. */
  readonly prose: readonly { readonly line: number; readonly text: string }[];
}

export interface Fence {
  /** `sh`, `js`, …; '' if unnamed: verbatim output. */
  readonly language: string;
  /** Of its first line, from 1. */
  readonly line: number;
  readonly lines: readonly string[];
}

export interface Section {
  readonly heading: string;
  /** Number of `#`. */
  readonly level: number;
  /** Its own text, up to the next heading of any level. */
  readonly text: string;
}

const docs = path.join(packageRoot(), 'docs');
export const PAGES: readonly Page[] = [
  'README.md',
  ...readdirSync(docs)
    .filter((name) => name.endsWith('.md'))
    .toSorted()
    .map((name) => `docs/${name}`),
].map(pageOf);

function pageOf(file: string): Page {
  const lines = readFileSync(path.join(packageRoot(), file), 'utf8').split('\n');
  const fences: Fence[] = [];
  const prose: { line: number; text: string }[] = [];
  const sections: { heading: string; level: number; text: string }[] = [{ heading: '', level: 0, text: '' }];
  let open: { language: string; line: number; lines: string[] } | undefined;
  for (const [at, text] of lines.entries()) {
    const [, language] = /^\s*```(\w*)$/.exec(text) ?? [];
    if (language !== undefined) {
      if (open === undefined) open = { language, line: at + 2, lines: [] };
      else {
        fences.push(open);
        open = undefined;
      }
      continue;
    }
    if (open !== undefined) {
      open.lines.push(text);
      continue;
    }
    prose.push({ line: at + 1, text });
    const [, marks, heading] = /^(#+) (.*)$/.exec(text) ?? [];
    if (heading === undefined) sections.at(-1)!.text += `${text}\n`;
    else sections.push({ heading, level: marks!.length, text: '' });
  }
  if (open !== undefined) throw new Error(`${file}:${open.line}: The block is not closed.`);
  return { file, lines, fences, sections, prose };
}

/** The anchor that GitHub and the website give a heading. */
export function anchorOf(heading: string): string {
  const text = heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1').replaceAll(/[`*]/g, '');
  return text
    .trim()
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\p{M}_\- ]/gu, '')
    .replaceAll(' ', '-');
}

export interface Written {
  readonly file: string;
  readonly line: number;
  /** As typed, with backslash continuations joined. */
  readonly command: string;
}

/** Command lines of `sh` blocks, and those after `$ ` in others. */
export function commandLines({ file, fences }: Page): Written[] {
  return fences.flatMap(({ language, line, lines }) => {
    const found: Written[] = [];
    for (let at = 0; at < lines.length; at++) {
      const typed = language === 'sh' ? lines[at]! : /^\$ (.*)$/.exec(lines[at]!)?.[1];
      if (typed === undefined || typed.trim() === '' || typed.startsWith('#')) continue;
      const start = at;
      let command = typed;
      while (command.endsWith('\\')) command = `${command.slice(0, -1).trimEnd()} ${lines[++at]!.trim()}`;
      found.push({ file, line: line + start, command });
    }
    return found;
  });
}

/** Code in prose. */
export function inlineCode({ file, prose }: Page): Written[] {
  return prose.flatMap(({ line, text }) => [...text.matchAll(/`([^`]+)`/g)].map(([, command]) => ({ file, line, command: command! })));
}

/** TypeScript files of some folders, from the project's root, with slashes. */
export function sources(...folders: readonly string[]): string[] {
  return folders
    .flatMap((folder) =>
      readdirSync(path.join(packageRoot(), folder), { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.ts'))
        .map((name) => `${folder}/${name.replaceAll(path.sep, '/')}`),
    )
    .toSorted();
}
