import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { encodersSvg } from '../../perf/pictures/encoders.ts';
import { packageRoot } from '../../src/home.ts';

test('docs/images/three-encoders.svg is what `npm run pictures` draws of the committed results, below 150 kB', async () => {
  const drawn = await encodersSvg(path.join(packageRoot(), 'results', 'three-encoders'));
  assert.equal(readFileSync(path.join(packageRoot(), 'docs', 'images', 'three-encoders.svg'), 'utf8'), drawn);
  assert.ok(Buffer.byteLength(drawn) < 150_000);
});
