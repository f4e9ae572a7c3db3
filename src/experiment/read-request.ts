import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { HarnessError, option, reason, shown, type Complaint } from '../errors.ts';
import { own } from '../own.ts';
import { didYouMean } from '../registry/names.ts';
import { chooseRequest, finetuneRequest, mapRequest, rankRequest, runRequest, type Request } from './request.ts';

/** Schemas of requests by command. */
export const REQUESTS = { run: runRequest, rank: rankRequest, finetune: finetuneRequest, choose: chooseRequest, map: mapRequest } as const;

export type Command = keyof typeof REQUESTS;

/** A request with its defaults. Throws OPTION, naming the first invalid field and the file that it is in. */
export function checkRequest<S extends z.ZodObject>(schema: S, value: unknown, file?: string): z.output<S> {
  const found = schema.safeParse(value);
  if (found.success) return found.data;
  const { where, ...complaint } = complaintOf(schema, value, found.error.issues[0]!);
  throw new HarnessError('OPTION', { ...complaint, where: file === undefined ? where : `${file}: ${where}` });
}

/** A request of any command, from JSON; `$schema` is for editors, and dropped. Throws OPTION. */
export function parseRequest(given: unknown, where?: string): Request {
  const { $schema: _editors, ...value } = isRecord(given) ? given : {};
  const { command } = value;
  const schema = typeof command === 'string' ? own(REQUESTS as Readonly<Record<string, z.ZodObject>>, command) : undefined;
  if (schema === undefined) {
    throw new HarnessError('OPTION', {
      where,
      what: command === undefined ? 'Not a request: "command" is missing.' : `Unknown command ${shown(command)}.`,
      hint: `Commands: ${Object.keys(REQUESTS).join(', ')}.`,
    });
  }
  return checkRequest(schema, value, where) as Request;
}

const BYTE_ORDER_MARK = /^\uFEFF/;

/** The request in a file: itself, or that of a run.json. Throws OPTION if there is none. */
export async function requestOf(file: string): Promise<Request> {
  let value: unknown;
  try {
    value = JSON.parse((await readFile(file, 'utf8')).replace(BYTE_ORDER_MARK, ''));
  } catch (error) {
    const what = `Cannot be read (${reason(error)}).`;
    throw new HarnessError('OPTION', { where: file, what, hint: 'Give a request file or the run.json of a run.' });
  }
  if (!isRecord(value) || !('request' in value)) return parseRequest(value, file);
  if (value['request'] === null) {
    const hint = 'Give the run.json of `bench run`, `rank`, `finetune`, `choose` or `map`.';
    throw new HarnessError('OPTION', { where: file, what: 'It contains no request.', hint });
  }
  return parseRequest(value['request'], file);
}

/** A field without its optional wrapper or default. */
export function fieldOf(schema: z.ZodType): z.ZodType {
  let inner = schema;
  while (inner instanceof z.ZodOptional || inner instanceof z.ZodDefault) inner = inner.unwrap() as z.ZodType;
  return inner;
}

function saidTakes(schema: z.ZodType): string | undefined {
  return ((schema.meta() ?? {}) as { takes?: string }).takes;
}

/** What a field accepts, in words. */
function takesOf(schema: z.ZodType): string {
  const takes = saidTakes(schema);
  if (takes !== undefined) return takes;
  if (schema instanceof z.ZodArray) return 'a non-empty list';
  if (schema instanceof z.ZodBoolean) return 'true or false';
  return schema instanceof z.ZodString ? 'a string' : 'an object';
}

function complaintOf(schema: z.ZodObject, value: unknown, issue: z.core.$ZodIssue): Complaint {
  if (issue.code === 'unrecognized_keys') {
    const names = Object.keys(shapeAt(schema, issue.path)).filter((name) => name !== 'command');
    const [key] = issue.keys as [string];
    return { where: option(key), what: `Unknown option.${didYouMean(key, names)}`, hint: `Options: ${names.join(', ')}.` };
  }
  const [name, at, of] = fieldAt(schema, value, issue.path);
  if (name === '') return { what: `It takes an object, got ${shown(at)}.` };
  if (at === undefined) return { where: option(name), what: 'It is missing.' };
  const choices = choicesOf(of);
  if (choices !== undefined) {
    return {
      where: option(name),
      what: `${shown(at)} is not a valid value.${typeof at === 'string' ? didYouMean(at, choices) : ''}`,
      hint: `It takes ${saidTakes(of) ?? choices.join(', ')}.`,
    };
  }
  return { where: option(name), what: `It takes ${takesOf(of)}, got ${shown(at)}.` };
}

function choicesOf(schema: z.ZodType): readonly string[] | undefined {
  return schema instanceof z.ZodEnum ? schema.options.map(String) : undefined;
}

function shapeAt(schema: z.ZodObject, path: readonly PropertyKey[]): Readonly<Record<string, z.ZodType>> {
  let shape = schema.shape as Readonly<Record<string, z.ZodType>>;
  for (const step of path) {
    const next = fieldOf(shape[String(step)]!);
    if (next instanceof z.ZodObject) shape = next.shape as Readonly<Record<string, z.ZodType>>;
  }
  return shape;
}

/** The innermost option that a path leads to: its name, its value, and its schema. */
function fieldAt(schema: z.ZodObject, value: unknown, path: readonly PropertyKey[]): [string, unknown, z.ZodType] {
  let [name, at, of]: [string, unknown, z.ZodType] = ['', value, schema];
  for (const step of path) {
    const inside = fieldOf(of);
    if (inside instanceof z.ZodObject) [name, of] = [String(step), inside.shape[String(step)] as z.ZodType];
    else if (inside instanceof z.ZodArray) of = inside.element as z.ZodType;
    else break;
    at = (at as Readonly<Record<PropertyKey, unknown>> | undefined)?.[step];
  }
  return [name, at, fieldOf(of)];
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
