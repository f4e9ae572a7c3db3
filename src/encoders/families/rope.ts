import { HarnessError, shown } from '../../errors.ts';
import type { Config } from './config.ts';

/** How fast the columns of a head turn with a token's place (Su et al. 2021), whatever config.json does to make texts longer. */
export interface Rope {
  /** Tells it from others of the graph. */
  readonly name: string;
  /** Radians a token by which each pair of columns turns, [size / 2]. */
  readonly speeds: Float32Array;
  /** What cosines and sines are multiplied by: 1, but for yarn. */
  readonly scale: number;
  /** Longer texts turn slower, as a whole (Emozilla's dynamic NTK scaling): by the tokens of the text. */
  readonly dynamic?: { readonly theta: number; readonly factor: number; readonly from: number } | undefined;
}

export interface RopeParams {
  /** Width of a head. */
  readonly size: number;
  /** The family's theta where config.json says none. */
  readonly theta?: number;
}

/** Words of each kind of angles besides `rope_type` and `rope_theta` (transformers, modeling_rope_utils.py). */
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
/** Of every kind; `finetuned` tells how the numbers came about. */
const USUAL: readonly string[] = ['rope_type', 'type', 'rope_theta', 'partial_rotary_factor', 'finetuned'];

/**
 * The angles that config.json asks for, in `rope_parameters` or, as older files have it, in `rope_scaling` and `rope_theta`. Numbers are
 * those of transformers 5 (modeling_rope_utils.py), rounded to float32 where it rounds. Throws FORMAT, naming the word, for angles that are
 * not built: partial ones, longrope, several dimensions.
 */
export function ropeOf(config: Config, params: RopeParams): Rope {
  return ropeIn(config, parametersOf(config), params);
}

/** The same where an object of config.json has the words: `parameters` is `rope_parameters`, or one type of layers in it. */
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
  // Two kinds of layers may be scaled in one way and by other numbers.
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

/**
 * Angles as they were published first: pair i turns by theta^(-2i / size) a token, each step rounded to float32 as the reference has it.
 */
export function plainRope({ theta, size }: { theta: number; size: number }): Rope {
  const speeds = Float32Array.from({ length: size / 2 }, (_, i) => 1 / turns(theta, i, size));
  return { name: String(theta), speeds, scale: 1 };
}

/** Tokens in which pair i turns by one radian. */
function turns(theta: number, i: number, size: number): number {
  return Math.fround(theta ** Math.fround((2 * i) / size));
}

/** YaRN (Peng et al. 2023): fast pairs as they are, slow ones stretched, those between mixed. */
function yarn(config: Config, parameters: Config, { theta, size }: { theta: number; size: number }): Omit<Rope, 'name'> {
  const original = originalLength(config, parameters);
  const factor = parameters.has('factor') ? parameters.number('factor') : config.size('max_position_embeddings') / original;
  const scaleOf = (mscale: number) => (factor <= 1 ? 1 : 0.1 * mscale * Math.log(factor) + 1);
  const both = parameters.number('mscale', 0) !== 0 && parameters.number('mscale_all_dim', 0) !== 0;
  const usual = both ? scaleOf(parameters.number('mscale')) / scaleOf(parameters.number('mscale_all_dim')) : scaleOf(1);
  // The reference takes 0 for none.
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

/** Llama 3's: pairs that turn less than a few times in the original length are stretched, those between mixed. */
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

/** Tokens that the encoder was trained with at first; a word of config.json itself goes before that among the angles' words. */
function originalLength(config: Config, parameters: Config): number {
  const key = 'original_max_position_embeddings';
  if (config.has(key)) return config.size(key);
  return parameters.has(key) ? parameters.size(key) : config.size('max_position_embeddings');
}

/** The words on angles: `rope_scaling` goes before `rope_parameters` in the reference, and they must not differ. */
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

/** Columns of a head turn in pairs. Throws FORMAT for a head that has one too many. */
export function refuseOdd(config: Config, size: number): void {
  if (size % 2 === 0) return;
  throw new HarnessError('FORMAT', {
    where: config.file,
    what: `Head size ${size} is odd; rotary positions need an even size.`,
    hint: 'Check the checkpoint.',
  });
}

/** The exponent size / (size - 2) of dynamic angles is none. */
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
