import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { Tensor } from '../../src/graph/runtime.ts';
import { readSafetensors } from '../../src/tensors/read-safetensors.ts';
import { buildEncoder } from '../../src/encoders/families/build.ts';
import { trainableWeights } from '../../src/graph/trainable.ts';
import { packageRoot } from '../../src/home.ts';
import { decoderCases, writeDecoder } from '../encoders/families/decoder-cases.ts';
import { ownOracle } from '../oracles.ts';
import { shared } from '../shared.ts';
import { fixed, gradientsOf, integers, meanLoss } from './run-gradients.ts';

const read = (...parts: string[]) => JSON.parse(readFileSync(path.join(packageRoot(), 'test', ...parts), 'utf8')) as References;

/**
 * Gradients by torch for the project's own oracles, and for the shared ones, made by `python perf/peers/gradients.py ../shared/oracles
 * test/graph/fixtures/family-gradients.json`
 */
const REFERENCES = [
  { references: read('oracles', 'gradients.json'), own: true },
  { references: read('graph', 'fixtures', 'family-gradients.json'), own: false },
];
/** The full gradients, if a developer had the script write them too (its third argument). */
const FULL = process.env['FULL_GRADIENTS'];
/** Relative to a gradient's largest element; below the floor it counts as zero up to rounding. */
const TOLERANCE = 1e-4;
const FLOOR = 1e-5;

type References = Readonly<Record<string, Reference>>;

/** Fields of config.json; DistilBERT, T5 and NomicBERT name them otherwise. */
interface Sizes {
  readonly hidden_size?: number;
  readonly dim?: number;
  readonly d_model?: number;
  readonly n_embd?: number;
}

interface Reference {
  readonly input_ids: number[][];
  readonly attention_mask: number[][];
  /** Norm, largest element, product with fixed numbers. */
  readonly gradients: Readonly<Record<string, readonly [number, number, number]>>;
}

interface Case {
  /** FAMILY.BATCH */
  readonly name: string;
  readonly reference: Reference;
  readonly own: boolean;
  readonly folder: () => string;
}

const FOLDERS: readonly Case[] = REFERENCES.flatMap(({ references, own }) =>
  Object.entries(references).map(([name, reference]) => {
    const [family] = name.split('.') as [string];
    return { name, reference, own, folder: () => (own ? ownOracle(family) : shared('oracles', family)) };
  }),
);

/** Decoders of every kind that config.json can describe, with weights made here. */
const DECODERS: readonly Case[] = trainedDecoders();

function trainedDecoders(): Case[] {
  const { texts, cases } = decoderCases();
  const tokens = Math.max(...texts.map((text) => text.length));
  const rows = (value: (id: number) => number) =>
    texts.map((text) => Array.from({ length: tokens }, (_, i) => (i < text.length ? value(text[i]!) : 0)));
  const batch = { input_ids: rows((id) => id), attention_mask: rows(() => 1) };
  return cases.flatMap((each) =>
    each.gradients === undefined
      ? []
      : [{ name: `${each.name}.batch`, reference: { ...batch, gradients: each.gradients }, own: true, folder: () => writeDecoder(each) }],
  );
}

// If the shared folder is missing, only the project's own are compared.
for (const { name, reference, own, folder: made } of [...FOLDERS, ...DECODERS].filter(
  (each) => each.own || existsSync(shared('oracles')),
)) {
  const [family, batch] = name.split('.') as [string, string];
  test(`backward pass: every gradient of ${family}${own ? '' : ' (shared)'} (${batch}) is torch's`, async () => {
    const built = await buildEncoder({ folder: made(), form: 'standard', widen: true });
    const {
      hidden_size: hidden,
      dim,
      d_model: model,
      n_embd: older,
    } = JSON.parse(readFileSync(path.join(built.model.folder, 'config.json'), 'utf8')) as Sizes;
    const width = (hidden ?? dim ?? model ?? older)!;
    const { folder, proto } = built.model;
    const feeds = feedsOf(reference, { texts: reference.input_ids.length, width });
    // Two texts determine the shapes, short ones if their length does not choose the graph: a backward pass fits all sizes.
    const probing = feedsOf(reference, { texts: 2, width, tokens: family === 'bigbird' ? undefined : 7 });
    const ours = await gradientsOf(proto, {
      folder,
      feeds,
      probing,
      weights: trainableWeights(proto.graph!),
      loss: (builder) => meanLoss(builder, { state: built.states.at(-1)!, width }),
    });
    const theirs = Object.entries(reference.gradients).filter(([, [norm]]) => norm > FLOOR);
    assert.deepEqual(
      theirs.filter(([key]) => !ours.has(key)).map(([key]) => key),
      [],
      'gradients that are missing',
    );
    assert.deepEqual(
      [...ours.keys()].filter((key) => !(key in reference.gradients)),
      [],
      'gradients that torch does not have',
    );
    const file = own || FULL === undefined ? '' : path.join(FULL, `${name}.safetensors`);
    const full = existsSync(file) ? readSafetensors(readFileSync(file), name).tensors : undefined;
    for (const [key, [norm, largest, product]] of theirs) {
      const gradient = ours.get(key)!;
      // Rounding errors are random: in a sum of n they grow as the root of n.
      const allowed = Math.max(FLOOR, TOLERANCE * largest) * Math.sqrt(gradient.length);
      const numbers = fixed(gradient.length);
      const found = {
        norm: Math.sqrt(gradient.reduce((sum, each) => sum + each * each, 0)),
        product: gradient.reduce((sum, each, i) => sum + each * numbers[i]!, 0),
      };
      assert.ok(Math.abs(found.norm - norm) <= allowed, `${key}: norm ${found.norm}, torch has ${norm}`);
      assert.ok(Math.abs(found.product - product) <= allowed, `${key}: product ${found.product}, torch has ${product}`);
      const each = full?.get(key)?.data as Float32Array | undefined;
      const worst = each?.reduce((most, value, i) => Math.max(most, Math.abs(value - gradient[i]!)), 0) ?? 0;
      assert.ok(worst <= Math.max(FLOOR, TOLERANCE * largest), `${key}: off by ${worst} of ${largest}`);
    }
  });
}

/** Some of the texts, repeated if there are fewer; truncated to this many tokens. */
function feedsOf(
  { input_ids: ids, attention_mask: mask }: Reference,
  { texts, width, tokens }: { texts: number; width: number; tokens?: number | undefined },
): Record<string, Tensor> {
  const some = (rows: number[][]) => integers(Array.from({ length: texts }, (_, i) => rows[i % rows.length]!.slice(0, tokens)));
  const numbers = new Tensor('float32', Float32Array.from(fixed(texts * width)), [texts, width]);
  return { input_ids: some(ids), attention_mask: some(mask), fixed: numbers };
}
