import { z } from 'zod';
import { fieldOf } from './read-request.ts';

/** Documentation of a request field, shared by all documents generated from it. */
export interface DescribedField {
  readonly name: string;
  /** Description in sentences. */
  readonly about: string;
  /** Default: a JSON value, or words. */
  readonly otherwise: { readonly value: unknown } | { readonly words: string } | undefined;
  /** Schema without its optional wrapper or default. */
  readonly field: z.ZodType;
}

interface Said {
  readonly takes?: string;
  readonly otherwise?: string;
}

export function describedField(name: string, schema: z.ZodType): DescribedField {
  const field = fieldOf(schema);
  return { name, about: schema.description ?? '', otherwise: otherwiseOf(schema, field), field };
}

/** What a field accepts, in words, if its schema says so. */
export function takesOf(field: z.ZodType): string | undefined {
  return saidOf(field).takes;
}

function otherwiseOf(schema: z.ZodType, field: z.ZodType): DescribedField['otherwise'] {
  const { otherwise } = saidOf(field);
  if (otherwise !== undefined) return { words: otherwise };
  if (schema instanceof z.ZodDefault) return { value: schema.parse(undefined) };
  return field instanceof z.ZodBoolean ? { value: false } : undefined;
}

function saidOf(field: z.ZodType): Said {
  return (field.meta() ?? {}) as Said;
}
