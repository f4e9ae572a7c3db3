import { HarnessError, shown } from '../../errors.ts';
import type { Config } from './config.ts';

/** Rotation speeds of the columns of a head per position (Su et al. 2021), including the extensions to longer texts in config.json. */
export interface Rope {
  /** Distinguishes it from others of the graph. */
  readonly name: string;
  /** Radians per token by which each pair of columns rotates, [size / 2]. */
  readonly speeds: Float32Array;
  /** Factor of cosines and sines: 1, except for yarn. */
  readonly scale: number;
  /** Longer texts rotate more slowly as a whole (Emozilla's dynamic NTK scaling), by their number of tokens. */
  readonly dynamic?: { readonly theta: number; readonly factor: number; readonly from: number } | undefined;
}

export interface RopeParams {
  /** Width of a head. */
  readonly size: number;
  /** The family's default theta. */
  readonly theta?: number;
}

/** Fields of each kind of angles in addition to `rope_type` and `rope_theta` (transformers, modeling_rope_utils.py). */
const WORDS = {
  default: [],
  linear: ['factor'],
  dynamic: ['factor', 'original_max_position_embeddings'],
  yarn: [
    'factor',
    'original_max_position_embeddings',
    'attention_factor',
    'beta_fast',
    'beta_slow',
    'mscale',
    'mscale_all_dim',
    'truncate',
  ],
  llama3: ['factor', 'original_max_position_embeddings', 'low_freq_factor', 'high_freq_factor'],
} as const;
type RopeType = keyof typeof WORDS;
const TYPES = Object.keys(WORDS) as RopeType[];
/** Common to all kinds; `finetuned` documents how the numbers were obtained. */
const USUAL: readonly string[] = ['rope_type', 'type', 'rope_theta', 'partial_rotary_factor', 'finetuned'];

/**
 * The angles in config.json, in `rope_parameters` or, in older files, in `rope_scaling` and `rope_theta`. Numbers are those of transformers
 * 5 (modeling_rope_utils.py), rounded to float32 where it rounds. Throws FORMAT, naming the field, for unsupported angles: partial ones,
 * longrope, several dimensions.
 */
export function ropeOf(config: Config, params: RopeParams): Rope {
  return ropeIn(config, parametersOf(config), params);
}

/** The same with the fields in a nested object: `parameters` is `rope_parameters`, or one type of layer in it. */
export function ropeIn(config: Config, parameters: Config, { size, theta: usual = 10_000 }: RopeParams): Rope {
  for (const words of [config, parameters]) refusePartial(words);
  refuseOdd(config, size);
  const type = parameters.choice('rope_type', TYPES, parameters.choice('type', TYPES, 'default'));
  const strange = Object.keys(parameters.values).find((key) => {
    const isKnown = USUAL.includes(key) || (WORDS[type] as readonly string[]).includes(key);
    return !isKnown && parameters.has(key);
  });
  if (strange !== undefined) {
    throw new HarnessError('FORMAT', {
      where: `${parameters.file}.${strange}`,
      what: `It is ${shown(parameters.values[strange])}, which is not supported with rotary positions of type "${type}".`,
      hint: 'Check the checkpoint, or use an ONNX file of the encoder.',
    });
  }
  const theta = parameters.has('rope_theta') ? parameters.number('rope_theta') : config.number('rope_theta', usual);
  const plain = plainRope({ theta, size });
  // Two kinds of layers may use the same kind of scaling with other numbers.
  const name = [theta, type, ...WORDS[type].map((key) => parameters.values[key] ?? '')].join('.');
  switch (type) {
    case 'default':
      return plain;
    case 'linear': {
      const factor = parameters.number('factor');
      return { ...plain, name, speeds: plain.speeds.map((speed) => speed / factor) };
    }
    case 'dynamic': {
      if (size === 2) throw tooNarrow(parameters);
      const from = config.size('max_position_embeddings');
      return { ...plain, name, dynamic: { theta, factor: parameters.number('factor'), from } };
    }
    case 'yarn':
      return { name, ...yarn(config, parameters, { theta, size }) };
    case 'llama3':
      return { ...plain, name, speeds: llama3(config, parameters, plain.speeds) };
    default:
      return type satisfies never;
  }
}

/** The original angles: pair i rotates by theta^(-2i / size) per token, each step rounded to float32 as in the reference. */
export function plainRope({ theta, size }: { theta: number; size: number }): Rope {
  const speeds = Float32Array.from({ length: size / 2 }, (_, i) => 1 / turns(theta, i, size));
  return { name: String(theta), speeds, scale: 1 };
}

