import { HarnessError, option } from '../errors.ts';

/** The same error, preceded by the name of what the file is needed for. */
export function wantedFor(error: HarnessError, name: string): HarnessError {
  const { where, what, hint } = error.complaint;
  const place = where === undefined || where === name ? name : `${name} from ${where}`;
  return new HarnessError(error.code, { where: place, what, hint }, { cause: error });
}

/** One error for all sources that failed: OFFLINE if all were, with the message of each. */
export function severalFailed(name: string, errors: readonly HarnessError[]): HarnessError {
  if (errors.length === 0)
    return new HarnessError('SOURCE', {
      where: name,
      what: 'No public source has this file.',
      hint: `Give ${option('mirror')} DIR with a folder that has it.`,
    });
  const code = errors.every((error) => error.code === 'OFFLINE')
    ? 'OFFLINE'
    : (errors.find((error) => error.code === 'CHECKSUM')?.code ?? 'SOURCE');
  const tried = errors
    .map(({ complaint: { where, what } }, at) => `(${at + 1}) ${where === undefined ? '' : `${where}: `}${what}`)
    .join(' ');
  return new HarnessError(
    code,
    {
      where: name,
      what: `All ${errors.length} sources failed: ${tried}`,
      hint: `Give ${option('mirror')} DIR with the files, or add another source.`,
    },
    { cause: errors[0] },
  );
}
