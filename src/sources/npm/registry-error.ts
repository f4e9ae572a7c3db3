import { HarnessError, option, reason } from '../../errors.ts';
import { TRIES } from '../http.ts';
import type { NpmSource } from '../source.ts';

/** Message for a failed request to the npm registry. */
export function registryError(registry: string, source: NpmSource, error: unknown): HarnessError {
  const { code } = error as { code?: string };
  if (error instanceof HarnessError) return error;
  const where = source.text;
  switch (code) {
    case 'EINTEGRITY':
      return new HarnessError(
        'CHECKSUM',
        {
          where,
          what: `The tarball does not have the pinned integrity.`,
          hint: 'A proxy alters it, or the registry entry expects another one. Nothing was kept.',
        },
        { cause: error },
      );
    case 'E404':
    case 'ETARGET':
      return new HarnessError(
        'SOURCE',
        { where, what: `${registry} has no such version.`, hint: 'Check the name, and that your npm registry has it.' },
        { cause: error },
      );
    case 'E401':
    case 'E403':
      return new HarnessError(
        'SOURCE',
        {
          where,
          what: `${registry} denies access (${code.slice(1)}).`,
          hint: `Log in with \`npm login\`, or give ${option('mirror')} DIR with the files.`,
        },
        { cause: error },
      );
    default:
      return new HarnessError(
        'OFFLINE',
        {
          where,
          what: `No tarball from ${registry} (${reason(error).replace(/^request to \S+ failed, reason: /, '')}) after ${TRIES} tries.`,
          hint: `Check the network and the registry in .npmrc, or give ${option('mirror')} DIR with the files.`,
        },
        { cause: error },
      );
  }
}
