import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Config } from '../../../src/encoders/families/config.ts';
import { ropeOf, type Rope } from '../../../src/encoders/families/rope.ts';
import { ownOracle } from '../../oracles.ts';

/** Of a frequency, relative: the reference computes in float32, some of it in another order. */
const TOLERANCE = 5e-7;

interface Told {
  /** Width of a head. */
  readonly size: number;
  readonly config: Readonly<Record<string, unknown>>;
  readonly scale: number;
  readonly speeds: readonly number[];
  /** Of the text, if its length matters. */
  readonly tokens?: number;
}

const CASES = JSON.parse(readFileSync(ownOracle('rope.json'), 'utf8')) as Record<string, Told>;

for (const [name, { size, config, scale, speeds, tokens = 1 }] of Object.entries(CASES)) {
  test(`rope: ${name}: speeds and scale are the reference's`, () => {
    const rope = ropeOf(new Config('config.json', config), { size });
    assert.ok(Math.abs(rope.scale - scale) <= TOLERANCE * scale, `scale ${rope.scale}, the reference has ${scale}`);
    const found = speedsAt(rope, tokens);
    assert.equal(found.length, speeds.length);
    for (const [i, speed] of speeds.entries())
      assert.ok(Math.abs(found[i]! - speed) <= TOLERANCE * speed, `pair ${i}: ${found[i]}, the reference has ${speed}`);
  });
}

/** Radians per token in a text of this many. */
function speedsAt({ speeds, dynamic }: Rope, tokens: number): ArrayLike<number> {
  if (dynamic === undefined) return speeds;
  const { theta, factor, from } = dynamic;
  const size = 2 * speeds.length;
  const base = theta * ((factor * Math.max(tokens, from)) / from - (factor - 1)) ** (size / (size - 2));
  return Array.from(speeds, (_, i) => base ** ((-2 * i) / size));
}

const YARN = { rope_type: 'yarn', factor: 4, original_max_position_embeddings: 128 };

test('rope: angles that differ have names of their own', () => {
  const names = [
    {},
    { rope_theta: 5 },
    { rope_scaling: { type: 'linear', factor: 2 } },
    { rope_scaling: { type: 'linear', factor: 3 } },
    { rope_scaling: { type: 'dynamic', factor: 2 } },
    { rope_scaling: YARN },
    { rope_scaling: { ...YARN, truncate: false } },
  ].map((said) => ropeOf(new Config('config.json', { max_position_embeddings: 512, ...said }), { size: 8 }).name);
  assert.equal(new Set(names).size, names.length);
});

for (const [what, said, message] of [
  [
    'another kind',
    { rope_scaling: { type: 'longrope', factor: 2, short_factor: [1], long_factor: [2] } },
    'config.json: rope_scaling: type: Expected "default" or "linear" or "dynamic" or "yarn" or "llama3", got "longrope". Check the ' +
      'checkpoint, or use an ONNX file of the encoder.',
  ],
  [
    'several dimensions',
    { rope_parameters: { rope_type: 'default', mrope_section: [1, 2, 1] } },
    'config.json: rope_parameters.mrope_section: It is [1,2,1], which is not supported with rotary positions of type "default". Check the ' +
      'checkpoint, or use an ONNX file of the encoder.',
  ],
  [
    'heads of which a part turns',
    { partial_rotary_factor: 0.5 },
    'config.json: partial_rotary_factor: It is 0.5: partial rotary positions are not supported. Use an ONNX file of the encoder.',
  ],
  [
    "the same among the angles' words",
    { rope_parameters: { rope_type: 'default', partial_rotary_factor: 0.25 } },
    'config.json: rope_parameters: partial_rotary_factor: It is 0.25: partial rotary positions are not supported. Use an ONNX file of ' +
      'the encoder.',
  ],
  [
    'a theta that is a word',
    { rope_theta: '10000' },
    'config.json: rope_theta: Expected a number, got "10000". Check the checkpoint, or use an ONNX file of the encoder.',
  ],
  [
    'a factor that is missing',
    { rope_scaling: { type: 'linear' } },
    'config.json: rope_scaling: factor: Expected a number, got missing. Check the checkpoint, or use an ONNX file of the encoder.',
  ],
  [
    'two places that differ',
    { rope_scaling: { type: 'linear', factor: 2 }, rope_parameters: { rope_type: 'default' } },
    'config.json: rope_scaling: It differs from rope_parameters. Remove one of them.',
  ],
] as const) {
  test(`rope: ${what} is refused in one line`, () => {
    assert.throws(() => ropeOf(new Config('config.json', { max_position_embeddings: 512, ...said }), { size: 8 }), {
      code: 'FORMAT',
      message,
    });
  });
}

test('rope: heads that do not turn in pairs, or are too narrow for the kind, are refused', () => {
  assert.throws(() => ropeOf(new Config('config.json', {}), { size: 7 }), {
    message: 'config.json: Head size 7 is odd; rotary positions need an even size. Check the checkpoint.',
  });
  const narrow = new Config('config.json', { max_position_embeddings: 16, rope_scaling: { rope_type: 'dynamic', factor: 2 } });
  assert.throws(() => ropeOf(narrow, { size: 2 }), {
    message:
      'config.json: rope_scaling: rope_type: Angles of the type "dynamic" are not defined for heads of 2 columns. Check the checkpoint.',
  });
});
