import { HarnessError } from '../errors.ts';

const SHOWN = 120;

/** FORMAT: a weights file that is not as expected. */
export function refusal(
  file: string,
  what: string,
  { hint = 'Download it again.', cause }: { hint?: string; cause?: unknown } = {},
): HarnessError {
  return new HarnessError('FORMAT', { where: file, what, hint }, { cause });
}

/** A name from an untrusted file for a message: quoted, and cut if long. */
export function quoted(name: string): string {
  const shown = name.length > SHOWN ? `${name.slice(0, SHOWN)}…` : name;
  return JSON.stringify(shown);
}
