import { z } from 'zod';
import { fieldOf } from './read-request.ts';

/** What the documents of requests say of a field, whichever of them it is. */
export interface DescribedField {
  readonly name: string;
  /** Sentences. */
  readonly about: string;
  /** What stands where it is left out: a value as JSON has it, or words. */
  readonly otherwise: { readonly value: unknown } | { readonly words: string } | undefined;
  /** Without what says that it may be left out. */
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

/** What a field takes, in words, where its shape has them. */
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
