import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { ClientRequest, IncomingMessage } from 'node:http';
import type { NpmSource } from '../source.ts';

/** Node's diagnostics channel for responses to requests of `node:http`. */
const ANSWERS = 'http.client.response.finish';

export interface AnnouncedLength {
  readonly bytes: () => number | undefined;
  /** Whether the registry has begun to send the tarball. */
  readonly answered: () => boolean;
  /** Resets it before a retry. */
  readonly forget: () => void;
  readonly close: () => void;
}

/**
 * Content length of a package's tarball as announced by the registry: pacote returns the bytes but not the headers. It marks its requests,
 * though, and Node reports each response. Must be closed.
 */
export function announcedLength({ name, version }: NpmSource): AnnouncedLength {
  let answered = false;
  let length: number | undefined;
  const heard = (message: unknown): void => {
    const { request, response } = message as { request: ClientRequest; response: IncomingMessage };
    const header = (key: string) => String(request.getHeader(key) ?? '');
    // The mark is registry:NAME@ADDRESS, and the address contains the version.
    if (
      header('pacote-req-type') !== 'tarball' ||
      !header('pacote-pkg-id').startsWith(`registry:${name}@`) ||
      !header('pacote-pkg-id').includes(version)
    )
      return;
    answered = response.statusCode === 200;
    // The length of a compressed response is not that of the tarball.
    const plain = answered && (response.headers['content-encoding'] ?? 'identity') === 'identity';
    const said = Number(response.headers['content-length'] ?? Number.NaN);
    length = plain && Number.isSafeInteger(said) ? said : undefined;
  };
  subscribe(ANSWERS, heard);
  return {
    bytes: () => length,
    answered: () => answered,
    forget: () => void (answered = false),
    close: () => void unsubscribe(ANSWERS, heard),
  };
}
