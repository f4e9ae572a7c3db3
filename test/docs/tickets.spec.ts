import assert from 'node:assert/strict';
import { copyFileSync, readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { pathToFileURL } from 'node:url';
import { packageRoot } from '../../src/home.ts';
import { temporaryFolder } from '../temporary.ts';

const data = path.join(packageRoot(), 'docs', 'data');

test('docs/data/tickets.csv is what its script writes: 600 tickets, no class above 30%', async () => {
  const folder = temporaryFolder();
  copyFileSync(path.join(data, 'make-tickets.mjs'), path.join(folder, 'make-tickets.mjs'));
  await import(pathToFileURL(path.join(folder, 'make-tickets.mjs')).href);
  const written = readFileSync(path.join(folder, 'tickets.csv'), 'utf8');
  assert.equal(written, readFileSync(path.join(data, 'tickets.csv'), 'utf8'));
  const [header, ...rows] = written.trimEnd().split('\n');
  assert.equal(header, 'text,label');
  assert.equal(rows.length, 600);
  const counts = new Map<string, number>();
  for (const row of rows) {
    const label = row.slice(row.lastIndexOf(',') + 1);
    counts.set(label, (counts.get(label) ?? 0) + 1);
  }
  assert.equal(counts.size, 6);
  assert.ok(Math.max(...counts.values()) < 0.3 * rows.length);
});
