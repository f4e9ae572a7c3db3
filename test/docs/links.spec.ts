import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { packageRoot } from '../../src/home.ts';
import { anchorOf, PAGES } from './pages.ts';

/** Anchors of a page: of several headings of one text the second has `-1`. */
function anchorsOf(file: string): Set<string> {
  const { sections } = PAGES.find((page) => page.file === file) ?? assert.fail(`${file} is no page`);
  const anchors = new Set<string>();
  for (const { heading } of sections) {
    const anchor = anchorOf(heading);
    let name = anchor;
    for (let n = 1; anchors.has(name); n++) name = `${anchor}-${n}`;
    anchors.add(name);
  }
  return anchors;
}

function broken(file: string, target: string): string | undefined {
  const [place, anchor] = target.split('#') as [string, string?];
  const found = place === '' ? file : path.posix.join(path.posix.dirname(file), place);
  if (!existsSync(path.join(packageRoot(), found))) return 'no such file';
  if (anchor === undefined || !PAGES.some((page) => page.file === found)) return undefined;
  return anchorsOf(found).has(anchor) ? undefined : 'no such heading';
}

test('docs: every relative link and anchor leads somewhere', () => {
  const faults = PAGES.flatMap(({ file, prose }) =>
    prose.flatMap(({ line, text }) =>
      [...text.matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, target]) => {
        const why = /^https?:/.test(target!) ? undefined : broken(file, target!);
        return why === undefined ? [] : [`${file}:${line}: ${target}: ${why}`];
      }),
    ),
  );
  assert.deepEqual(faults, []);
});

test('docs: every page is in the index', () => {
  const index = PAGES.find(({ file }) => file === 'docs/README.md')!.lines.join('\n');
  const pages = PAGES.map(({ file }) => path.posix.basename(file)).filter((name) => name !== 'README.md');
  assert.deepEqual(
    pages.filter((name) => !index.includes(`](${name}`)),
    [],
  );
});

test('website: every page is in its list', () => {
  const list = readFileSync(path.join(packageRoot(), '.github', 'site', '.vitepress', 'config.mjs'), 'utf8');
  const names = PAGES.map(({ file }) => path.posix.basename(file, '.md')).filter((name) => name !== 'README');
  assert.deepEqual(
    names.filter((name) => !list.includes(`'${name}']`)),
    [],
  );
});

test('README: one page of 150 lines', () => {
  const { lines } = PAGES[0]!;
  assert.ok(lines.length - 1 <= 150, `${lines.length - 1} lines`);
});

/** A table row is one line; output is verbatim; the README has neither. */
test('docs: lines of 160 characters at most', () => {
  const faults = PAGES.flatMap(({ file, lines, fences }) =>
    lines.flatMap((text, at) => {
      const output = fences.some(({ language, line, lines: { length } }) => language !== 'sh' && at + 1 >= line && at + 1 < line + length);
      const excused = file !== 'README.md' && (text.startsWith('|') || output);
      return text.length > 160 && !excused ? [`${file}:${at + 1}: ${text.length} characters`] : [];
    }),
  );
  assert.deepEqual(faults, []);
});
