import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { packageRoot } from '../../../src/home.ts';

export interface Envelope {
  readonly schema: string;
  readonly command: string;
  readonly rows: readonly Readonly<Record<string, unknown>>[];
  readonly notes: readonly string[];
  readonly failures: readonly Readonly<Record<string, unknown>>[];
}

// Times have a pattern in addition to their format, which is what counts.
const ajv = new Ajv2020({ validateFormats: false, allErrors: true });
const validate = ajv.compile(JSON.parse(readFileSync(path.join(packageRoot(), 'output.schema.json'), 'utf8')) as object);

/** Errors of a value by the published JSON Schema. */
export function faultsOf(value: unknown): string[] {
  return validate(value) ? [] : (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}

/** Parses the envelope. Throws if it is not valid by output.schema.json. */
export function envelopeOf(text: string): Envelope {
  const value = JSON.parse(text) as Envelope;
  assert.deepEqual(faultsOf(value), [], text.slice(0, 2000));
  return value;
}
