import type { Options } from 'yargs';
import type { z } from 'zod';
import { HarnessError } from '../../src/errors.ts';
import { checkRequest, requestOf, REQUESTS, type Command } from '../../src/experiment/read-request.ts';
import { text } from './options.ts';
import type { Arguments } from '../command-module.ts';
import { knowFields } from './flag-names.ts';
import { flagsOf, givenFlags, valuesOf } from './table.ts';

type RequestOf<C extends Command> = z.output<(typeof REQUESTS)[C]>;

/** The flags of a command's requests, and the flag for a request file. */
export function requestFlags(command: Command): Record<string, Options> {
  return {
    ...flagsOf(REQUESTS[command].shape),
    request: {
      type: 'string',
      requiresArg: true,
      describe: 'Read all settings from a JSON file (request.schema.json) or the run.json of an earlier run.',
    },
  };
}

/** The request from the flags, or from --request. Throws OPTION. */
export async function requestFrom<C extends Command>(argv: Arguments, command: C): Promise<RequestOf<C>> {
  const schema = REQUESTS[command];
  const file = text(argv, 'request');
  if (file === undefined) return checkRequest<z.ZodObject>(schema, { command, ...valuesOf(argv, schema.shape) }) as RequestOf<C>;
  const [other] = givenFlags(argv, schema.shape);
  if (other !== undefined) {
    throw new HarnessError('OPTION', { where: `--${other}`, what: 'The request already says it.', hint: 'Omit it or --request.' });
  }
  const request = await requestOf(file).catch((error: unknown) => {
    throw asWritten(error);
  });
  if (request.command !== command) {
    throw new HarnessError('OPTION', {
      where: file,
      what: `Its request is for ${request.command}.`,
      hint: `Give it to \`bench ${request.command}\`.`,
    });
  }
  knowFields(Object.keys(schema.shape));
  return request as RequestOf<C>;
}

/** Errors in a file keep its field names: no flag was given. */
function asWritten(error: unknown): unknown {
  if (!(error instanceof HarnessError)) return error;
  const { where, what, hint } = error.complaint;
  return new HarnessError(error.code, { where: where && quoted(where), what: quoted(what), hint: hint && quoted(hint) }, { cause: error });
}

function quoted(said: string): string {
  return said.replaceAll('`', '"');
}
