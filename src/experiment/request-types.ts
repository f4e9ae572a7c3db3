import { z } from 'zod';
import { describedField } from './described-fields.ts';
import { fieldOf, REQUESTS } from './read-request.ts';
import { datasetOptions, deviceOptions, encoderOptions, registryOptions, tableOptions, trainingOptions } from './request.ts';

/**
 * Requests as TypeScript interfaces, for programs: types inferred by zod would pull in zod's own types, which older compilers cannot read.
 */

type Shape = Readonly<Record<string, z.ZodType>>;

interface Interface {
  readonly name: string;
  readonly about: string;
  readonly shape: Shape;
  readonly bases: readonly Interface[];
}

const ENCODERS: Interface = { name: 'EncoderOptions', about: 'Which encoders, and how they are opened.', shape: encoderOptions, bases: [] };
const DEVICE: Interface = { name: 'DeviceOptions', about: 'What encoders run on, and are trained on.', shape: deviceOptions, bases: [] };
const TABLES: Interface = { name: 'TableOptions', about: 'How dataset files are read.', shape: tableOptions, bases: [] };
const DATASETS: Interface = {
  name: 'DatasetOptions',
  about: 'Which datasets, and how their rows are read and chosen.',
  shape: datasetOptions,
  bases: [TABLES],
};
const REGISTRIES: Interface = {
  name: 'RegistryOptions',
  about: 'Registries in which names are looked up.',
  shape: registryOptions,
  bases: [],
};
const TRAINING: Interface = { name: 'TrainingOptions', about: 'How encoders are fine-tuned.', shape: trainingOptions, bases: [] };

const INTERFACES: readonly Interface[] = [
  ENCODERS,
  DEVICE,
  TABLES,
  DATASETS,
  REGISTRIES,
  TRAINING,
  { name: 'RunOptions', about: 'Options of `run`.', shape: REQUESTS.run.shape, bases: [ENCODERS, DEVICE, DATASETS, REGISTRIES] },
  { name: 'RankOptions', about: 'Options of `rank`.', shape: REQUESTS.rank.shape, bases: [ENCODERS, DEVICE, DATASETS, REGISTRIES] },
  {
    name: 'FinetuneOptions',
    about: 'Options of `finetune`.',
    shape: REQUESTS.finetune.shape,
    bases: [ENCODERS, DEVICE, DATASETS, REGISTRIES, TRAINING],
  },
  {
    name: 'ChooseOptions',
    about: 'Options of `choose`.',
    shape: REQUESTS.choose.shape,
    bases: [ENCODERS, DEVICE, DATASETS, REGISTRIES],
  },
  { name: 'MapOptions', about: 'Options of `map`.', shape: REQUESTS.map.shape, bases: [ENCODERS, DEVICE, TABLES, REGISTRIES] },
];

/** src/api/requests.ts. */
export function requestTypes(): string {
  return [
    '// Made from src/experiment/request.ts by `npm run schemas`.',
    '',
    '/** Experiment requests, for programs. Every field is optional. */',
    ...INTERFACES.map((each) => `\n${interfaceText(each)}`),
    '',
  ].join('\n');
}

function interfaceText({ name, about, shape, bases }: Interface): string {
  const inherited = new Set(bases.flatMap((base) => Object.keys(base.shape)));
  const fields = Object.entries(shape).filter(([field]) => field !== 'command' && !inherited.has(field));
  const heritage = bases.length === 0 ? '' : ` extends ${bases.map((base) => base.name).join(', ')}`;
  const lines = fields.flatMap(([field, schema]) => fieldLines(field, schema));
  return [`/** ${about} */`, `export interface ${name}${heritage} {`, ...lines, '}'].join('\n');
}

function fieldLines(name: string, schema: z.ZodType): string[] {
  const { about, otherwise, field } = describedField(name, schema);
  const standing = otherwise === undefined ? '' : ` Default: ${'words' in otherwise ? otherwise.words : JSON.stringify(otherwise.value)}.`;
  const [first, ...rest] = wrapped(`readonly ${name}?: ${typeText(field)} | undefined;`);
  return [...docLines(`${about}${standing}`), `  ${first}`, ...rest.map((line) => `    ${line}`)];
}

function docLines(text: string): string[] {
  const lines = wrapped(text);
  return lines.length === 1 ? [`  /** ${lines[0]} */`] : ['  /**', ...lines.map((line) => `   * ${line}`), '   */'];
}

const WIDTH = 130;

function wrapped(text: string): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length < WIDTH) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

/** Training options have a named interface; others are inlined. */
function objectText(shape: Shape): string {
  if (Object.keys(shape).every((name) => Object.hasOwn(TRAINING.shape, name))) return TRAINING.name;
  return `{ ${Object.entries(shape)
    .map(([name, schema]) => `readonly ${name}?: ${typeText(schema)} | undefined;`)
    .join(' ')} }`;
}

function typeText(schema: z.ZodType): string {
  const field = fieldOf(schema);
  if (field instanceof z.ZodObject) return objectText(field.shape as Shape);
  if (field instanceof z.ZodArray) {
    const of = typeText(field.element as z.ZodType);
    return `readonly ${/[ |]/.test(of) ? `(${of})` : of}[]`;
  }
  if (field instanceof z.ZodEnum) return field.options.map((value) => `'${value}'`).join(' | ');
  if (field instanceof z.ZodLiteral) return [...field.values].map((value) => `'${value}'`).join(' | ');
  if (field instanceof z.ZodUnion) return (field.options as readonly z.ZodType[]).map(typeText).join(' | ');
  if (field instanceof z.ZodRecord) {
    return `{ readonly [Key in ${typeText(field.keyType as z.ZodType)}]?: ${typeText(field.valueType as z.ZodType)} }`;
  }
  if (field instanceof z.ZodNumber) return 'number';
  if (field instanceof z.ZodBoolean) return 'boolean';
  if (field instanceof z.ZodString) return 'string';
  throw new TypeError(`A field is a ${field.constructor.name}, which has no type of TypeScript here.`);
}
