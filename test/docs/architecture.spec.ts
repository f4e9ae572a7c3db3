import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { packageRoot } from '../../src/home.ts';

const src = path.join(packageRoot(), 'src');
const rooms = readdirSync(src).filter((name) => statSync(path.join(src, name)).isDirectory());

/** Modules that the files of a module import, except `files`, which all may import. */
function importsOf(room: string): string[] {
  const folder = path.join(src, room);
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  const imported = files.flatMap((name) => {
    const file = path.join(folder, name);
    const found = readFileSync(file, 'utf8').matchAll(/(?:\bfrom|\bimport|\bimport\s*\()\s*'(\.[^'\n]+)'/g);
    return [...found].map(([, from]) => path.relative(src, path.resolve(path.dirname(file), from!)).split(path.sep)[0]!);
  });
  return rooms.filter((other) => other !== room && other !== 'files' && imported.includes(other));
}

/** The list of modules: name, and what it imports. */
const page = readFileSync(path.join(packageRoot(), 'docs', 'architecture.md'), 'utf8');
const [, list = ''] = /<!-- rooms -->\n([^]*?)<!-- end -->/.exec(page) ?? [];
const items = list
  .split(/^- /m)
  .slice(1)
  .map((item) => /^\*\*(\w+)\*\*: .+\. Imports (.+)\.$/.exec(item.replaceAll(/\s+/g, ' ').trim()));

test('docs/architecture.md: every room and what it imports, each below those that it imports', () => {
  assert.deepEqual(items.map((item) => item?.[1]).toSorted(), rooms.toSorted());
  const above = new Set<string>();
  for (const item of items) {
    const [, room, said] = item!;
    const imports = importsOf(room!);
    assert.equal(said, imports.join(', ') || 'no other', `what ${room} imports`);
    assert.deepEqual(
      imports.filter((other) => !above.has(other)),
      [],
      `${room} stands below what it imports`,
    );
    above.add(room!);
  }
});
