import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { Tensor } from '../../src/graph/runtime.ts';
import { readSafetensors } from '../../src/tensors/read-safetensors.ts';
import { buildEncoder } from '../../src/encoders/families/build.ts';
import { trainableWeights } from '../../src/graph/trainable.ts';
import { packageRoot } from '../../src/home.ts';
import { shared, unlessShared } from '../shared.ts';
import { fixed, gradientsOf, integers, meanLoss } from './run-gradients.ts';

/**
 * What torch says, made by
 * `python perf/peers/gradients.py ../shared/oracles test/graph/fixtures/family-gradients.json`
 */
const REFERENCE = JSON.parse(readFileSync(path.join(packageRoot(), 'test', 'graph', 'fixtures', 'family-gradients.json'), 'utf8')) as Readonly<Record<string, Reference>>;
/** The gradients themselves, where a developer let the script write them too (its third argument). */
const FULL = process.env['FULL_GRADIENTS'];
/** Of a gradient's largest element; below the floor it counts as the zero that it is but for rounding. */
const TOLERANCE = 1e-4;
const FLOOR = 1e-5;
/** Of the oracles' vectors. */
const WIDTH = 32;

interface Reference {
  readonly input_ids: number[][];
  readonly attention_mask: number[][];
  /** Norm, largest element, product with fixed numbers. */
  readonly gradients: Readonly<Record<string, readonly [number, number, number]>>;
}

for (const [name, reference] of Object.entries(REFERENCE)) {
  const [family, batch] = name.split('.') as [string, string];
  test(`backward pass: every gradient of ${family} (${batch}) is torch's`, { skip: unlessShared('oracles', family) }, async () => {
    const built = await buildEncoder({ folder: shared('oracles', family), form: 'standard' });
    const { folder, proto } = built.model;
    const feeds = feedsOf(reference, { texts: reference.input_ids.length });
    // Two texts tell the shapes, short ones where their length does not choose the graph: a backward pass fits all sizes.
    const probing = feedsOf(reference, { texts: 2, tokens: family === 'bigbird' ? undefined : 7 });
    const ours = await gradientsOf(proto, {
      folder, feeds, probing, weights: trainableWeights(proto.graph!),
      loss: (builder) => meanLoss(builder, { state: built.states.at(-1)!, width: WIDTH }),
    });
    const theirs = Object.entries(reference.gradients).filter(([, [norm]]) => norm > FLOOR);
    assert.deepEqual(theirs.filter(([key]) => !ours.has(key)).map(([key]) => key), [], 'gradients that are missing');
    assert.deepEqual([...ours.keys()].filter((key) => !(key in reference.gradients)), [], 'gradients that torch does not have');
    const full = FULL === undefined || !existsSync(path.join(FULL, `${name}.safetensors`)) ? undefined : readSafetensors(readFileSync(path.join(FULL, `${name}.safetensors`)), name).tensors;
    for (const [key, [norm, largest, product]] of theirs) {
      const gradient = ours.get(key)!;
      // Rounding is at random: of a sum of n it grows as the root of n.
      const allowed = Math.max(FLOOR, TOLERANCE * largest) * Math.sqrt(gradient.length);
      const numbers = fixed(gradient.length);
      const found = { norm: Math.sqrt(gradient.reduce((sum, each) => sum + each * each, 0)), product: gradient.reduce((sum, each, i) => sum + each * numbers[i]!, 0) };
      assert.ok(Math.abs(found.norm - norm) <= allowed, `${key}: norm ${found.norm}, torch has ${norm}`);
      assert.ok(Math.abs(found.product - product) <= allowed, `${key}: product ${found.product}, torch has ${product}`);
      const each = full?.get(key)?.data as Float32Array | undefined;
      const worst = each?.reduce((most, value, i) => Math.max(most, Math.abs(value - gradient[i]!)), 0) ?? 0;
      assert.ok(worst <= Math.max(FLOOR, TOLERANCE * largest), `${key}: off by ${worst} of ${largest}`);
    }
  });
}

/** Some of the texts, the first again where there are fewer; cut to so many tokens. */
function feedsOf({ input_ids: ids, attention_mask: mask }: Reference, { texts, tokens }: { texts: number; tokens?: number | undefined }): Record<string, Tensor> {
  const some = (rows: number[][]) => integers(Array.from({ length: texts }, (_, i) => rows[i % rows.length]!.slice(0, tokens)));
  return { input_ids: some(ids), attention_mask: some(mask), fixed: new Tensor('float32', Float32Array.from(fixed(texts * WIDTH)), [texts, WIDTH]) };
}
