import { HarnessError } from '../errors.ts';

const SHOWN = 120;

/** FORMAT: a file with weights that is not what it should be. */
export function refusal(
  file: string,
  what: string,
  { hint = 'Download it again.', cause }: { hint?: string; cause?: unknown } = {},
): HarnessError {
  return new HarnessError('FORMAT', { where: file, what, hint }, { cause });
}

/** A name out of a foreign file for a message: in quotes, and not too long. */
export function quoted(name: string): string {
  const shown = name.length > SHOWN ? `${name.slice(0, SHOWN)}…` : name;
  return JSON.stringify(shown);
}
