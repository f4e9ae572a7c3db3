import { HarnessError } from '../../errors.ts';
import { repoName } from './repo.ts';
import type { HubSettings } from './settings.ts';

interface Refused {
  readonly repo: string;
  readonly revision: string;
  readonly status: number;
  /** The hub has listed the repository before: it exists. */
  readonly listed?: boolean;
}

/**
 * Meaning of an HTTP status of the hub for a repository; undefined if it is not specific. A gated repository is listed for everyone, but
 * its files require accepting its terms.
 */
export function hubRefusal(
  { endpoint, token }: HubSettings,
  { repo, revision, status, listed = false }: Refused,
): HarnessError | undefined {
  const where = `hf:${repoName(repo)}@${revision}`;
  const host = new URL(endpoint).host;
  switch (status) {
    case 404:
      return new HarnessError('SOURCE', {
        where,
        what: `${host} has no such repository, revision or file (404).`,
        hint: 'Check the name.',
      });
    case 401:
      if (listed) {
        return new HarnessError('SOURCE', {
          where,
          what: `${host} lists its files, but requires accepting its terms${token === undefined ? '' : ', or rejects the token'} (401).`,
          hint: `Accept them at ${endpoint}/${repo} and ${token === undefined ? 'set HF_TOKEN' : 'check HF_TOKEN'}.`,
        });
      }
      return new HarnessError('SOURCE', {
        where,
        what:
          token === undefined
            ? `${host} has no such repository, or it is private (401).`
            : `${host} has no such repository, or rejects the token (401).`,
        hint: token === undefined ? 'Check the name; for a private one set HF_TOKEN.' : 'Check the name, and HF_TOKEN.',
      });
    case 403:
      return new HarnessError('SOURCE', {
        where,
        what: `${host} denies access (403).`,
        hint: `Accept its terms at ${endpoint}/${repo} and set HF_TOKEN.`,
      });
    default:
      return undefined;
  }
}
