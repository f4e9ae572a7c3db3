import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { amdMemories } from '../../src/devices/amd-memory.ts';
import { temporaryFolder } from '../temporary.ts';

const root = temporaryFolder();

/** A folder of sysfs with these cards, and their files. */
function sysfs(cards: Readonly<Record<string, Readonly<Record<string, string>>>>): string {
  const folder = mkdtempSync(path.join(root, 'drm-'));
  for (const [card, files] of Object.entries(cards)) {
    mkdirSync(path.join(folder, card, 'device'), { recursive: true });
    for (const [name, content] of Object.entries(files))
      writeFileSync(path.join(folder, card, 'device', `mem_info_vram_${name}`), `${content}\n`);
  }
  return folder;
}

const RX = { total: '17163091968', used: '1024000000', vendor: 'samsung' };

test("amdgpu: a card's memory and what is free of it; its connectors are no cards", () => {
  const total = 17_163_091_968;
  assert.deepEqual(amdMemories(sysfs({ card1: RX, 'card1-DP-1': RX, renderD128: RX })), [
    { total, free: total - 1_024_000_000, atMost: total },
  ]);
});

test("amdgpu: a processor's graphics, and cards of other drivers, are left out", () => {
  assert.deepEqual(amdMemories(sysfs({ card0: { ...RX, total: '536870912', used: '1000', vendor: 'unknown' }, card1: {} })), []);
  assert.deepEqual(amdMemories(sysfs({ card0: { total: '536870912', used: '1000' } })), []);
  assert.deepEqual(amdMemories(path.join(root, 'none')), []);
});

test('amdgpu: numbers that are none, or that cannot be, are unknown', () => {
  for (const files of [
    { ...RX, total: '16G' },
    { ...RX, used: '' },
    { ...RX, total: '0' },
    { ...RX, used: '17163091969' },
    { ...RX, total: '-5' },
  ]) {
    assert.deepEqual(amdMemories(sysfs({ card0: files })), [undefined]);
  }
});
