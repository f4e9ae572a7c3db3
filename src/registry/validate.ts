import type { z } from 'zod';
import { HarnessError, jsonOf } from '../errors.ts';
import { own } from '../own.ts';

type Issue = z.core.$ZodIssue;

/** The error for the first problem: file, key path, what is expected and what was found. */
export function complaintOf({
  error,
  value,
  file,
  under,
}: {
  error: z.ZodError;
  value: unknown;
  file: string;
  under: string;
}): HarnessError {
  const [issue, ...others] = error.issues;
  const { path, must, got } = describe(issue!, value);
  const place = showPath(path[0] === under ? path.slice(1) : path) || (path.length === 0 ? 'the file' : `"${under}"`);
  const found = got === undefined ? '' : `, got ${got}`;
  const more = others.length === 0 ? '' : ` (and ${others.length} more)`;
  return new HarnessError('REGISTRY', { where: file, what: `${place} ${must}${found}${more}.` });
}

interface Description {
  readonly path: readonly PropertyKey[];
  readonly must: string;
  readonly got?: string | undefined;
}

function describe(issue: Issue, value: unknown): Description {
  const { path } = issue;
  const found = at(value, path);
  const got = found === undefined ? 'nothing' : shown(found);
  switch (issue.code) {
    case 'invalid_type':
      return { path, must: `must be ${own(KINDS, issue.expected) ?? issue.expected}`, got };
    case 'invalid_value':
      return { path, must: `must be ${issue.values.map((choice) => JSON.stringify(choice)).join(' or ')}`, got };
    case 'unrecognized_keys':
      return { path, must: `has an unknown field: ${issue.keys.map((key) => JSON.stringify(key)).join(', ')}` };
    case 'too_small':
      if (issue.origin === 'string') return { path, must: 'must not be empty', got };
      return {
        path,
        must:
          issue.origin === 'array'
            ? `must have at least ${issue.minimum} ${Number(issue.minimum) === 1 ? 'item' : 'items'}`
            : `must be ${issue.inclusive === false ? 'more than' : 'at least'} ${issue.minimum}`,
        got,
      };
    case 'too_big':
      return { path, must: `must be ${issue.inclusive === false ? 'less than' : 'at most'} ${issue.maximum}`, got };
    case 'invalid_key':
      return {
        path: path.slice(0, -1),
        must: `has the key ${JSON.stringify(path.at(-1))}, which ${issue.issues[0]?.message ?? 'is not a key'}`,
      };
    case 'invalid_union':
      return inUnion(issue, value) ?? { path, must: `must be ${kindsOf(issue)}`, got };
    default:
      return { path, must: issue.message, got };
  }
}

type UnionIssue = Extract<Issue, { readonly code: 'invalid_union' }>;

/** The problem inside the intended union member: an item of a list or object, the form of a string. */
function inUnion(issue: UnionIssue, value: unknown): Description | undefined {
  const meant = issue.errors.find(([first]) => first !== undefined && !(first.code === 'invalid_type' && first.path.length === 0));
  if (meant === undefined) return undefined;
  return describe({ ...meant[0]!, path: [...issue.path, ...meant[0]!.path] }, value);
}

/** `a text, a number, true or false` */
function kindsOf({ errors }: UnionIssue): string {
  const kinds = errors.flatMap(([first]) => (first?.code === 'invalid_type' ? [own(KINDS, first.expected) ?? first.expected] : []));
  const last = kinds.at(-1)!;
  return kinds.length === 1 || last.includes(' or ') ? kinds.join(', ') : `${kinds.slice(0, -1).join(', ')} or ${last}`;
}

const KINDS: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list in [ ]',
  object: 'an object in { }',
  record: 'an object in { }',
};

/** Longer values do not help to understand the mistake. */
const SHOWN = 60;

function shown(value: unknown): string {
  const text = jsonOf(value);
  return text.length <= SHOWN ? text : `${text.slice(0, SHOWN)}… (${typeof value === 'string' ? `${value.length} characters` : 'cut'})`;
}

function at(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (inside, key) => (typeof inside === 'object' && inside !== null ? (inside as Record<PropertyKey, unknown>)[key] : undefined),
    value,
  );
}

/** `all-MiniLM-L6-v2.variants[0].onnx` */
function showPath(path: readonly PropertyKey[]): string {
  return path.map((key, index) => (typeof key === 'number' ? `[${key}]` : `${index === 0 ? '' : '.'}${String(key)}`)).join('');
}
