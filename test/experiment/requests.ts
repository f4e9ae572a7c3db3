import * as fc from 'fast-check';
import { z } from 'zod';
import { SPLITS } from '../../src/datasets/dataset.ts';
import { fieldOf, REQUESTS, type Command } from '../../src/experiment/read-request.ts';

/** Random requests, generated from their schemas: new fields are included automatically. */

export type Shape = Readonly<Record<string, z.ZodType>>;
export const COMMANDS = Object.keys(REQUESTS) as Command[];

/** All fields of a request, including those of training, with their paths. */
export function fieldsOf(command: Command): { readonly path: readonly string[]; readonly schema: z.ZodType }[] {
  const inside = (shape: Shape, at: readonly string[]): { path: string[]; schema: z.ZodType }[] =>
    Object.entries(shape).flatMap(([name, schema]) => {
      const inner = fieldOf(schema);
      const path = [...at, name];
      return [{ path, schema }, ...(inner instanceof z.ZodObject ? inside(inner.shape as Shape, path) : [])];
    });
  return inside(REQUESTS[command].shape, []).filter(({ path }) => path[0] !== 'command');
}

/** A request with one field set to a given value, at its path. */
export function requestWith(command: Command, [first, ...rest]: readonly string[], value: unknown): Record<string, unknown> {
  return { command, [first!]: rest.length === 0 ? value : { [rest[0]!]: value } };
}

const key = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,12}(@[1-9])?$/);
const part = fc.stringMatching(/^[a-z][\w ,.-]{0,8}$/);
const folder = fc.tuple(fc.constantFrom('./', '../', '/', './a/'), part).map(([before, name]) => `${before}${name}`);
const hub = fc
  .tuple(fc.stringMatching(/^hf:[a-z]{1,6}\/[a-z][\w.-]{0,6}$/), fc.constantFrom('', '@main', '@a1/b'))
  .map((all) => all.join(''));
const named = fc.tuple(fc.stringMatching(/^[\w.-]{1,6}$/), fc.oneof(folder, hub)).map(([name, place]) => `${name}=${place}`);
/** yargs removes quotation marks around a whole argument. */
const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 }).filter((word) => !/^(["']).*\1$/s.test(word));
const seconds = fc.oneof(fc.integer({ min: 1, max: 864_000 }), fc.double({ min: 1, max: 864_000, noNaN: true }));
const size = fc.integer({ min: 0, max: 9999 });

/** Fields whose values the schema does not determine. */
const SPECIAL: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  encoders: fc
    .tuple(fc.uniqueArray(key, { maxLength: 3 }), fc.uniqueArray(fc.oneof(folder, hub, named), { maxLength: 3 }))
    .map(([keys, own]) => [...keys, ...own]),
  datasets: fc
    .tuple(fc.uniqueArray(key, { maxLength: 3 }), fc.uniqueArray(fc.oneof(folder, hub), { maxLength: 3 }))
    .map(([keys, own]) => [...keys, ...own]),
  limit: fc.oneof(
    fc.integer({ min: 1, max: 9999 }),
    fc
      .subarray([...SPLITS], { minLength: 1 })
      .chain((splits) => fc.tuple(...splits.map((split) => fc.tuple(fc.constant(split), size))))
      .map((all) => Object.fromEntries(all)),
  ),
  layers: fc.oneof(fc.constantFrom('last', 'all'), fc.uniqueArray(size, { minLength: 1, maxLength: 4 })),
  freeze: fc.uniqueArray(fc.oneof(fc.constant('embeddings'), size), { minLength: 1, maxLength: 4 }),
  delimiter: fc.constantFrom(',', ';', '|', '\t', ' ', '~', ':', '-', "'"),
  labelSeparator: fc.string({ maxLength: 3 }).filter((word) => !/^(["']).*\1$/s.test(word)),
  budget: seconds,
};

function valueOf(name: string, schema: z.ZodType): fc.Arbitrary<unknown> {
  const inner = fieldOf(schema);
  if (Object.hasOwn(SPECIAL, name)) return SPECIAL[name]!.filter((value) => !Array.isArray(value) || value.length > 0);
  if (inner instanceof z.ZodObject) return objectOf(inner.shape as Shape);
  if (inner instanceof z.ZodBoolean) return fc.boolean();
  if (inner instanceof z.ZodEnum) return fc.constantFrom(...inner.options);
  if (inner instanceof z.ZodArray) return fc.uniqueArray(valueOf('', inner.element as z.ZodType), { minLength: 1, maxLength: 4 });
  if (inner instanceof z.ZodString) return text;
  if (inner instanceof z.ZodLiteral) return fc.constantFrom(...inner.values);
  if (inner instanceof z.ZodUnion) return fc.oneof(...inner.options.map((option) => valueOf('', option as z.ZodType)));
  if (!(inner instanceof z.ZodNumber)) throw new Error(`No values of ${name} are known.`);
  const { minValue, maxValue, format } = inner;
  const [least, most] = [minValue ?? 0, maxValue ?? Infinity];
  if (format !== null) return fc.integer({ min: least, max: Math.min(most, 2 ** 31 - 1) });
  return fc
    .double({ min: least, max: Math.min(most, 1e6), noNaN: true })
    .filter((number) => inner.safeParse(number).success && !Object.is(number, -0));
}

function objectOf(shape: Shape): fc.Arbitrary<Record<string, unknown>> {
  const fields = Object.entries(shape).filter(([name]) => name !== 'command');
  return fc.record(Object.fromEntries(fields.map(([name, schema]) => [name, valueOf(name, schema)])), { requiredKeys: [] });
}

/** Valid requests of a command, with any fields omitted. */
export function requests(command: Command): fc.Arbitrary<Record<string, unknown>> {
  return objectOf(REQUESTS[command].shape).map((fields) => ({ command, ...fields }));
}