/** Number of tokens in which pair i rotates by one radian. */
function turns(theta: number, i: number, size: number): number {
  return Math.fround(theta ** Math.fround((2 * i) / size));
}

/** YaRN (Peng et al. 2023): fast pairs unchanged, slow ones stretched, those between interpolated. */
function yarn(config: Config, parameters: Config, { theta, size }: { theta: number; size: number }): Omit<Rope, 'name'> {
  const original = originalLength(config, parameters);
  const factor = parameters.has('factor') ? parameters.number('factor') : config.size('max_position_embeddings') / original;
  const scaleOf = (mscale: number) => (factor <= 1 ? 1 : 0.1 * mscale * Math.log(factor) + 1);
  const both = parameters.number('mscale', 0) !== 0 && parameters.number('mscale_all_dim', 0) !== 0;
  const usual = both ? scaleOf(parameters.number('mscale')) / scaleOf(parameters.number('mscale_all_dim')) : scaleOf(1);
  // The reference treats 0 as missing.
  const beta = (key: string, otherwise: number) => parameters.number(key, otherwise) || otherwise;
  const pairOf = (rotations: number) => (size * Math.log(original / (rotations * 2 * Math.PI))) / (2 * Math.log(theta));
  const whole = parameters.flag('truncate', true);
  const [low, high] = [pairOf(beta('beta_fast', 32)), pairOf(beta('beta_slow', 1))];
  const first = Math.max(whole ? Math.floor(low) : low, 0);
  const last = Math.min(whole ? Math.ceil(high) : high, size - 1);
  const end = first === last ? last + 0.001 : last;
  const speeds = Float32Array.from({ length: size / 2 }, (_, i) => {
    const tokens = turns(theta, i, size);
    const stretched = Math.fround(Math.min(Math.max((i - first) / (end - first), 0), 1));
    return (1 / (factor * tokens)) * stretched + (1 / tokens) * (1 - stretched);
  });
  return { speeds, scale: parameters.number('attention_factor', usual) };
}

/** Llama 3's: pairs that rotate less than a few times in the original length are stretched, those between interpolated. */
function llama3(config: Config, parameters: Config, speeds: Float32Array): Float32Array {
  const original = originalLength(config, parameters);
  const [factor, low, high] = ['factor', 'low_freq_factor', 'high_freq_factor'].map((key) => parameters.number(key)) as [
    number,
    number,
    number,
  ];
  return speeds.map((speed) => {
    const wave = (2 * Math.PI) / speed;
    if (wave > original / low) return speed / factor;
    if (wave < original / high) return speed;
    const smooth = (original / wave - low) / (high - low);
    return ((1 - smooth) * speed) / factor + smooth * speed;
  });
}

/** Original training length in tokens; a top-level field of config.json takes precedence over the one among the angles' fields. */
function originalLength(config: Config, parameters: Config): number {
  const key = 'original_max_position_embeddings';
  if (config.has(key)) return config.size(key);
  return parameters.has(key) ? parameters.size(key) : config.size('max_position_embeddings');
}

/** The fields of the angles: `rope_scaling` takes precedence over `rope_parameters` in the reference, and they must not differ. */
function parametersOf(config: Config): Config {
  const [scaling, parameters] = [config.inside('rope_scaling'), config.inside('rope_parameters')];
  if (isEmpty(scaling)) return parameters;
  if (isEmpty(parameters) || scaling.json === parameters.json) return scaling;
  throw new HarnessError('FORMAT', {
    where: scaling.file,
    what: 'It differs from rope_parameters.',
    hint: 'Remove one of them.',
  });
}

function isEmpty({ values }: Config): boolean {
  return Object.keys(values).length === 0;
}

/** Columns of a head rotate in pairs. Throws FORMAT for a head of odd width. */
export function refuseOdd(config: Config, size: number): void {
  if (size % 2 === 0) return;
  throw new HarnessError('FORMAT', {
    where: config.file,
    what: `Head size ${size} is odd; rotary positions need an even size.`,
    hint: 'Check the checkpoint.',
  });
}

/** The exponent size / (size - 2) of dynamic angles is undefined. */
function tooNarrow({ file }: Config): HarnessError {
  return new HarnessError('FORMAT', {
    where: `${file}: rope_type`,
    what: 'Angles of the type "dynamic" are not defined for heads of 2 columns.',
    hint: 'Check the checkpoint.',
  });
}

function refusePartial(config: Config): void {
  const share = config.number('partial_rotary_factor', 1);
  if (share === 1) return;
  throw new HarnessError('FORMAT', {
    where: `${config.file}: partial_rotary_factor`,
    what: `It is ${share}: partial rotary positions are not supported.`,
    hint: 'Use an ONNX file of the encoder.',
  });
}
